// The relay's end of a client's WebSocket (RFC 6455) over TLS: messages to begin with, and
// bytes once it has been spliced with another (splice.h).
//
// What is no upgrade of GET / to relay_subprotocol gets an HTTP status that says what is wrong;
// what breaks the rules of WebSocket gets a close frame with the code for it, and an orderly
// end of TLS and TCP, so that the code arrives.  Compression is never agreed on.  A connection
// that says nothing holds no buffer.  See docs/protocol.md section 7.
//
// One read, one write and one close may be pending, on the socket's executor; the object must
// outlive them.  Errors are transport's: closed after either side's close, lost otherwise.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <memory>
#include <string>

#include "relay/close_code.h"
#include "tls/context.h"
#include "transport/message_stream.h"
#include "wire/relay_message.h"

namespace sotto::relay {

struct WebSocketLimits {
  milliseconds handshake{10'000};  // TLS and the upgrade; a close frame's answer
  milliseconds idle{50'000};       // without a byte; half of it, and the client is asked (ping)
  std::size_t message = 0;         // bytes of one; 0: wire::relay_request_limit
};

class WebSocket final : public transport::MessageStream {
 public:
  using Socket = boost::asio::generic::stream_protocol::socket;

  WebSocket(Socket socket, const tls::ServerContext& context, const WebSocketLimits& limits);
  ~WebSocket() override;

  // TLS and the upgrade, before anything else.  Errc::timeout; lost: the sentence says why.
  Async<void> handshake();

  const boost::asio::any_io_executor& executor() const;
  // Once the handshake is done: what ties signatures to it, but for the nonce.
  wire::RelayBinding binding() const;

  // --- messages
  Async<Bytes> read_message() override;
  Async<void> write_message(ByteView message) override;

  // --- bytes: messages have no limit, and no meaning
  // What has come, at most spliced_at_once: valid until the next call, which frees it.
  Async<ByteView> read_bytes();
  Async<void> write_bytes(ByteView bytes) { return write_message(bytes); }

  // Says why, waits for the answer (handshake's limit), and closes.  Pending calls end with
  // Errc::closed.  `reason`: ASCII, cut to the 123 bytes that RFC 6455 section 5.5 leaves.
  Async<void> close(CloseCode code, std::string reason);
  // At once, without a word.
  void close() noexcept override;

 private:
  struct State;
  std::shared_ptr<State> state_;  // the timer of the handshake keeps it
};

// Bytes that read_bytes() holds at most: 64 KiB, and what a record of a link has around it.
inline constexpr std::size_t spliced_at_once = (1 << 16) + 512;

}  // namespace sotto::relay
