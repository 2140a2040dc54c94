#include "net/web_socket.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cstdlib>
#include <openssl/evp.h>

#include "base/encoding.h"
#include "support/certificates.h"
#include "support/temp_dir.h"
#include "tls/certificate.h"
#include "tls/stream.h"
#include "unit/net/testing.h"

namespace sotto::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr auto plainly = asio::as_tuple(asio::use_awaitable);

// RFC 6455 section 4.2.2.
std::string accept_key(const std::string& request) {
  const std::string field = "Sec-WebSocket-Key: ";
  const auto at = request.find(field) + field.size();
  const std::string text =
      request.substr(at, request.find('\r', at) - at) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<std::byte, 20> hash;
  EVP_Digest(text.data(), text.size(), raw(MutableBytes(hash)), nullptr, EVP_sha1(), nullptr);
  return to_base64(hash);
}

std::string switching(const std::string& request, const std::string& subprotocol) {
  return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
         "Sec-WebSocket-Accept: " +
         accept_key(request) + "\r\n" +
         (subprotocol.empty() ? "" : "Sec-WebSocket-Protocol: " + subprotocol + "\r\n") +
         "\r\n";
}

// A server's frame of at most 65535 bytes, unmasked.
std::string frame(int first, const std::string& payload) {
  std::string out(1, static_cast<char>(first));
  if (payload.size() < 126) {
    out += static_cast<char>(payload.size());
  } else {
    out += {126, static_cast<char>(payload.size() >> 8), static_cast<char>(payload.size())};
  }
  return out + payload;
}

// What a test server does with a connection once TLS is there; and what it was told.
struct Script {
  std::string answer{};  // in HTTP; empty: as it should be
  std::string subprotocol = "test.1";
  std::string then{};   // bytes behind it
  bool silent = false;  // never answers
  bool cut = false;     // hangs up after it
  bool ends = false;    // goes in an orderly way
};

class NetWebSocketTest : public NetTest {
 protected:
  NetWebSocketTest() { load(); }

  void load() { server_ = must(tls::ServerContext::load(folder_ / "crt", folder_ / "key")); }

  WebSocketTarget target() const {
    return {.at = {"127.0.0.1", acceptor_.local_endpoint().port()},
            .pin = server_->spki(),
            .subprotocol = "test.1",
            .exporter_label = "EXPORTER-test",
            .message_limit = 1000};
  }

  static asio::awaitable<void> serve(NetWebSocketTest& test, Script script) {
    auto [gone, socket] = co_await test.acceptor_.async_accept(plainly);
    if (gone) co_return;
    test.stream_ =
        std::make_unique<tls::Stream>(tls::Stream::Socket(std::move(socket)), *test.server_);
    tls::Stream& stream = *test.stream_;
    const auto [shaken] = co_await stream.async_handshake(plainly);
    test.shaken_ = !shaken;
    while (!shaken && test.request_.find("\r\n\r\n") == std::string::npos) {
      std::array<char, 4096> buffer;
      const auto [error, n] = co_await stream.async_read_some(asio::buffer(buffer), plainly);
      if (error) co_return;
      test.request_.append(buffer.data(), n);
    }
    if (shaken || script.silent) co_return;
    const std::string answer =
        script.answer.empty() ? switching(test.request_, script.subprotocol) : script.answer;
    co_await asio::async_write(stream, asio::buffer(answer + script.then), plainly);
    if (script.cut) stream.close();
    if (script.ends) co_await stream.async_shutdown(plainly);
  }
  void serve(Script script = {}) {
    request_.clear();
    asio::co_spawn(io_, serve(*this, std::move(script)), asio::detached);
  }
  Result<std::unique_ptr<WebSocket>> dial_it(const WebSocketTarget& at,
                                             WebSocketRoute route = {},
                                             milliseconds limit = patience) {
    return finish(io_, WebSocket::dial(io_.get_executor(), at, std::move(route),
                                       std::chrono::steady_clock::now() + limit));
  }
  std::unique_ptr<WebSocket> connected(Script script = {}) {
    serve(std::move(script));
    return must(dial_it(target()));
  }
  // What the client says next, at most `size` bytes.
  std::string heard(std::size_t size) {
    const auto read = [](tls::Stream& stream,
                         std::size_t most) -> asio::awaitable<std::string> {
      std::string out(most, '\0');
      const auto [error, n] = co_await stream.async_read_some(asio::buffer(out), plainly);
      out.resize(n);
      co_return out;
    };
    return finish(io_, read(*stream_, size));
  }

