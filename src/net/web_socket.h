// A client's end of a WebSocket (RFC 6455) over TLS, as a stream of messages: how a relay is
// reached.
//
// Directly, through an HTTP proxy (CONNECT), or through tor's SOCKS port, where no name is
// looked up here.  What a peer's close frame says is in the sentence of the error that follows.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "base/time.h"
#include "net/http_connect.h"
#include "net/tcp.h"
#include "net/tor_control.h"
#include "tls/pin.h"
#include "tor/socks.h"
#include "transport/message_stream.h"

namespace sotto::net {

// What ties a signature to one connection: the key of the server's certificate, and what TLS
// derives from the handshake (RFC 8446 section 7.5).
struct ChannelBinding {
  std::array<std::byte, 32> spki{};
  std::array<std::byte, 32> exporter{};
};

struct ThroughProxy {
  HostPort proxy;
  std::optional<ProxyUser> user;
};
struct ThroughTor {
  TorEndpoint socks;
  tor::Isolation isolation;
};
using WebSocketRoute =
    std::variant<std::monostate, ThroughProxy, ThroughTor>;  // first: directly

struct WebSocketTarget {
  HostPort at;                       // asks for / there
  std::optional<tls::SpkiHash> pin;  // none: the system's authorities vouch for it
  std::string subprotocol;
  std::string exporter_label;      // of the binding
  std::size_t message_limit;       // bytes of one that comes
  milliseconds idle{seconds(60)};  // without a byte; half of it, and the server is asked (ping)
};

class WebSocket final : public transport::MessageStream {
 public:
  // DialErrc (net/errors.h); tor's errors of SocksConnect through tor, transport's unreachable
  // where it is not there.  May be cancelled: closed.
  static Async<std::unique_ptr<WebSocket>> dial(boost::asio::any_io_executor executor,
                                                WebSocketTarget target, WebSocketRoute route,
                                                SteadyTime deadline);
  ~WebSocket() override;

  const ChannelBinding& binding() const;

  // transport's closed, lost.
  Async<Bytes> read_message() override;
  Async<void> write_message(ByteView message) override;
  // Without waiting for anybody: says close_notify if the kernel takes it.
  void close() noexcept override;

 private:
  struct State;
  explicit WebSocket(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace sotto::net
