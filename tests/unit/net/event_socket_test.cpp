#include "net/event_socket.h"

#include <boost/asio/executor_work_guard.hpp>
#include <csignal>
#include <sys/socket.h>
#include <unistd.h>

#include "unit/net/testing.h"

namespace sotto::net {
namespace {

class EventSocketTest : public NetTest {
 protected:
  EventSocketTest() {
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends_) != 0) {
      throw std::runtime_error("no sockets");
    }
  }
  ~EventSocketTest() override {
    socket_.reset();
    if (ends_[1] >= 0) ::close(ends_[1]);
  }

  void start() {
    EventSocket::Handlers handlers{[this](ByteView bytes) { heard_ += as_text(bytes); },
                                   [this] { ++ended_; }};
    socket_ = must(EventSocket::start(io_.get_executor(), ends_[0], std::move(handlers)));
  }
  void send(std::string_view text) { socket_->send(Secret(as_bytes(text))); }
  void hang_up() {
    ::close(ends_[1]);
    ends_[1] = -1;
  }
  // What the far end reads; blocks.
  std::string read(std::size_t size) const {
    std::string out(size, '\0');
    const ssize_t got = ::recv(ends_[1], out.data(), size, MSG_WAITALL);
    out.resize(static_cast<std::size_t>(std::max<ssize_t>(0, got)));
    return out;
  }
  void write(std::string_view text) const {
    ASSERT_EQ(::send(ends_[1], text.data(), text.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(text.size()));
  }
  template <class Done>
  void until(Done done) {
    io_.restart();
    const auto limit = std::chrono::steady_clock::now() + patience;
    while (!done() && io_.run_one_until(limit) > 0) {
    }
    EXPECT_TRUE(done());
  }

  int ends_[2] = {-1, -1};
  std::string heard_;
  int ended_ = 0;
  std::unique_ptr<EventSocket> socket_;
};

TEST_F(EventSocketTest, BytesGoBothWays) {
  start();
  send("there");
  send(" and there");
  EXPECT_EQ(read(15), "there and there");
  write("back");
  until([&] { return heard_ == "back"; });
}

TEST_F(EventSocketTest, TheEndComesOnceBehindTheLastBytes) {
  start();
  write("last words");
  hang_up();
  until([&] { return ended_ == 1; });
  EXPECT_EQ(heard_, "last words");
}

TEST_F(EventSocketTest, LastWordsAreHeardThoughAWriteFails) {
  std::signal(SIGPIPE, SIG_DFL);
  write("not with you");
  hang_up();
  start();
  send("hello?");
  until([&] { return ended_ == 1; });
  EXPECT_EQ(heard_, "not with you");
  std::signal(SIGPIPE, SIG_IGN);
}

TEST_F(EventSocketTest, ReadsNoFurtherThanItIsHeard) {
  int size = 1 << 20;
  ::setsockopt(ends_[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  start();
  const std::string chunk(std::size_t{64} << 10, 'x');
  std::size_t taken = 0;
  // Nobody runs the executor: the far end comes to a point where nothing is taken any more.
  for (int idle = 0; idle < 20;) {
    const ssize_t sent =
        ::send(ends_[1], chunk.data(), chunk.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
      taken += static_cast<std::size_t>(sent);
      idle = 0;
    } else {
      ++idle;
      ::usleep(5000);
    }
    ASSERT_LT(taken, std::size_t{16} << 20);
  }
  until([&] { return heard_.size() == taken; });
  write("more");
  until([&] { return heard_.size() == taken + 4; });
}

TEST_F(EventSocketTest, NothingIsCalledOnceItIsGone) {
  start();
  write("too late");
  ::usleep(10'000);
  socket_.reset();
  EXPECT_EQ(read(1), "");
  io_.restart();
  io_.run();
  EXPECT_EQ(heard_, "");
  EXPECT_EQ(ended_, 0);
}

TEST_F(EventSocketTest, IsSomethingToWaitFor) {
  start();
  io_.restart();
  EXPECT_EQ(io_.poll(), 0U);
  EXPECT_FALSE(io_.stopped());
  socket_.reset();
  io_.poll();
  EXPECT_TRUE(io_.stopped());
}

TEST_F(EventSocketTest, WhatIsNotSentGoesWithIt) {
  start();
  for (int i = 0; i < 64; ++i) socket_->send(Secret(std::size_t{64} << 10));
  socket_.reset();
  EXPECT_LT(read(std::size_t{8} << 20).size(), std::size_t{4} << 20);
}

}  // namespace
}  // namespace sotto::net
