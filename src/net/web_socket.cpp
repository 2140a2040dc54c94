#include "net/web_socket.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <utility>

#include "base/text.h"
#include "net/asio_timer.h"
#include "net/errors.h"
#include "net/relay_route.h"
#include "tls/stream.h"
#include "transport/deadline.h"

namespace sotto::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using transport::Errc;
using ErrorCode = boost::system::error_code;
using Layer = websocket::stream<tls::Stream, false>;  // false: no compression

constexpr auto plainly = asio::as_tuple(asio::use_awaitable);

constexpr std::size_t small_message = 1 << 12;         // bytes
constexpr std::size_t large_message = (1 << 16) + 64;  // masked at once: a record of a link
constexpr std::size_t first_read = 1 << 10;
constexpr milliseconds closing{5'000};

beast::string_view to_view(std::string_view text) {
  return {text.data(), text.size()};
}

tls::ClientContext context_for(const WebSocketTarget& target) {
  return target.pin ? tls::ClientContext::pinned(*target.pin) : tls::ClientContext::by_name();
}

std::unexpected<Error> untrusted(const WebSocketTarget& target, const tls::Stream& stream) {
  const std::string who = "The relay at " + displayable(to_string(target.at));
  if (target.pin) {
    return fail(DialErrc::relay_pin,
                who +
                    " has another key than its address says (#pin=). Somebody may be between; "
                    "or it was set up anew: ask whoever runs it for the address that `sotto "
                    "relay url` prints now.");
  }
  if (stream.expired()) {
    return fail(
        DialErrc::relay_expired,
        who +
            " shows a certificate that has expired, or is not valid yet. Whoever runs it "
            "has to renew it; or check this machine's clock.");
  }
  return fail(
      DialErrc::relay_untrusted,
      who + " shows a certificate that this system does not trust (" +
          displayable(stream.failure()) +
          "). If it has signed it itself, use the address with #pin= that `sotto relay url` "
          "prints there.");
}

std::unexpected<Error> no_tls(const WebSocketTarget& target, const tls::Stream& stream,
                              const ErrorCode& error) {
  if (error == tls::StreamErrc::unverified) return untrusted(target, stream);
  const std::string why = stream.failure().empty() ? error.message() : stream.failure();
  return fail(DialErrc::relay_tls, "What answers at " + displayable(to_string(target.at)) +
                                       " does not speak TLS 1.3 with us (" + displayable(why) +
                                       "). Check the port, and that a relay runs there.");
}

std::unexpected<Error> no_relay(const WebSocketTarget& target, const std::string& what) {
  return fail(DialErrc::no_relay, "What answers at " + displayable(to_string(target.at)) +
                                      " is no relay of sotto: " + displayable(what) +
                                      ". Check the address, and that the relay is not older "
                                      "than this sotto.");
}

// The name as HTTP has it: without the port that everybody means.
std::string host_header(const HostPort& at) {
  constexpr std::uint16_t usual = 443;
  if (at.port != usual) return to_string(at);
  return at.host.find(':') == at.host.npos ? at.host : "[" + at.host + "]";
}

}  // namespace

struct WebSocket::State {
  State(Socket socket, const WebSocketTarget& target)
      : layer(std::move(socket), context_for(target), target.at.host),
        message_limit(target.message_limit) {}

  tls::Stream& stream() { return layer.next_layer(); }
  Async<void> upgrade(const WebSocketTarget& target);
  std::unexpected<Error> ended(const ErrorCode& error) const;

  Layer layer;
  std::size_t message_limit;
  ChannelBinding binding;
  bool closed = false;  // by us
};

