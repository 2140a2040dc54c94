#include "net/local_socket.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <vector>

#include "support/results.h"
#include "support/run_real.h"
#include "support/temp_dir.h"

namespace sotto::net {
namespace {

using Lines = std::vector<std::string>;

// One end of a connection; remembers what comes.
struct Ear {
  void listen(std::shared_ptr<LineConnection> to) {
    connection = std::move(to);
    connection->start([this](std::string line) { lines.push_back(std::move(line)); },
                      [this] { ++closed; });
  }
  std::shared_ptr<LineConnection> connection;
  Lines lines;
  int closed = 0;
};

class LocalSocketTest : public testing::Test {
 protected:
  LocalSocketTest() { serve(path_); }

  void serve(const std::filesystem::path& path) {
    listener_ = must(LocalListener::open(io_.get_executor(), path));
    listener_->start([this](std::shared_ptr<LineConnection> connection) {
      auto& ear = *servers_.emplace_back(std::make_unique<Ear>());
      ear.listen(std::move(connection));
    });
  }
  // A client and the server's end of its connection.
  std::pair<Ear*, Ear*> connect() {
    auto& client = *clients_.emplace_back(std::make_unique<Ear>());
    client.listen(must(connect_local(io_.get_executor(), path_)));
    const std::size_t before = servers_.size();
    until([&] { return servers_.size() > before; });
    return {&client, servers_.back().get()};
  }
  template <class Done>
  void until(Done done) {
    const auto limit = std::chrono::steady_clock::now() + patience;
    while (!done() && io_.run_one_until(limit) > 0) {
    }
    ASSERT_TRUE(done()) << "it did not happen";
  }

  TempDir dir_;
  std::filesystem::path path_ = dir_ / "agent.sock";
  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{
      io_.get_executor()};
  std::unique_ptr<LocalListener> listener_;
  std::vector<std::unique_ptr<Ear>> servers_;
  std::vector<std::unique_ptr<Ear>> clients_;
};

TEST_F(LocalSocketTest, LinesGoBothWaysInOrder) {
  const auto [client, server] = connect();
  client->connection->send("one");
  client->connection->send("");
  client->connection->send("three");
  server->connection->send("four");
  until([&] { return server->lines.size() == 3 && client->lines.size() == 1; });
  EXPECT_EQ(server->lines, (Lines{"one", "", "three"}));
  EXPECT_EQ(client->lines, Lines{"four"});
}

TEST_F(LocalSocketTest, ALongLineArrivesWhole) {
  const auto [client, server] = connect();
  const std::string line(LineConnection::line_limit - 1, 'x');
  client->connection->send(line);
  until([&] { return !server->lines.empty(); });
  EXPECT_TRUE(server->lines[0] == line);
}

TEST_F(LocalSocketTest, WhoSendsALineWithoutEndIsCutOff) {
  const auto [client, server] = connect();
  client->connection->send(std::string(LineConnection::line_limit + (1 << 20), 'x'));
  until([&] { return server->closed == 1 && client->closed == 1; });
  EXPECT_TRUE(server->lines.empty());
}

TEST_F(LocalSocketTest, WhoDoesNotReadIsCutOff) {
  const auto [client, server] = connect();
  server->connection->hold();
  const std::string line(1 << 20, 'x');
  for (int i = 0; i < 20; ++i) client->connection->send(line);
  until([&] { return client->closed == 1; });
  client->connection->send("too late");
}

TEST_F(LocalSocketTest, AHeldConnectionReadsOnWhenItMay) {
  const auto [client, server] = connect();
  server->connection->hold();
  for (int i = 0; i < 3; ++i) client->connection->send(std::to_string(i));
  io_.run_for(std::chrono::milliseconds(20));
  EXPECT_LE(server->lines.size(), 1U);
  server->connection->resume();
  until([&] { return server->lines.size() == 3; });
  EXPECT_EQ(server->lines, (Lines{"0", "1", "2"}));
}

TEST_F(LocalSocketTest, TheEndOfOneIsToldTheOther) {
  const auto [client, server] = connect();
  client->connection->close();
  until([&] { return client->closed == 1 && server->closed == 1; });
  client->connection->close();
  io_.run_for(std::chrono::milliseconds(5));
  EXPECT_EQ(client->closed, 1);
}

TEST_F(LocalSocketTest, WhatIsQueuedIsStillSent) {
  const auto [client, server] = connect();
  const std::string line(1 << 20, 'x');
  for (int i = 0; i < 3; ++i) client->connection->send(line);
  client->connection->close_when_sent();
  client->connection->send("after the end");
  until([&] { return server->closed == 1; });
  EXPECT_EQ(server->lines.size(), 3U);
  EXPECT_EQ(client->closed, 1);
}

TEST_F(LocalSocketTest, WhoHearsALineMayEndTheConnection) {
  auto& answering = *clients_.emplace_back(std::make_unique<Ear>());
  answering.connection = must(connect_local(io_.get_executor(), path_));
  const std::string kept(100, 'k');
  answering.connection->start(
      [&answering, kept](const std::string&) {
        answering.connection->close_when_sent();
        answering.lines.push_back(kept);  // still there to be used
      },
      [&answering] { ++answering.closed; });
  until([&] { return servers_.size() == 1; });
  servers_[0]->connection->send("hello");
  servers_[0]->connection->send("and more");
  until([&] { return answering.closed == 1; });
  EXPECT_EQ(answering.lines, Lines{kept});
}

TEST_F(LocalSocketTest, TheSocketIsItsOwnersOnly) {
  struct stat status{};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_TRUE(S_ISSOCK(status.st_mode));
  EXPECT_EQ(status.st_mode & 07777, 0600U);
}

TEST_F(LocalSocketTest, TheSocketGoesWithItsListener) {
  listener_.reset();
  EXPECT_FALSE(std::filesystem::exists(path_));
  EXPECT_EQ(error_of(connect_local(io_.get_executor(), path_)), "route.unreachable");
}

TEST_F(LocalSocketTest, ASocketThatADeadProcessLeftIsReplaced) {
  const auto left = dir_ / "left.sock";
  const int dead = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  left.string().copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(dead, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ::close(dead);
  EXPECT_EQ(error_of(connect_local(io_.get_executor(), left)), "route.unreachable");
  path_ = left;
  serve(left);
  connect();
}

TEST_F(LocalSocketTest, APathMayBeLong) {
  std::filesystem::path deep = dir_.path();
  for (int i = 0; i < 5; ++i) deep /= std::string(50, 'd');
  std::filesystem::create_directories(deep);
  path_ = deep / "agent.sock";
  serve(path_);
  const auto [client, server] = connect();
  client->connection->send("from afar");
  until([&] { return !server->lines.empty(); });
}

TEST_F(LocalSocketTest, WhereThereIsNoFolderThereIsNoSocket) {
  const auto missing = dir_ / "missing" / "agent.sock";
  EXPECT_EQ(error_of(LocalListener::open(io_.get_executor(), missing)), "route.bind");
  EXPECT_EQ(error_of(connect_local(io_.get_executor(), missing)), "route.unreachable");
}

}  // namespace
}  // namespace sotto::net
