#include "cli/progress_line.h"

#include <array>
#include <cstdlib>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <string>
#include <sys/ioctl.h>
#include <termios.h>
#include <thread>
#include <unistd.h>

namespace sotto::cli {
namespace {

using std::chrono::milliseconds;

// Standard error on a terminal of its own, 20 columns wide.
class ProgressLineTest : public testing::Test {
 protected:
  ProgressLineTest() : error_(::dup(STDERR_FILENO)) {
    if (const char* term = std::getenv("TERM")) term_ = term;
    std::array<char, 64> name{};
    if (::grantpt(master_) != 0 || ::unlockpt(master_) != 0 ||
        ::ptsname_r(master_, name.data(), name.size()) != 0) {
      throw std::runtime_error("no pseudo-terminal");
    }
    const int slave = ::open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC);
    winsize size{};
    size.ws_col = 20;
    size.ws_row = 5;
    ::ioctl(slave, TIOCSWINSZ, &size);
    ::dup2(slave, STDERR_FILENO);
    ::close(slave);
    ::setenv("TERM", "xterm", 1);
  }
  ~ProgressLineTest() override {
    ::dup2(error_, STDERR_FILENO);
    ::close(error_);
    ::close(master_);
    term_.empty() ? ::unsetenv("TERM") : ::setenv("TERM", term_.c_str(), 1);
  }

  // What stands there since the last time.
  std::string seen() const {
    std::string out;
    pollfd ready{master_, POLLIN, 0};
    while (::poll(&ready, 1, 50) > 0) {
      std::array<char, 256> buffer;
      const ssize_t n = ::read(master_, buffer.data(), buffer.size());
      if (n <= 0) break;
      out.append(buffer.data(), static_cast<std::size_t>(n));
    }
    return out;
  }

 private:
  int master_ = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  int error_;
  std::string term_;
};

TEST_F(ProgressLineTest, TakesOneRowAndIsGoneInTheEnd) {
  {
    ProgressLine line(true);
    line.show("too early");
    EXPECT_EQ(seen(), "");
    std::this_thread::sleep_for(milliseconds(1'000));
    line.show("a line that is longer than the row");
    EXPECT_EQ(seen(), "\ra line that is lon…\x1b[K");
    line.clear();
    EXPECT_EQ(seen(), "\r\x1b[K");
    std::this_thread::sleep_for(milliseconds(1'000));
    line.show("on");
    EXPECT_EQ(seen(), "\ron\x1b[K");
  }
  EXPECT_EQ(seen(), "\r\x1b[K");
}

TEST_F(ProgressLineTest, SaysNothingWhereItCouldNotBeWrittenOver) {
  ::setenv("TERM", "dumb", 1);
  {
    ProgressLine dumb(true);
    std::this_thread::sleep_for(milliseconds(1'000));
    dumb.show("text");
  }
  EXPECT_EQ(seen(), "");
}

}  // namespace
}  // namespace sotto::cli