  TempDir folder_;
  tls::SpkiHash spki_ = must(tls::write_self_signed("test", folder_ / "crt", folder_ / "key"));
  std::unique_ptr<tls::ServerContext> server_;
  tcp::acceptor acceptor_{io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
  std::unique_ptr<tls::Stream> stream_;
  bool shaken_ = false;
  std::string request_;
};

TEST_F(NetWebSocketTest, AsksAsItShould) {
  const auto socket = connected();
  EXPECT_TRUE(request_.starts_with("GET / HTTP/1.1\r\n")) << request_;
  EXPECT_NE(request_.find("Host: " + to_string(target().at) + "\r\n"), request_.npos);
  EXPECT_NE(request_.find("Sec-WebSocket-Protocol: test.1\r\n"), request_.npos);
  EXPECT_NE(request_.find("Sec-WebSocket-Version: 13\r\n"), request_.npos);
  EXPECT_EQ(request_.find("Extensions"), request_.npos);
  EXPECT_EQ(socket->binding().spki, spki_);
  EXPECT_EQ(socket->binding().exporter, stream_->exporter("EXPORTER-test"));
}

TEST_F(NetWebSocketTest, WhatItSaysIsMasked) {
  const auto socket = connected();
  const std::string text(300, 'x');
  must(finish(io_, socket->write_message(as_bytes(text))));
  const std::string frame = heard(1000);
  ASSERT_EQ(frame.size(), 8 + text.size());
  EXPECT_EQ(frame.substr(0, 4), "\x82\xfe\x01\x2c");
  EXPECT_EQ(frame.find("xxxx"), frame.npos);
  for (std::size_t i = 0; i < text.size(); ++i) ASSERT_EQ(frame[8 + i] ^ frame[4 + i % 4], 'x');
}

TEST_F(NetWebSocketTest, ReadsMessagesUpToItsLimit) {
  const auto socket = connected(
      {.then = frame(0x82, "one") + frame(0x02, "fr") + frame(0x89, "ping") +
               frame(0x80, "agments") + frame(0x82, "") + frame(0x82, std::string(1000, 'x'))});
  for (const std::string& expected :
       {std::string("one"), std::string("fragments"), std::string(), std::string(1000, 'x')}) {
    EXPECT_EQ(as_text(must(finish(io_, socket->read_message()))), expected);
  }
  EXPECT_EQ(heard(100).substr(0, 2), "\x8a\x84");
}

TEST_F(NetWebSocketTest, WhatAServerMayNotSayIsALoss) {
  for (const std::string& bytes :
       {frame(0x82, std::string(1001, 'x')), frame(0x81, "text"), frame(0x83, "reserved"),
        frame(0xc2, "compressed"), frame(0x09, "fragment of a ping"), frame(0x80, "of what"),
        std::string("\x82\xff\0\0\0\0\0\0\0\1", 10), std::string("\x82\x81mask\1", 7)}) {
    const auto socket = connected({.then = bytes, .ends = true});
    EXPECT_EQ(error_of(finish(io_, socket->read_message())), "route.lost") << bytes;
  }
}

TEST_F(NetWebSocketTest, TheReasonOfACloseIsShown) {
  const auto socket = connected({.then = frame(0x88,
                                               "\x03\xf4"
                                               "soon\x1b back"),
                                 .ends = true});
  const auto closed = finish(io_, socket->read_message());
  EXPECT_EQ(error_of(closed), "route.closed");
  EXPECT_NE(closed.error().text().find(": soon\\x1b back (1012)"), std::string::npos)
      << closed.error().text();
}

TEST_F(NetWebSocketTest, AServerThatDoesNotGoIsLeft) {
  const auto socket = connected({.then = frame(0x83, "reserved")});
  EXPECT_EQ(error_of(finish(io_, socket->read_message())), "route.lost");
}

TEST_F(NetWebSocketTest, ACutIsALossAndItsOwnCloseIsNone) {
  const auto cut = connected({.cut = true});
  EXPECT_EQ(error_of(finish(io_, cut->read_message())), "route.lost");
  const auto closed = connected();
  closed->close();
  closed->close();
  EXPECT_EQ(error_of(finish(io_, closed->read_message())), "route.closed");
  EXPECT_EQ(error_of(finish(io_, closed->write_message(as_bytes("x")))), "route.closed");
}

TEST_F(NetWebSocketTest, WhatIsNoRelayIsSaidToBeNone) {
  for (const std::string answer :
       {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "SSH-2.0-OpenSSH\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
        "Sec-WebSocket-Protocol: test.1\r\n\r\n"}) {
    serve({.answer = answer});
    EXPECT_EQ(error_of(dial_it(target())), "relay.no_relay") << answer;
  }
  for (const std::string subprotocol : {"", "test.2"}) {
    serve({.subprotocol = subprotocol});
    EXPECT_EQ(error_of(dial_it(target())), "relay.no_relay") << subprotocol;
  }
  serve({.answer = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"});
  EXPECT_NE(dial_it(target()).error().text().find("HTTP 404"), std::string::npos);
}

TEST_F(NetWebSocketTest, AnotherKeyThanThePinnedIsRefused) {
  WebSocketTarget other = target();
  (*other.pin)[0] ^= std::byte{1};
  serve();
  const auto refused = dial_it(other);
  EXPECT_EQ(error_of(refused), "relay.pin");
  EXPECT_EQ(refused.error().kind(), Kind::service);
  EXPECT_EQ(request_, "");  // nothing was said
}

TEST_F(NetWebSocketTest, WithoutAPinAuthoritiesDecide) {
  const TestAuthority authority;
  authority.write(folder_ / "authority");
  ::setenv("SSL_CERT_FILE", (folder_ / "authority").c_str(), 1);
  const auto outcome = [&] {
    load();
    WebSocketTarget unpinned = target();
    unpinned.pin.reset();
    serve();
    return error_of(dial_it(unpinned));
  };
  EXPECT_EQ(outcome(), "relay.untrusted");
  authority.issue(folder_ / "crt", folder_ / "key", "IP:127.0.0.1", 10);
  EXPECT_EQ(outcome(), "");
  authority.issue(folder_ / "crt", folder_ / "key", "IP:127.0.0.2", 10);
  EXPECT_EQ(outcome(), "relay.untrusted");
  authority.issue(folder_ / "crt", folder_ / "key", "IP:127.0.0.1", -1);
  EXPECT_EQ(outcome(), "relay.expired");
  ::unsetenv("SSL_CERT_FILE");
}

// Takes the next connection, says `words` to it once it has said something, and keeps it.
asio::awaitable<void> answer_plainly(tcp::acceptor& acceptor, std::string words,
                                     std::string& told, std::optional<tcp::socket>& kept) {
  auto [gone, socket] = co_await acceptor.async_accept(plainly);
  if (gone) co_return;
  kept.emplace(std::move(socket));
  std::array<char, 4096> buffer;
  const auto [error, n] = co_await kept->async_read_some(asio::buffer(buffer), plainly);
  told.assign(buffer.data(), n);
  if (words.empty()) co_return;
  co_await asio::async_write(*kept, asio::buffer(words), plainly);
}

TEST_F(NetWebSocketTest, WhatSpeaksNoTlsIsSaidTo) {
  std::string told;
  std::optional<tcp::socket> kept;
  asio::co_spawn(io_, answer_plainly(acceptor_, "HTTP/1.1 400 Bad Request\r\n\r\n", told, kept),
                 asio::detached);
  EXPECT_EQ(error_of(dial_it(target())), "relay.tls");
}

TEST_F(NetWebSocketTest, WhereNobodyAnswersIsSaid) {
  WebSocketTarget nowhere = target();
  nowhere.at = closed_port();
  EXPECT_EQ(error_of(dial_it(nowhere)), "relay.unreachable");
  std::string told;
  std::optional<tcp::socket> kept;
  asio::co_spawn(io_, answer_plainly(acceptor_, "", told, kept), asio::detached);
  EXPECT_EQ(error_of(dial_it(target(), {}, milliseconds(200))), "relay.unreachable");
  serve({.silent = true});
  EXPECT_EQ(error_of(dial_it(target(), {}, milliseconds(500))), "relay.unreachable");
}

// --- through proxies

asio::awaitable<void> pass_on(tcp::socket& from, tcp::socket& to) {
  std::array<char, 4096> bytes;
  while (true) {
    const auto [error, n] = co_await from.async_read_some(asio::buffer(bytes), plainly);
    if (error) break;
    co_await asio::async_write(to, asio::buffer(bytes.data(), n), plainly);
  }
  boost::system::error_code ignored;
  to.shutdown(tcp::socket::shutdown_send, ignored);
}

asio::awaitable<void> join(tcp::socket& one, tcp::socket& two) {
  using asio::experimental::awaitable_operators::operator&&;
  auto both = pass_on(one, two) && pass_on(two, one);
  co_await std::move(both);
}

// Answers CONNECT with `answer`, and joins the connection with the test's server if it is 200.
asio::awaitable<void> proxy(tcp::acceptor& acceptor, std::string answer, std::uint16_t to,
                            std::string& told) {
  auto [gone, client] = co_await acceptor.async_accept(plainly);
  if (gone) co_return;
  std::array<char, 65536> buffer;
  while (told.find("\r\n\r\n") == told.npos) {
    const auto [error, n] = co_await client.async_read_some(asio::buffer(buffer), plainly);
    if (error) co_return;
    told.append(buffer.data(), n);
  }
  co_await asio::async_write(client, asio::buffer(answer), plainly);
  if (answer.find(" 200 ") == answer.npos) co_return;
  tcp::socket server(client.get_executor());
  const tcp::endpoint there(asio::ip::address_v4::loopback(), to);
  co_await server.async_connect(there, plainly);
  co_await join(client, server);
}

class ProxyTest : public NetWebSocketTest {
 protected:
  std::string through_proxy(const std::string& answer, std::optional<ProxyUser> user = {}) {
    told_.clear();
    asio::co_spawn(io_, proxy(proxy_, answer, acceptor_.local_endpoint().port(), told_),
                   asio::detached);
    serve();
    ThroughProxy route{{"127.0.0.1", proxy_.local_endpoint().port()}, std::move(user)};
    auto dialed = dial_it(target(), std::move(route));
    if (dialed) socket_ = std::move(*dialed);
    return error_of(dialed);
  }

  tcp::acceptor proxy_{io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
  std::string told_;
  std::unique_ptr<WebSocket> socket_;
};

TEST_F(ProxyTest, TheTunnelIsAsGoodAsTheWay) {
  EXPECT_EQ(through_proxy("HTTP/1.1 200 Connection established\r\n\r\n"), "");
  EXPECT_TRUE(told_.starts_with("CONNECT " + to_string(target().at) + " HTTP/1.1\r\n"))
      << told_;
  EXPECT_EQ(told_.find("Authorization"), told_.npos);
  must(finish(io_, socket_->write_message(as_bytes("hello"))));
  EXPECT_EQ(heard(100).size(), 11U);
}

TEST_F(ProxyTest, UserAndPasswordAreShown) {
  ProxyUser user{"Aladdin", Secret(as_bytes("open sesame"))};
  EXPECT_EQ(through_proxy("HTTP/1.1 200 OK\r\n\r\n", std::move(user)), "");
  EXPECT_NE(told_.find("Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n"),
            told_.npos);
}

TEST_F(ProxyTest, EachRefusalHasItsName) {
  EXPECT_EQ(through_proxy("HTTP/1.1 407 Who are you\r\n\r\n"), "proxy.auth");
  EXPECT_EQ(through_proxy("HTTP/1.1 403 Forbidden\r\n\r\n"), "proxy.refused");
  EXPECT_EQ(through_proxy("HTTP/1.1 504 Gateway Timeout\r\n\r\n"), "proxy.refused");
  EXPECT_EQ(through_proxy("SSH-2.0-OpenSSH\r\n\r\n"), "proxy.protocol");
  EXPECT_EQ(through_proxy(""), "proxy.protocol");  // hangs up
}

TEST_F(ProxyTest, AProxyThatIsNotThereIsNamed) {
  const ThroughProxy nowhere{closed_port(), std::nullopt};
  auto route = ThroughProxy{nowhere.proxy, std::nullopt};
  const auto dialed = dial_it(target(), std::move(route));
  EXPECT_EQ(error_of(dialed), "proxy.unreachable");
  EXPECT_NE(dialed.error().text().find(to_string(nowhere.proxy)), std::string::npos);
}

TEST_F(ProxyTest, ASilentProxyIsNotWaitedForLonger) {
  std::optional<tcp::socket> kept;
  asio::co_spawn(io_, answer_plainly(proxy_, "", told_, kept), asio::detached);
  ThroughProxy route{{"127.0.0.1", proxy_.local_endpoint().port()}, std::nullopt};
  EXPECT_EQ(error_of(dial_it(target(), std::move(route), milliseconds(300))),
            "proxy.unreachable");
}

// Tor's SOCKS port as far as it is told what to connect to.
asio::awaitable<void> socks(tcp::acceptor& acceptor, char reply, std::uint16_t to,
                            std::string& told) {
  auto [gone, client] = co_await acceptor.async_accept(plainly);
  std::array<char, 4096> buffer;
  const std::array<std::string, 3> answers{
      std::string("\x05\x02", 2), std::string("\x01\x00", 2),
      std::string("\x05", 1) + reply + std::string("\0\1\0\0\0\0\0\0", 8)};
  for (const std::string& answer : answers) {
    const auto [error, n] = co_await client.async_read_some(asio::buffer(buffer), plainly);
    if (error) co_return;
    told.assign(buffer.data(), n);
    co_await asio::async_write(client, asio::buffer(answer), plainly);
  }
  if (reply != 0) co_return;
  tcp::socket server(client.get_executor());
  const tcp::endpoint there(asio::ip::address_v4::loopback(), to);
  co_await server.async_connect(there, plainly);
  co_await join(client, server);
}

TEST_F(ProxyTest, ThroughTorNoNameIsLookedUpHere) {
  const auto through_tor = [this](char reply) {
    asio::co_spawn(io_, socks(proxy_, reply, acceptor_.local_endpoint().port(), told_),
                   asio::detached);
    serve();
    WebSocketTarget far = target();
    far.at = {"relay.example", 443};
    ThroughTor route{TorPort{"127.0.0.1", proxy_.local_endpoint().port()},
                     {"user", "password"}};
    auto dialed = dial_it(far, std::move(route));
    if (dialed) socket_ = std::move(*dialed);
    return error_of(dialed);
  };
  EXPECT_EQ(through_tor(0), "");
  EXPECT_EQ(told_, std::string("\x05\x01\x00\x03\x0d", 5) + "relay.example" + "\x01\xbb");
  EXPECT_NE(request_.find("Host: relay.example\r\n"), request_.npos);
  must(finish(io_, socket_->write_message(as_bytes("hello"))));
  EXPECT_EQ(heard(100).size(), 11U);
  EXPECT_EQ(through_tor(4), "tor.socks.unreachable");
}

}  // namespace
}  // namespace sotto::net
