// A FakeControlPort behind a real socket: a file, or a port of 127.0.0.1.
#pragma once
#include <array>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "support/fake_control_port.h"

namespace sotto {

// All on one io_context; whoever connects talks to the same `port`.
class ControlServer {
 public:
  using Socket = boost::asio::generic::stream_protocol::socket;

  ControlServer(boost::asio::io_context& io, const std::filesystem::path& path)
      : local_(std::in_place, io,
               boost::asio::local::stream_protocol::endpoint(path.native())) {
    accept(*local_);
  }
  explicit ControlServer(boost::asio::io_context& io)
      : tcp_(std::in_place, io,
             boost::asio::ip::tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)) {
    accept(*tcp_);
  }
  ~ControlServer() { *alive_ = false; }
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;

  std::uint16_t number() const { return tcp_->local_endpoint().port(); }

  // Without being asked.
  void say(const std::string& text) {
    for (const auto& peer : peers_) write(peer, text);
  }
  void hang_up() {
    for (const auto& peer : peers_) peer->shutdown();
  }
  // Connections that the other side has not closed.
  std::size_t open() const { return peers_.size(); }

  FakeControlPort port;

 private:
  struct Peer {
    explicit Peer(Socket its) : socket(std::move(its)) {}
    void shutdown() {
      boost::system::error_code ignored;
      socket.shutdown(Socket::shutdown_both, ignored);
    }
    Socket socket;
    std::array<char, 4096> buffer;
    std::string unsent;  // one write at a time
    std::string writing;
  };

  template <class Acceptor>
  void accept(Acceptor& acceptor) {
    acceptor.async_accept([this, &acceptor, alive = alive_](auto error, auto socket) {
      if (error || !*alive) return;
      peers_.push_back(std::make_shared<Peer>(Socket(std::move(socket))));
      read(peers_.back());
      accept(acceptor);
    });
  }

  void read(const std::shared_ptr<Peer>& peer) {
    peer->socket.async_read_some(
        boost::asio::buffer(peer->buffer),
        [this, peer, alive = alive_](const boost::system::error_code& error, std::size_t size) {
          if (!*alive) return;
          if (error) {
            std::erase(peers_, peer);
            return;
          }
          write(peer, port.take(as_bytes(std::string_view(peer->buffer.data(), size))));
          read(peer);
        });
  }

  void write(const std::shared_ptr<Peer>& peer, const std::string& text) {
    peer->unsent += text;
    if (peer->writing.empty()) flush(peer);
  }

  void flush(const std::shared_ptr<Peer>& peer) {
    peer->writing = std::exchange(peer->unsent, "");
    if (peer->writing.empty()) {
      if (port.closed) peer->shutdown();
      return;
    }
    boost::asio::async_write(
        peer->socket, boost::asio::buffer(peer->writing),
        [this, peer, alive = alive_](const boost::system::error_code& error, std::size_t) {
          if (!*alive) return;
          peer->writing.clear();
          if (!error) flush(peer);
        });
  }

  std::optional<boost::asio::local::stream_protocol::acceptor> local_;
  std::optional<boost::asio::ip::tcp::acceptor> tcp_;
  std::vector<std::shared_ptr<Peer>> peers_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace sotto
