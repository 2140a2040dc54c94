#include "relay/web_socket.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <netinet/tcp.h>
#include <utility>

#include "base/text.h"
#include "tls/stream.h"
#include "transport/errors.h"
#include "wire/limits.h"

namespace sotto::relay {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using transport::Errc;

using ErrorCode = boost::system::error_code;
using Request = http::request<http::empty_body>;
using Layer = websocket::stream<tls::Stream, false>;  // false: no compression

constexpr auto plainly = asio::as_tuple(asio::use_awaitable);

// What the kernel takes beyond what is on its way: words that come later wait behind it.
constexpr int unsent_limit = 1 << 17;       // bytes
constexpr std::size_t header_limit = 8192;  // bytes of the request
constexpr std::size_t first_read = 1
                                   << 14;  // bytes; all there is room for once they were filled
constexpr std::size_t first_of_message = 1 << 9;  // most requests are smaller

std::string_view to_view(beast::string_view text) {
  return {text.data(), text.size()};
}

// A buffer that is there when the first byte comes, and not while it is waited for: Beast looks
// where to write when it has read the header of a frame.
class RoomWhenNeeded {
 public:
  using value_type = asio::mutable_buffer;
  class const_iterator {
   public:
    using value_type = asio::mutable_buffer;
    using reference = value_type;
    using pointer = const value_type*;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::bidirectional_iterator_tag;

    const_iterator() = default;
    const_iterator(const RoomWhenNeeded* room, bool end) : room_(room), end_(end) {}
    value_type operator*() const { return room_->buffer(); }
    const_iterator& operator++() {
      end_ = true;
      return *this;
    }
    const_iterator operator++(int) { return std::exchange(*this, {room_, true}); }
    const_iterator& operator--() {
      end_ = false;
      return *this;
    }
    const_iterator operator--(int) { return std::exchange(*this, {room_, false}); }
    friend bool operator==(const const_iterator&, const const_iterator&) = default;

   private:
    const RoomWhenNeeded* room_ = nullptr;
    bool end_ = false;
  };

  RoomWhenNeeded(std::unique_ptr<std::byte[]>& owner, std::size_t from, std::size_t size)
      : owner_(&owner), from_(from), size_(size) {}
  const_iterator begin() const { return {this, false}; }
  const_iterator end() const { return {this, true}; }

 private:
  asio::mutable_buffer buffer() const {
    if (*owner_ == nullptr) *owner_ = std::make_unique_for_overwrite<std::byte[]>(size_);
    return {owner_->get() + from_, size_ - from_};
  }

  std::unique_ptr<std::byte[]>* owner_;
  std::size_t from_;
  std::size_t size_;
};

// What a request gets that does not lead to a WebSocket.
struct Answer {
  http::status status = http::status::bad_request;
  std::string text;
};

Answer wrong_header(const ErrorCode& error) {
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return {http::status::request_header_fields_too_large, "The request is too long."};
  }
  return {http::status::bad_request, "This is no HTTP request."};
}

// Nothing: it may be upgraded.
std::optional<Answer> objection(const Request& request) {
  if (request.method() != http::verb::get) {
    return Answer{http::status::method_not_allowed, "Only GET is known here."};
  }
  if (request.target() != "/") {
    return Answer{http::status::not_found, "There is nothing here. A relay of sotto is at /."};
  }
  if (!websocket::is_upgrade(request)) {
    return Answer{http::status::upgrade_required,
                  "This is a relay of sotto: give its address to sotto --relay."};
  }
  if (request[http::field::sec_websocket_version] != "13") {
    return Answer{http::status::upgrade_required,
                  "Only version 13 of WebSocket is known here."};
  }
  const http::token_list offered(request[http::field::sec_websocket_protocol]);
  if (!std::ranges::any_of(offered, [](beast::string_view name) {
        return to_view(name) == wire::relay_subprotocol;
      })) {
    return Answer{http::status::bad_request, "Only the subprotocol " +
                                                 std::string(wire::relay_subprotocol) +
                                                 " is spoken here. Update sotto on one side."};
  }
  return std::nullopt;
}

}  // namespace

