#include "bench/relay_ends.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "base/encoding.h"
#include "bench/rounds.h"
#include "net/tcp_stream.h"
#include "tls/certificate.h"
#include "tls/stream.h"
#include "transport/errors.h"
#include "transport/message_bytes.h"

namespace sotto::bench {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::experimental::awaitable_operators::operator&&;

constexpr auto plainly = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t message_limit = 1 << 18;
constexpr seconds patience{30};

// A TLS stream as what a link would run over.
class TlsBytes final : public transport::ByteStream {
 public:
  explicit TlsBytes(tls::Stream stream) : stream_(std::move(stream)) {}

  Async<std::size_t> read_some(MutableBytes out) override {
    const auto [error, n] =
        co_await stream_.async_read_some(asio::buffer(out.data(), out.size()), plainly);
    if (error) co_return fail(transport::Errc::lost, error.message() + ".");
    co_return n;
  }
  Async<void> write_all(ByteView data) override {
    while (!data.empty()) {
      const auto [error, n] =
          co_await stream_.async_write_some(asio::buffer(data.data(), data.size()), plainly);
      if (error) co_return fail(transport::Errc::lost, error.message() + ".");
      data = data.subspan(n);
    }
    co_return Result<void>();
  }
  void close() noexcept override { stream_.close(); }

 private:
  tls::Stream stream_;
};

asio::awaitable<tls::Stream> shaken(tls::Stream stream) {
  const auto [error] = co_await stream.async_handshake(plainly);
  must(!error, "a TLS handshake failed");
  co_return std::move(stream);
}

asio::awaitable<tcp::socket> dial_port(asio::any_io_executor executor, std::uint16_t port) {
  tcp::socket socket(executor);
  const tcp::endpoint there(asio::ip::address_v4::loopback(), port);
  const auto [error] = co_await socket.async_connect(there, plainly);
  must(!error, "a connection failed");
  socket.set_option(tcp::no_delay(true));
  co_return std::move(socket);
}

asio::awaitable<void> ask(net::WebSocket& client, wire::RelayAction action,
                          const wire::RelayBinding& binding,
                          const crypto::Ed25519KeyPair* owner) {
  wire::RelayRequest request{.number = 1, .action = std::move(action)};
  if (owner != nullptr) wire::sign(request, binding, *owner);
  const Bytes bytes = wire::encode(request);
  must(co_await client.write_message(bytes));
}

// The next that the relay says.
asio::awaitable<wire::RelayMessage> hear(net::WebSocket& client) {
  const Bytes bytes = must(co_await client.read_message());
  co_return must(wire::decode_relay_message(bytes));
}

asio::awaitable<void> hear_spliced(net::WebSocket& client) {
  const wire::RelayMessage message = co_await hear(client);
  const auto* reply = std::get_if<wire::RelayReply>(&message);
  must(reply != nullptr && std::holds_alternative<wire::RelaySpliced>(reply->kind),
       "the relay did not splice");
}

}  // namespace

Meeting::Meeting(asio::any_io_executor executor, std::string kind, std::uint16_t port,
                 std::uint16_t back, const std::string& folder)
    : executor_(executor),
      kind_(std::move(kind)),
      port_(port),
      server_(must(tls::ServerContext::load(folder + "/crt", folder + "/key"))),
      client_(tls::ClientContext::pinned(server_->spki())),
      acceptor_(executor, tcp::endpoint(asio::ip::address_v4::loopback(), back)) {
  acceptor_.listen(4096);
}

asio::awaitable<Ends> Meeting::connect() {
  if (kind_ == "relay") co_return co_await splice();
  if (kind_ == "transit") co_return co_await through_transit();
  co_return co_await through_tls();
}

asio::awaitable<Meeting::Waiting> Meeting::wait() {
  Waiting waiting;
  if (kind_ == "relay") {
    RealEntropy entropy;
    const auto slot = crypto::Ed25519KeyPair::generate(entropy);
    waiting.client = co_await listen(slot);
  } else {
    waiting.ends = co_await through_tls();
  }
  co_return std::move(waiting);
}

asio::awaitable<std::unique_ptr<net::WebSocket>> Meeting::dial(wire::RelayNonce& nonce) {
  net::WebSocketTarget target{.at = {"127.0.0.1", port_},
                              .pin = client_.pin(),
                              .subprotocol = std::string(wire::relay_subprotocol),
                              .exporter_label = std::string(wire::relay_exporter_label),
                              .message_limit = message_limit};
  net::WebSocketRoute directly;
  auto dialed = co_await net::WebSocket::dial(executor_, std::move(target), std::move(directly),
                                              std::chrono::steady_clock::now() + patience);
  auto client = must(std::move(dialed));
  const wire::RelayMessage hello = co_await hear(*client);
  must(std::holds_alternative<wire::RelayHello>(hello), "the relay said no hello");
  nonce = std::get<wire::RelayHello>(hello).nonce;
  co_return std::move(client);
}