Async<void> WebSocket::State::upgrade(const WebSocketTarget& target) {
  const auto [shaken] = co_await stream().async_handshake(plainly);
  if (shaken) co_return no_tls(target, stream(), shaken);
  binding = {stream().spki(), stream().exporter(target.exporter_label)};
  websocket::stream_base::timeout patience;
  patience.handshake_timeout = closing;
  patience.idle_timeout = target.idle;
  patience.keep_alive_pings = true;
  const std::string subprotocol = target.subprotocol;
  auto ask = [subprotocol](websocket::request_type& request) {
    request.set(http::field::user_agent, "sotto");
    request.set(http::field::sec_websocket_protocol, to_view(subprotocol));
  };
  layer.set_option(websocket::stream_base::decorator(std::move(ask)));
  layer.binary(true);
  layer.auto_fragment(false);
  layer.read_message_max(message_limit);
  websocket::response_type response;
  const auto [refused] =
      co_await layer.async_handshake(response, to_view(host_header(target.at)), "/", plainly);
  if (refused == websocket::error::upgrade_declined) {
    co_return no_relay(target, "it answers HTTP " + std::to_string(response.result_int()));
  }
  if (refused) co_return no_relay(target, refused.message());
  if (response[http::field::sec_websocket_protocol] != to_view(subprotocol)) {
    co_return no_relay(target, "it does not speak " + subprotocol);
  }
  layer.set_option(patience);
  co_return Result<void>();
}

std::unexpected<Error> WebSocket::State::ended(const ErrorCode& error) const {
  if (closed || error == asio::error::operation_aborted) {
    return fail(Errc::closed, "The connection was closed on this side.");
  }
  if (error != websocket::error::closed) {
    return fail(Errc::lost, "The connection was lost: " + displayable(error.message()) + ".");
  }
  const websocket::close_reason& why = layer.reason();
  const std::string said = displayable(std::string_view(why.reason.data(), why.reason.size()));
  return fail(Errc::closed, "The other side closed the connection" +
                                (said.empty() ? std::string() : ": " + said) + " (" +
                                std::to_string(why.code) + ").");
}

WebSocket::WebSocket(std::unique_ptr<State> state) : state_(std::move(state)) {}
WebSocket::~WebSocket() = default;

const ChannelBinding& WebSocket::binding() const {
  return state_->binding;
}

Async<std::unique_ptr<WebSocket>> WebSocket::dial(asio::any_io_executor executor,
                                                  WebSocketTarget target, WebSocketRoute route,
                                                  SteadyTime deadline) {
  auto socket = co_await connect_to_relay(executor, target.at, std::move(route), deadline);
  if (!socket) co_return pass(socket);
  auto state = std::make_unique<State>(std::move(*socket), target);
  AsioTimer timer(executor);
  const std::string late = "The relay at " + displayable(to_string(target.at)) +
                           " did not answer in time. Is it overloaded, or is something else "
                           "there?";
  auto done = co_await transport::within(state->upgrade(target), timer, deadline, late);
  if (!done && done.error().is(Errc::timeout)) {
    co_return fail(DialErrc::relay_unreachable, late);
  }
  if (!done) co_return pass(done);
  co_return std::unique_ptr<WebSocket>(new WebSocket(std::move(state)));
}

Async<Bytes> WebSocket::read_message() {
  State& state = *state_;
  Bytes message;
  std::size_t room = first_read;
  do {
    const std::size_t have = message.size();
    message.resize(have + room);
    const auto [error, n] = co_await state.layer.async_read_some(
        asio::buffer(message.data() + have, room), plainly);
    if (error) co_return state.ended(error);
    message.resize(have + n);
    room = std::max(room, message.size());
  } while (!state.layer.is_message_done());
  if (state.layer.got_binary()) co_return message;
  state.stream().close();
  co_return fail(Errc::lost, "The connection was lost: the other side sent text.");
}

Async<void> WebSocket::write_message(ByteView message) {
  Layer& layer = state_->layer;
  // Beast masks a copy: the room for it is as large as it has to be.
  layer.write_buffer_bytes(message.size() > small_message ? large_message : small_message);
  const auto [error, n] =
      co_await layer.async_write(asio::buffer(message.data(), message.size()), plainly);
  if (error) co_return state_->ended(error);
  co_return Result<void>();
}

void WebSocket::close() noexcept {
  state_->closed = true;
  state_->stream().close();
}

}  // namespace sotto::net