struct WebSocket::State {
  State(Socket socket, const tls::ServerContext& context, const WebSocketLimits& its_limits)
      : executor(socket.get_executor()),
        limits(its_limits),
        layer(std::move(socket), context),
        deadline(executor) {}

  tls::Stream& stream() { return layer.next_layer(); }

  Async<void> upgrade();
  Async<void> refuse(Answer answer);
  Async<void> finish(ErrorCode error);
  std::unexpected<Error> ended(const ErrorCode& error) const;
  std::unexpected<Error> not_shaken(const ErrorCode& error) const;

  asio::any_io_executor executor;
  WebSocketLimits limits;
  Layer layer;
  asio::steady_timer deadline;  // of the handshake
  bool late = false;
  bool over = false;  // the handshake
  bool closed = false;
  std::unique_ptr<std::byte[]> room;  // of read_bytes()
  std::size_t room_size = first_read;
  crypto::Hash32 exporter{};
};

std::unexpected<Error> WebSocket::State::ended(const ErrorCode& error) const {
  if (closed || error == asio::error::operation_aborted || error == websocket::error::closed) {
    return fail(Errc::closed, "The connection was closed.");
  }
  return fail(Errc::lost, "The connection was lost: " + displayable(error.message()) + ".");
}

std::unexpected<Error> WebSocket::State::not_shaken(const ErrorCode& error) const {
  if (late) return fail(Errc::timeout, "The client did not finish its handshake in time.");
  return fail(Errc::lost, "The handshake failed: " + displayable(error.message()) + ".");
}

// Answers in HTTP, and ends the connection in an orderly way.
Async<void> WebSocket::State::refuse(Answer answer) {
  http::response<http::string_body> response(answer.status, 11);
  response.set(http::field::connection, "close");
  response.set(http::field::content_type, "text/plain; charset=utf-8");
  if (answer.status == http::status::method_not_allowed) {
    response.set(http::field::allow, "GET");
  } else if (answer.status == http::status::upgrade_required) {
    response.set(http::field::upgrade, "websocket");
    response.set(http::field::sec_websocket_version, "13");
  }
  response.body() = answer.text + "\n";
  response.prepare_payload();
  const auto [error, n] = co_await http::async_write(stream(), response, plainly);
  if (!error) co_await stream().async_shutdown(plainly);
  if (late) co_return not_shaken({});
  co_return fail(Errc::lost, "It is no client: " + answer.text);
}

Async<void> WebSocket::State::upgrade() {
  const auto [shaken] = co_await stream().async_handshake(plainly);
  if (shaken) co_return not_shaken(shaken);
  exporter = stream().exporter(wire::relay_exporter_label);
  beast::flat_buffer buffer(header_limit);
  http::request_parser<http::empty_body> parser;
  parser.header_limit(header_limit);
  const auto [read, ignored] =
      co_await http::async_read_header(stream(), buffer, parser, plainly);
  if (read && read.category() != http::make_error_code(http::error::bad_value).category()) {
    co_return not_shaken(read);
  }
  std::optional<Answer> wrong = read ? wrong_header(read) : objection(parser.get());
  // A client must not speak before it has the answer (RFC 6455 section 4.1), nor send a body.
  if (!wrong && (buffer.size() > 0 || !parser.is_done())) {
    wrong = Answer{http::status::bad_request, "More came than a request."};
  }
  if (wrong) co_return co_await refuse(std::move(*wrong));
  websocket::stream_base::timeout patience;
  patience.handshake_timeout = limits.handshake;
  patience.idle_timeout = limits.idle;
  patience.keep_alive_pings = true;
  layer.set_option(patience);
  layer.set_option(websocket::stream_base::decorator([](websocket::response_type& response) {
    response.set(http::field::server, "sotto");
    if (response.result() == http::status::switching_protocols) {
      response.set(
          http::field::sec_websocket_protocol,
          beast::string_view(wire::relay_subprotocol.data(), wire::relay_subprotocol.size()));
    }
  }));
  layer.binary(true);
  layer.auto_fragment(false);
  layer.read_message_max(limits.message > 0 ? limits.message : wire::relay_request_limit);
  const Request request = parser.release();
  const auto [accepted] = co_await layer.async_accept(request, plainly);
  if (accepted) {
    co_await stream().async_shutdown(plainly);  // Beast has told what was wrong
    co_return not_shaken(accepted);
  }
  co_return Result<void>();
}

