#include "net/service_socket.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <utility>

#include "base/text.h"
#include "net/lookup.h"
#include "transport/errors.h"

namespace sotto::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::local::stream_protocol;
using transport::DuplexStream;
using transport::Errc;
using Stream = std::unique_ptr<DuplexStream>;

constexpr std::chrono::milliseconds descriptor_pause{100};
constexpr std::size_t unix_path_limit = 107;  // bytes; sockaddr_un

std::unexpected<Error> broken(const boost::system::error_code& error) {
  if (error == asio::error::operation_aborted || error == asio::error::bad_descriptor) {
    return fail(Errc::closed, "The connection was closed on this side.");
  }
  return fail(Errc::lost, "The connection was lost: " + error.message() + ".");
}

template <class Socket>
class SocketStream final : public DuplexStream {
 public:
  explicit SocketStream(Socket socket) : socket_(std::move(socket)) {}

  Async<std::size_t> read_some(MutableBytes out) override {
    if (ended_ && socket_.is_open()) co_return 0;
    const auto [error, n] = co_await socket_.async_read_some(
        asio::buffer(out.data(), out.size()), asio::as_tuple(asio::use_awaitable));
    if (error == asio::error::eof) {
      ended_ = true;
      co_return 0;
    }
    if (error) co_return broken(error);
    co_return n;
  }

  Async<void> write_all(ByteView data) override {
    const auto [error, n] = co_await asio::async_write(
        socket_, asio::buffer(data.data(), data.size()), asio::as_tuple(asio::use_awaitable));
    if (error) co_return broken(error);
    co_return Result<void>();
  }

  void end_writing() noexcept override {
    boost::system::error_code ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
  }

  void close() noexcept override {
    boost::system::error_code ignored;
    socket_.close(ignored);
  }

  // With no time to linger the system drops what it holds and says so to the other side.
  void reset() noexcept override {
    boost::system::error_code ignored;
    socket_.set_option(asio::socket_base::linger(true, 0), ignored);
    socket_.close(ignored);
  }

 private:
  Socket socket_;
  bool ended_ = false;  // by the other side; the kernel reports it once
};

Stream stream_of(tcp::socket socket) {
  boost::system::error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  return std::make_unique<SocketStream<tcp::socket>>(std::move(socket));
}

std::unexpected<Error> not_reached(const ServiceAddress& address, const std::string& why) {
  return fail(Errc::unreachable, displayable(to_string(address)) + " was not reached: " + why);
}
std::unexpected<Error> not_reached(const ServiceAddress& address,
                                   const boost::system::error_code& error) {
  return not_reached(address, error.message() + ".");
}

Async<Stream> dial(asio::any_io_executor executor, HostPort address, SteadyTime deadline) {
  boost::system::error_code failure;
  const auto literal = asio::ip::make_address(address.host, failure);
  std::vector<tcp::endpoint> endpoints;
  if (!failure) {
    endpoints.emplace_back(literal, address.port);
  } else {
    auto found = co_await look_up(executor, address.host, address.port, deadline);
    if (!found) co_return not_reached(address, found.error().text());
    endpoints = std::move(*found);
  }
  for (const tcp::endpoint& endpoint : endpoints) {
    tcp::socket socket(executor);
    const auto [error] =
        co_await socket.async_connect(endpoint, asio::as_tuple(asio::use_awaitable));
    if (!error) co_return stream_of(std::move(socket));
    failure = error;
  }
  co_return not_reached(address, failure);
}

Async<Stream> dial(asio::any_io_executor executor, UnixPath address) {
  stream_protocol::socket socket(executor);
  const auto [error] = co_await socket.async_connect(stream_protocol::endpoint(address.path),
                                                     asio::as_tuple(asio::use_awaitable));
  if (error) co_return not_reached(address, error);
  co_return std::make_unique<SocketStream<stream_protocol::socket>>(std::move(socket));
}

Async<Stream> dial_either(asio::any_io_executor executor, ServiceAddress address,
                          SteadyTime deadline) {
  if (const auto* unix_path = std::get_if<UnixPath>(&address)) {
    if (unix_path->path.size() > unix_path_limit) {
      co_return not_reached(address, asio::error::name_too_long);
    }
    co_return co_await dial(executor, *unix_path);
  }
  co_return co_await dial(executor, std::get<HostPort>(address), deadline);
}

bool is_descriptor_shortage(const boost::system::error_code& error) {
  return error == asio::error::no_descriptors || error == asio::error::no_memory ||
         error == asio::error::no_buffer_space ||
         error == boost::system::errc::too_many_files_open_in_system;
}

}  // namespace

std::string to_string(const ServiceAddress& address) {
  if (const auto* unix_path = std::get_if<UnixPath>(&address)) return "unix:" + unix_path->path;
  return to_string(std::get<HostPort>(address));
}

bool is_loopback(const std::string& ip_literal) {
  boost::system::error_code error;
  const auto address = asio::ip::make_address(ip_literal, error);
  return !error && address.is_loopback();
}

Async<Stream> dial_service(asio::any_io_executor executor, ServiceAddress address,
                           SteadyTime deadline) {
  using namespace asio::experimental::awaitable_operators;
  asio::steady_timer limit(executor, deadline);
  auto race = dial_either(executor, address, deadline) ||
              limit.async_wait(asio::as_tuple(asio::use_awaitable));
  auto first = co_await std::move(race);
  if (first.index() == 0) co_return std::get<0>(std::move(first));
  co_return fail(Errc::timeout, displayable(to_string(address)) + " did not answer in time.");
}

ServicePort::ServicePort(asio::ip::tcp::acceptor acceptor) : acceptor_(std::move(acceptor)) {}
ServicePort::ServicePort(ServicePort&& other) noexcept = default;
ServicePort& ServicePort::operator=(ServicePort&& other) noexcept = default;
ServicePort::~ServicePort() = default;

Result<ServicePort> ServicePort::open(const asio::any_io_executor& executor,
                                      const std::string& bind, std::uint16_t port) {
  boost::system::error_code error;
  const auto address = asio::ip::make_address(bind, error);
  if (error) {
    return fail(Errc::bind, "'" + displayable(bind) + "' is no IP address to listen on.");
  }
  tcp::acceptor acceptor(executor);
  const tcp::endpoint endpoint(address, port);
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (!error) return ServicePort(std::move(acceptor));
  if (error == asio::error::address_in_use || error == asio::error::access_denied) {
    return fail(Errc::port_taken, "Port " + std::to_string(port) + " of " + displayable(bind) +
                                      " is taken by another program (or not allowed). Choose "
                                      "another with --forward, or 0 for any.");
  }
  return fail(Errc::bind, "This machine cannot listen on " + displayable(bind) + ": " +
                              error.message() + ". Choose another address with --forward.");
}

HostPort ServicePort::address() const {
  boost::system::error_code ignored;
  const auto endpoint = acceptor_.local_endpoint(ignored);
  return {endpoint.address().to_string(), endpoint.port()};
}

Async<Stream> ServicePort::accept() {
  while (true) {
    auto [error, socket] = co_await acceptor_.async_accept(asio::as_tuple(asio::use_awaitable));
    if (!error) co_return stream_of(std::move(socket));
    if (error == asio::error::operation_aborted || error == asio::error::bad_descriptor) {
      co_return fail(Errc::closed, "The port was closed.");
    }
    if (is_descriptor_shortage(error)) {
      asio::steady_timer pause(acceptor_.get_executor(), descriptor_pause);
      co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
    }
  }
}

void ServicePort::close() noexcept {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
}

}  // namespace sotto::net
