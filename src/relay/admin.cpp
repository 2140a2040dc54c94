#include "relay/admin.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <memory>

#include "base/time.h"

namespace sotto::relay {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

constexpr auto plainly = asio::as_tuple(asio::use_awaitable);
constexpr seconds patience{10};
constexpr std::size_t header_limit = 8192;  // bytes of a request

using Request = http::request<http::empty_body>;
using Response = http::response<http::string_body>;

Response page(http::status status, const char* type, std::string text) {
  Response out(status, 11);
  out.set(http::field::content_type, type);
  out.set(http::field::cache_control, "no-store");
  out.body() = std::move(text);
  return out;
}

Response plain(http::status status, std::string text) {
  return page(status, "text/plain; charset=utf-8", std::move(text) + "\n");
}

asio::awaitable<Response> answer(const Request& request, const AdminPages& pages) {
  if (request.method() != http::verb::get && request.method() != http::verb::head) {
    Response out = plain(http::status::method_not_allowed, "Only GET and HEAD are known here.");
    out.set(http::field::allow, "GET, HEAD");
    co_return out;
  }
  if (request.target() == "/metrics") {
    co_return page(http::status::ok, "text/plain; version=0.0.4; charset=utf-8",
                   co_await pages.metrics());
  }
  if (request.target() == "/healthz") {
    const std::string trouble = co_await pages.trouble();
    if (trouble.empty()) co_return plain(http::status::ok, "ok");
    co_return plain(http::status::service_unavailable, trouble);
  }
  co_return plain(http::status::not_found, "Here are /metrics and /healthz.");
}

asio::awaitable<void> serve(beast::tcp_stream stream, const AdminPages& pages,
                            std::shared_ptr<std::size_t> open) {
  beast::flat_buffer buffer(header_limit);
  while (true) {
    stream.expires_after(patience);
    http::request_parser<http::empty_body> parser;
    parser.header_limit(header_limit);
    const auto [unread, ignored] = co_await http::async_read(stream, buffer, parser, plainly);
    if (unread) break;
    const Request request = parser.release();
    Response response = co_await answer(request, pages);
    response.keep_alive(request.keep_alive());
    response.prepare_payload();
    if (request.method() == http::verb::head) response.body().clear();
    stream.expires_after(patience);
    const auto [unsent, bytes] = co_await http::async_write(stream, response, plainly);
    if (unsent || !response.keep_alive()) break;
  }
  boost::system::error_code gone;
  stream.socket().shutdown(asio::ip::tcp::socket::shutdown_send, gone);
  --*open;
}

}  // namespace

asio::awaitable<void> serve_admin(asio::ip::tcp::acceptor& acceptor, const AdminPages& pages) {
  const auto open = std::make_shared<std::size_t>(0);
  while (true) {
    auto [error, socket] = co_await acceptor.async_accept(plainly);
    if (error == asio::error::operation_aborted || error == asio::error::bad_descriptor) break;
    if (error) {
      asio::steady_timer pause(acceptor.get_executor(), milliseconds(100));
      co_await pause.async_wait(plainly);
      continue;
    }
    if (*open >= admin_connections) continue;
    ++*open;
    asio::co_spawn(acceptor.get_executor(),
                   serve(beast::tcp_stream(std::move(socket)), pages, open), asio::detached);
  }
}

}  // namespace sotto::relay
