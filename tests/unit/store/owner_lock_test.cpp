#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

#include "store/profile.h"
#include "unit/store/testing.h"

namespace sotto::store {
namespace {

class OwnerLockTest : public StoreTest {
 protected:
  // A process that holds the lock until it is killed.
  pid_t start_owner() {
    int ready[2];
    if (::pipe(ready) != 0) throw std::runtime_error("pipe");
    const pid_t child = ::fork();
    if (child == 0) {
      const auto lock = OwnerLock::take(dir_.path());
      if (::write(ready[1], lock ? "y" : "n", 1) != 1) ::_exit(2);
      while (true) ::pause();
    }
    char answer = '?';
    EXPECT_EQ(::read(ready[0], &answer, 1), 1);
    EXPECT_EQ(answer, 'y');
    ::close(ready[0]);
    ::close(ready[1]);
    return child;
  }
};

TEST_F(OwnerLockTest, KeepsOthersOutUntilItsProcessDies) {
  const pid_t owner = start_owner();
  const auto refused = OwnerLock::take(dir_.path());
  expect_failed(refused, Errc::locked);
  EXPECT_NE(refused.error().text().find("(process " + std::to_string(owner) + ")"),
            std::string::npos)
      << refused.error().text();
  ::kill(owner, SIGKILL);
  ::waitpid(owner, nullptr, 0);
  must(OwnerLock::take(dir_.path()));
}

TEST_F(OwnerLockTest, IsReleasedWhenItGoes) {
  {
    OwnerLock lock = must(OwnerLock::take(dir_.path()));
    expect_failed(OwnerLock::take(dir_.path()), Errc::locked);
    OwnerLock moved = std::move(lock);
    expect_failed(OwnerLock::take(dir_.path()), Errc::locked);
  }
  OwnerLock again = must(OwnerLock::take(dir_.path()));
  TempDir other;
  again = must(OwnerLock::take(other.path()));
  must(OwnerLock::take(dir_.path()));
}

TEST_F(OwnerLockTest, NeedsAHome) {
  expect_failed(OwnerLock::take(dir_ / "nowhere"), Errc::io);
  write_file(dir_ / "file", {});
  expect_failed(OwnerLock::take(dir_ / "file"), Errc::io);
}

}  // namespace
}  // namespace sotto::store
