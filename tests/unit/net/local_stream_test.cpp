#include "net/local_stream.h"

#include <boost/asio/post.hpp>
#include <fstream>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "support/temp_dir.h"
#include "unit/net/testing.h"

namespace sotto::net {
namespace {

class LocalStreamTest : public NetTest {
 protected:
  std::unique_ptr<transport::Listener> listen_at(const std::filesystem::path& path) {
    return must(listen_local(io_.get_executor(), path));
  }
  Result<std::unique_ptr<transport::ByteStream>> dial_at(
      const std::filesystem::path& path, milliseconds limit = std::chrono::seconds(5)) {
    return finish(
        io_, dial_local(io_.get_executor(), path, std::chrono::steady_clock::now() + limit));
  }
  static bool exists(const std::filesystem::path& path) {
    struct stat status{};
    return ::lstat(path.c_str(), &status) == 0;
  }
  std::filesystem::path path_of(std::size_t bytes) const {
    return dir_ / std::string(bytes - dir_.path().native().size() - 1, 's');
  }

  TempDir dir_;
  std::filesystem::path path_ = dir_ / "in.sock";
};

TEST_F(LocalStreamTest, BytesGoBothWaysAndEndInOrder) {
  const auto listener = listen_at(path_);
  const auto dialed = must(dial_at(path_));
  const auto accepted = must(finish(io_, listener->accept()));
  EXPECT_EQ(accepted.peer, "");
  EXPECT_EQ(pass_on(*dialed, *accepted.stream, "ping"), "ping");
  EXPECT_EQ(pass_on(*accepted.stream, *dialed, "pong"), "pong");
  dialed->close();
  Bytes buffer(1);
  EXPECT_EQ(must(finish(io_, accepted.stream->read_some(buffer))), 0U);
  EXPECT_EQ(error_of(finish(io_, dialed->read_some(buffer))), "route.closed");
}

TEST_F(LocalStreamTest, TheSocketIsItsOwnersOnlyAndGoesWithItsListener) {
  auto listener = listen_at(path_);
  struct stat status{};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_TRUE(S_ISSOCK(status.st_mode));
  EXPECT_EQ(status.st_mode & 07777, 0600U);
  listener.reset();
  EXPECT_FALSE(exists(path_));
  EXPECT_EQ(error_of(dial_at(path_)), "route.unreachable");
}

TEST_F(LocalStreamTest, CloseEndsAcceptAndRemovesTheSocket) {
  const auto listener = listen_at(path_);
  boost::asio::post(io_, [&] { listener->close(); });
  EXPECT_EQ(error_of(finish(io_, listener->accept())), "route.closed");
  EXPECT_FALSE(exists(path_));
  listener->close();
  EXPECT_EQ(error_of(finish(io_, listener->accept())), "route.closed");
}

TEST_F(LocalStreamTest, ASocketThatADeadProcessLeftIsReplaced) {
  const int dead = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path_.string().copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(dead, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ::close(dead);
  EXPECT_EQ(error_of(dial_at(path_)), "route.unreachable");
  const auto listener = listen_at(path_);
  EXPECT_TRUE(dial_at(path_));
}

TEST_F(LocalStreamTest, WhatIsNoSocketIsLeftAlone) {
  std::ofstream(path_) << "precious";
  EXPECT_EQ(error_of(listen_local(io_.get_executor(), path_)), "route.bind");
  std::string kept;
  std::ifstream(path_) >> kept;
  EXPECT_EQ(kept, "precious");
  EXPECT_EQ(error_of(listen_local(io_.get_executor(), dir_ / "missing" / "in.sock")),
            "route.bind");
}

TEST_F(LocalStreamTest, TheSocketOfALaterListenerIsNotRemoved) {
  auto first = listen_at(path_);
  const auto second = listen_at(path_);
  first.reset();
  EXPECT_TRUE(exists(path_));
  EXPECT_TRUE(dial_at(path_));
}

TEST_F(LocalStreamTest, APathHasAtMost107Bytes) {
  const auto longest = path_of(107);
  const auto listener = listen_at(longest);
  EXPECT_TRUE(dial_at(longest));
  EXPECT_EQ(error_of(listen_local(io_.get_executor(), path_of(108))), "route.bind");
  EXPECT_EQ(error_of(dial_at(path_of(108))), "route.unreachable");
  EXPECT_EQ(error_of(dial_at("")), "route.unreachable");
}

TEST_F(LocalStreamTest, AFullQueueIsWaitedForUntilTheDeadline) {
  const int full = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path_.string().copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(full, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(full, 0), 0);
  const auto waiting = must(dial_at(path_));
  EXPECT_EQ(error_of(dial_at(path_, std::chrono::milliseconds(100))), "route.timeout");
  boost::asio::post(io_, [&] { ::close(::accept(full, nullptr, nullptr)); });
  EXPECT_TRUE(dial_at(path_));
  ::close(full);
}

}  // namespace
}  // namespace sotto::net