asio::awaitable<std::unique_ptr<net::WebSocket>> Meeting::listen(
    const crypto::Ed25519KeyPair& slot) {
  wire::RelayNonce nonce;
  auto client = co_await dial(nonce);
  const wire::RelayBinding binding{client->binding().spki, client->binding().exporter, nonce};
  wire::RelayListen listen{.slot = *wire::SlotId::from(slot.public_key.view()),
                           .signature = {}};
  co_await ask(*client, std::move(listen), binding, &slot);
  const wire::RelayMessage answer = co_await hear(*client);
  const auto* reply = std::get_if<wire::RelayReply>(&answer);
  must(reply != nullptr && std::holds_alternative<wire::RelayDone>(reply->kind),
       "the relay does not let us listen");
  co_return std::move(client);
}

// As a host and its joiner do, each with connections of their own.
asio::awaitable<Ends> Meeting::splice() {
  RealEntropy entropy;
  const auto slot = crypto::Ed25519KeyPair::generate(entropy);
  const auto listener = co_await listen(slot);
  wire::RelayNonce nonce;
  auto joiner = co_await dial(nonce);
  const wire::RelayBinding unused{};  // neither request is an owner's
  wire::RelayOpen open{.slot = *wire::SlotId::from(slot.public_key.view())};
  co_await ask(*joiner, std::move(open), unused, nullptr);
  const wire::RelayMessage incoming = co_await hear(*listener);
  must(std::holds_alternative<wire::RelayIncoming>(incoming), "nobody came");
  auto host = co_await dial(nonce);
  wire::RelayTake take{.ticket = std::get<wire::RelayIncoming>(incoming).ticket};
  co_await ask(*host, std::move(take), unused, nullptr);
  co_await hear_spliced(*host);
  co_await hear_spliced(*joiner);
  listener->close();
  Ends ends{transport::as_byte_stream(std::move(joiner)),
            transport::as_byte_stream(std::move(host))};
  co_return std::move(ends);
}

asio::awaitable<Ends> Meeting::through_tls() {
  const std::uint16_t port = kind_ == "direct" ? acceptor_.local_endpoint().port() : port_;
  auto dialed = co_await dial_port(executor_, port);
  // A proxy may connect to its server only once TLS with the client is there.
  tls::Stream near(tls::Stream::Socket(std::move(dialed)), client_, "127.0.0.1");
  auto accept = [](tcp::acceptor& acceptor,
                   const tls::ServerContext& context) -> asio::awaitable<tls::Stream> {
    auto [error, socket] = co_await acceptor.async_accept(plainly);
    must(!error, "nobody came");
    socket.set_option(tcp::no_delay(true));
    tls::Stream stream(tls::Stream::Socket(std::move(socket)), context);
    co_return co_await shaken(std::move(stream));
  };
  auto both = shaken(std::move(near)) && accept(acceptor_, *server_);
  auto [one, two] = co_await std::move(both);
  Ends ends{std::make_unique<TlsBytes>(std::move(one)),
            std::make_unique<TlsBytes>(std::move(two))};
  co_return std::move(ends);
}

// "please relay TOKEN for side SIDE", and "ok" once both are there.
asio::awaitable<Ends> Meeting::through_transit() {
  RealEntropy entropy;
  const auto drawn = crypto::Ed25519KeyPair::generate(entropy);
  const std::string token = to_hex(drawn.public_key.view());
  auto one = co_await dial_port(executor_, port_);
  auto two = co_await dial_port(executor_, port_);
  const auto please = [&token](const std::string& side) {
    return "please relay " + token + " for side " + side + "\n";
  };
  const std::string here = please("0123456789abcdef");
  const std::string there = please("fedcba9876543210");
  co_await asio::async_write(one, asio::buffer(here), plainly);
  co_await asio::async_write(two, asio::buffer(there), plainly);
  std::array<char, 3> ok{};
  co_await asio::async_read(one, asio::buffer(ok), plainly);
  co_await asio::async_read(two, asio::buffer(ok), plainly);
  must(ok == std::array<char, 3>{'o', 'k', '\n'}, "the transit relay did not say ok");
  Ends ends{std::make_unique<net::TcpStream>(std::move(one)),
            std::make_unique<net::TcpStream>(std::move(two))};
  co_return std::move(ends);
}

}  // namespace sotto::bench
