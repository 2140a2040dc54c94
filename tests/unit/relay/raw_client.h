// A client that says over TLS whatever a test wants: no HTTP or WebSocket of any library is
// between.
#pragma once
#include <cstdint>
#include <string>

#include "unit/relay/testing.h"

namespace sotto::relay {

enum class Opcode : std::uint8_t {
  more = 0,
  text = 1,
  binary = 2,
  close = 8,
  ping = 9,
  pong = 10
};

// One frame (RFC 6455 section 5.2), right unless it is told otherwise.
struct RawFrame {
  Opcode opcode = Opcode::binary;
  std::string payload;
  bool fin = true;
  bool masked = true;
  std::uint8_t reserved = 0;      // the three bits
  int length_bytes = -1;          // of the extended length: 0, 2, 8; -1: as few as do
  std::uint64_t length_says = 0;  // another length than the payload's; 0: that one
};

inline std::string to_bytes(const RawFrame& frame) {
  const std::uint64_t size = frame.length_says > 0 ? frame.length_says : frame.payload.size();
  const int extended =
      frame.length_bytes >= 0 ? frame.length_bytes : (size < 126 ? 0 : (size < 65536 ? 2 : 8));
  std::string out;
  out += static_cast<char>((frame.fin ? 0x80 : 0) | frame.reserved << 4 |
                           static_cast<int>(frame.opcode));
  const int length = extended == 0 ? static_cast<int>(size) : (extended == 2 ? 126 : 127);
  out += static_cast<char>((frame.masked ? 0x80 : 0) | length);
  for (int byte = extended - 1; byte >= 0; --byte) {
    out += static_cast<char>(size >> (8 * byte) & 0xff);
  }
  const std::string mask = "\x12\x34\x56\x78";
  if (frame.masked) out += mask;
  for (std::size_t i = 0; i < frame.payload.size(); ++i) {
    out += static_cast<char>(frame.payload[i] ^ (frame.masked ? mask[i % 4] : 0));
  }
  return out;
}

inline std::string upgrade_request(const std::string& more_lines = {},
                                   const std::string& start = "GET / HTTP/1.1") {
  return start +
         "\r\nHost: relay.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
         "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
         "Sec-WebSocket-Protocol: sotto-relay.1\r\n" +
         more_lines + "\r\n";
}

class RawClient {
 public:
  RawClient(asio::io_context& io, std::uint16_t port, const tls::SpkiHash& pin)
      : io_(io), context_(tls::ClientContext::pinned(pin)), stream_(connect(port)) {}

  bool shake_hands() {
    auto shake = [](tls::Stream& stream) -> asio::awaitable<bool> {
      const auto [error] = co_await stream.async_handshake(asio::as_tuple(asio::use_awaitable));
      co_return !error;
    };
    return finish(io_, shake(stream_));
  }
  void say(std::string bytes) { finish(io_, write(stream_, std::move(bytes))); }
  void say(const RawFrame& frame) { say(to_bytes(frame)); }

  // The next `size` bytes; fewer when it ends before.
  std::string hear(std::size_t size) {
    while (heard_.size() < size && !end_) hear_more();
    std::string out = heard_.substr(0, size);
    heard_.erase(0, out.size());
    return out;
  }
  std::string hear_header() {
    while (heard_.find("\r\n\r\n") == heard_.npos && !end_) hear_more();
    return hear(heard_.find("\r\n\r\n") + 4);
  }
  // Everything to the end.
  std::string hear_all() {
    while (!end_) hear_more();
    return std::exchange(heard_, {});
  }
  // The first byte of a frame, and its payload (of at most 125 bytes).
  std::pair<int, std::string> hear_frame() {
    const std::string head = hear(2);
    if (head.size() < 2) return {-1, {}};
    return {static_cast<unsigned char>(head[0]),
            hear(static_cast<std::size_t>(static_cast<unsigned char>(head[1])))};
  }
  // The code of the close frame that comes next; 0: something else does.
  int hear_close() {
    const auto [first, payload] = hear_frame();
    if (first != (0x80 | static_cast<int>(Opcode::close)) || payload.size() < 2) return 0;
    return static_cast<unsigned char>(payload[0]) << 8 | static_cast<unsigned char>(payload[1]);
  }
  // How its bytes ended.
  const std::optional<tls::Stream::Error>& end() const { return end_; }

  // Cuts the connection: no close_notify.
  void cut() { stream_.close(); }
  tls::Stream& stream() { return stream_; }

 private:
  tls::Stream connect(std::uint16_t port) {
    tcp::socket socket(io_);
    socket.connect({asio::ip::address_v4::loopback(), port});
    socket.set_option(tcp::no_delay(true));
    return {WebSocket::Socket(std::move(socket)), context_, "127.0.0.1"};
  }
  static asio::awaitable<int> write(tls::Stream& stream, std::string bytes) {
    while (!bytes.empty()) {
      const auto [error, n] = co_await stream.async_write_some(
          asio::buffer(bytes), asio::as_tuple(asio::use_awaitable));
      if (error) break;  // what it has said meanwhile is of interest
      bytes.erase(0, n);
    }
    co_return 0;
  }
  void hear_more() {
    auto read = [](tls::Stream& stream,
                   std::string& heard) -> asio::awaitable<tls::Stream::Error> {
      std::array<char, 4096> buffer;
      const auto [error, n] = co_await stream.async_read_some(
          asio::buffer(buffer), asio::as_tuple(asio::use_awaitable));
      heard.append(buffer.data(), n);
      co_return error;
    };
    if (const auto error = finish(io_, read(stream_, heard_))) end_ = error;
  }

  asio::io_context& io_;
  tls::ClientContext context_;
  tls::Stream stream_;
  std::string heard_;
  std::optional<tls::Stream::Error> end_;
};

}  // namespace sotto::relay
