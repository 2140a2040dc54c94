// Lines of text over a unix socket: how the commands of one machine talk to the process that
// owns a profile.
//
// The socket has mode 0600 and peers of other users are closed at once (SO_PEERCRED).  Paths
// may be longer than the 108 bytes that sockaddr_un holds.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/error.h"
#include "net/socket_file.h"

namespace sotto::net {

class LineConnection : public std::enable_shared_from_this<LineConnection> {
 public:
  static constexpr std::size_t line_limit = 4 << 20;    // bytes of one incoming line
  static constexpr std::size_t unsent_limit = 8 << 20;  // bytes that a peer may leave unread

  using Socket = boost::asio::local::stream_protocol::socket;

  explicit LineConnection(Socket socket);

  // Begins to read: `on_line` with each line, `on_closed` once at the end (the peer closed,
  // sent a line over the limit, or does not read what it is sent).
  void start(std::function<void(std::string)> on_line, std::function<void()> on_closed);

  // Queues one line (without its end).  A peer that leaves more than unsent_limit is cut off.
  void send(std::string line);

  // No more lines are taken until resume().
  void hold() { held_ = true; }
  void resume();

  // Ends once what is queued was written; on_closed is called.
  void close_when_sent();
  void close();

 private:
  void read();
  void take_lines();
  void write();
  void end();

  Socket socket_;
  std::string incoming_;
  std::deque<std::string> outgoing_;
  std::size_t unsent_ = 0;
  bool writing_ = false;
  bool closing_ = false;
  bool held_ = false;
  bool reading_ = false;
  std::function<void(std::string)> on_line_;
  std::function<void()> on_closed_;
};

// transport's unreachable when nobody listens there.
Result<std::shared_ptr<LineConnection>> connect_local(
    const boost::asio::any_io_executor& executor, const std::filesystem::path& path);

class LocalListener {
 public:
  // Replaces a socket that a dead process left: the caller holds the lock that says so.
  // transport's bind.
  static Result<std::unique_ptr<LocalListener>> open(
      const boost::asio::any_io_executor& executor, const std::filesystem::path& path);
  ~LocalListener();  // removes the socket

  // Calls `on_connection` for each peer of this user.
  void start(std::function<void(std::shared_ptr<LineConnection>)> on_connection);

 private:
  LocalListener(boost::asio::local::stream_protocol::acceptor acceptor, SocketFile file);
  void accept();

  boost::asio::local::stream_protocol::acceptor acceptor_;
  SocketFile file_;
  std::function<void(std::shared_ptr<LineConnection>)> on_connection_;
  std::shared_ptr<bool> alive_;
};

}  // namespace sotto::net