WebSocket::WebSocket(Socket socket, const tls::ServerContext& context,
                     const WebSocketLimits& limits) {
  ErrorCode no_tcp;
  socket.set_option(asio::ip::tcp::no_delay(true), no_tcp);
  ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent_limit,
               sizeof unsent_limit);
  state_ = std::make_shared<State>(std::move(socket), context, limits);
}

WebSocket::~WebSocket() {
  state_->over = true;
  state_->deadline.cancel();
}

const asio::any_io_executor& WebSocket::executor() const {
  return state_->executor;
}

wire::RelayBinding WebSocket::binding() const {
  return {state_->stream().spki(), state_->exporter, {}};
}

Async<void> WebSocket::handshake() {
  State& state = *state_;
  state.deadline.expires_after(state.limits.handshake);
  auto too_late = [kept = state_](const ErrorCode&) {
    if (kept->over) return;
    kept->late = true;
    kept->stream().close();
  };
  state.deadline.async_wait(std::move(too_late));
  auto done = co_await state.upgrade();
  state.over = true;
  state.deadline.cancel();
  if (!done) state.stream().close();
  co_return done;
}

Async<Bytes> WebSocket::read_message() {
  State& state = *state_;
  Bytes message;
  std::size_t room = first_of_message;
  do {
    const std::size_t have = message.size();
    message.resize(have + room);
    const auto [error, n] = co_await state.layer.async_read_some(
        asio::buffer(message.data() + have, room), plainly);
    if (error) co_return state.ended(error);
    message.resize(have + n);
    room = std::max(room, message.size());
  } while (!state.layer.is_message_done());
  if (!state.layer.got_binary()) {
    co_await close(CloseCode::not_binary, "binary messages only");
    co_return fail(Errc::lost, "The client sent text.");
  }
  co_return message;
}

Async<ByteView> WebSocket::read_bytes() {
  State& state = *state_;
  Layer& layer = state.layer;
  state.room.reset();
  layer.read_message_max(0);
  const RoomWhenNeeded room(state.room, 0, state.room_size);
  auto [error, n] = co_await layer.async_read_some(room, plainly);
  // Beast gives what came with the header of a frame first; the rest of it follows.
  if (!error && n < state.room_size && !layer.is_message_done()) {
    const RoomWhenNeeded rest(state.room, n, state.room_size);
    const auto [broken, more] = co_await layer.async_read_some(rest, plainly);
    error = broken;
    n += more;
  }
  if (error) co_return state.ended(error);
  if (!layer.got_binary()) {
    co_await close(CloseCode::not_binary, "binary messages only");
    co_return fail(Errc::lost, "The client sent text.");
  }
  const ByteView bytes(state.room.get(), n);
  state.room_size = n >= first_read ? spliced_at_once : first_read;
  co_return bytes;
}

Async<void> WebSocket::write_message(ByteView message) {
  const auto [error, n] =
      co_await state_->layer.async_write(asio::buffer(message.data(), message.size()), plainly);
  if (error) co_return state_->ended(error);
  co_return Result<void>();
}

Async<void> WebSocket::close(CloseCode code, std::string reason) {
  State& state = *state_;
  constexpr std::size_t reason_limit = 123;
  if (std::exchange(state.closed, true)) co_return Result<void>();
  websocket::close_reason why(static_cast<websocket::close_code>(code));
  reason.resize(std::min(reason.size(), reason_limit));
  why.reason.assign(reason.data(), reason.size());
  const auto [error] = co_await state.layer.async_close(why, plainly);
  if (error) co_return state.ended(error);
  co_return Result<void>();
}

void WebSocket::close() noexcept {
  state_->closed = true;
  state_->stream().close();
}

}  // namespace sotto::relay
