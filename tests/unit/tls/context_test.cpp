#include "tls/context.h"

#include <cstdlib>
#include <fstream>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <thread>

#include "support/certificates.h"
#include "unit/tls/testing.h"

namespace sotto::tls {
namespace {

// A relay whose certificate an authority has signed, and clients that trust that one.
class ContextTest : public TlsTest {
 protected:
  ContextTest() {
    authority_.write(folder_ / "authority");
    ::setenv("SSL_CERT_FILE", (folder_ / "authority").c_str(), 1);
    ::setenv("SSL_CERT_DIR", folder_.path().c_str(), 1);
  }
  ~ContextTest() override {
    ::unsetenv("SSL_CERT_FILE");
    ::unsetenv("SSL_CERT_DIR");
  }

  void issue(const std::string& name, int days) {
    authority_.issue(certificate_, key_, name, days);
    must(server_->reload());
  }
  // What a client says that asks for `host`, and whether it would blame the date.
  struct Verdict {
    Stream::Error error;
    bool expired = false;
  };
  Verdict verdict(const std::string& host,
                  const ClientContext& context = ClientContext::by_name()) {
    Ends both = ends(context, host);
    const auto [server, client] = shake_hands(both);
    return {client, both.client.expired()};
  }

  TestAuthority authority_;
};

TEST_F(ContextTest, ANameThatAnAuthorityVouchesForIsBelieved) {
  issue("DNS:relay.example", 10);
  EXPECT_FALSE(verdict("relay.example").error);
  EXPECT_FALSE(verdict("RELAY.example").error);
  issue("IP:127.0.0.1", 10);
  EXPECT_FALSE(verdict("127.0.0.1").error);
  issue("IP:::1", 10);
  EXPECT_FALSE(verdict("::1").error);
}

TEST_F(ContextTest, AnotherNameIsNot) {
  issue("DNS:relay.example", 10);
  for (const std::string host :
       {"other.example", "example", "sub.relay.example", "127.0.0.1"}) {
    EXPECT_EQ(verdict(host).error, StreamErrc::unverified) << host;
    EXPECT_FALSE(verdict(host).expired);
  }
  issue("IP:127.0.0.1", 10);
  EXPECT_EQ(verdict("127.0.0.2").error, StreamErrc::unverified);
}

TEST_F(ContextTest, AnUnknownAuthorityIsNotBelieved) {
  EXPECT_EQ(verdict("relay.example").error, StreamErrc::unverified);  // self-signed
  TestAuthority().issue(certificate_, key_, "DNS:relay.example", 10);
  must(server_->reload());
  EXPECT_EQ(verdict("relay.example").error, StreamErrc::unverified);
  EXPECT_FALSE(verdict("relay.example").expired);
}

TEST_F(ContextTest, AnExpiredCertificateIsRefusedButForAPin) {
  issue("DNS:relay.example", -1);
  const Verdict by_name = verdict("relay.example");
  EXPECT_EQ(by_name.error, StreamErrc::unverified);
  EXPECT_TRUE(by_name.expired);
  EXPECT_LT(server_->expires(), WallTime(std::chrono::duration_cast<milliseconds>(
                                    std::chrono::system_clock::now().time_since_epoch())));
  EXPECT_FALSE(verdict("relay.example", ClientContext::pinned(server_->spki())).error);
}

TEST_F(ContextTest, APinDecidesAlone) {
  EXPECT_FALSE(verdict("any.example", ClientContext::pinned(spki_)).error);
  issue("DNS:relay.example", 10);
  EXPECT_EQ(verdict("relay.example", ClientContext::pinned(spki_)).error,
            StreamErrc::unverified);
  SpkiHash flipped = server_->spki();
  flipped[31] ^= std::byte{1};
  EXPECT_EQ(verdict("relay.example", ClientContext::pinned(flipped)).error,
            StreamErrc::unverified);
}

TEST_F(ContextTest, TheServerIsToldOfARefusal) {
  Ends both = ends(ClientContext::pinned(SpkiHash{}));
  const auto [server, client] = shake_hands(both);
  EXPECT_EQ(client, StreamErrc::unverified);
  // In TLS 1.3 the server learns of it with the alert, if the handshake was not over for it.
  std::string room(1, '\0');
  EXPECT_TRUE(server || read(both.server, asio::buffer(room)).error);
}

TEST_F(ContextTest, ReloadingIsForConnectionsThatCome) {
  Ends before = connected();
  const SpkiHash old = server_->spki();
  issue("DNS:relay.example", 10);
  EXPECT_NE(server_->spki(), old);
  Ends after = connected();
  EXPECT_EQ(after.client.spki(), server_->spki());
  EXPECT_EQ(before.server.spki(), old);
  EXPECT_EQ(pass_on(before.client, before.server, "still there"), "still there");
}

TEST_F(ContextTest, WhatCannotBeReloadedChangesNothing) {
  const std::string certificate = certificate_.native();
  std::ofstream(certificate_) << "no certificate";
  EXPECT_EQ(error_of(server_->reload()), "tls.certificate");
  EXPECT_EQ(server_->spki(), spki_);
  connected();
}

TEST_F(ContextTest, FilesThatDoNotFitAreNamed) {
  const auto other = folder_ / "other.key";
  EXPECT_EQ(error_of(ServerContext::load(folder_ / "missing", key_)), "tls.certificate");
  EXPECT_EQ(error_of(ServerContext::load(certificate_, folder_ / "missing")), "tls.key");
  EXPECT_EQ(error_of(ServerContext::load(certificate_, certificate_)), "tls.key");
  authority_.issue(folder_ / "other.crt", other, "DNS:relay.example", 10);
  const auto mixed = ServerContext::load(certificate_, other);
  EXPECT_EQ(error_of(mixed), "tls.key");
  EXPECT_NE(mixed.error().text().find(other.native()), std::string::npos);
}

TEST_F(ContextTest, AKeyWithAPassphraseIsNotAskedFor) {
  std::FILE* file = std::fopen(key_.c_str(), "r");
  EVP_PKEY* const key = PEM_read_PrivateKey(file, nullptr, nullptr, nullptr);
  std::fclose(file);
  const auto locked = folder_ / "locked.key";
  file = std::fopen(locked.c_str(), "w");
  unsigned char passphrase[] = "secret";
  PEM_write_PrivateKey(file, key, EVP_aes_128_cbc(), passphrase, 6, nullptr, nullptr);
  std::fclose(file);
  EVP_PKEY_free(key);
  EXPECT_EQ(error_of(ServerContext::load(certificate_, locked)), "tls.key");
}

// What a client of another make offers: the protocol that comes out of it, or "refused".
std::string negotiated(Socket socket, Stream& server, asio::io_context& io,
                       const std::string& offer) {
  std::string chosen = "refused";
  std::thread client([&] {
    SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
    SSL* const session = SSL_new(context);
    socket.native_non_blocking(false);
    SSL_set_fd(session, socket.native_handle());
    SSL_set_alpn_protos(session, reinterpret_cast<const unsigned char*>(offer.data()),
                        static_cast<unsigned>(offer.size()));
    if (SSL_connect(session) == 1) {
      const unsigned char* name = nullptr;
      unsigned size = 0;
      SSL_get0_alpn_selected(session, &name, &size);
      chosen.assign(reinterpret_cast<const char*>(name), size);
    }
    SSL_free(session);
    SSL_CTX_free(context);
  });
  const auto shake = [](Stream& stream) -> asio::awaitable<int> {
    const auto [error] = co_await stream.async_handshake(asio::as_tuple(asio::use_awaitable));
    if (error) stream.close();
    co_return 0;
  };
  finish(io, shake(server));
  client.join();
  return chosen;
}

TEST_F(ContextTest, OfProtocolsOnlyHttp1IsSpoken) {
  const auto offered = [this](const std::string& offer) {
    auto [here, there] = sockets();
    Stream server(std::move(here), *server_);
    return negotiated(std::move(there), server, io_, offer);
  };
  EXPECT_EQ(offered("\x02h2\x08http/1.1"), "http/1.1");
  EXPECT_EQ(offered(""), "");
  EXPECT_EQ(offered("\x02h2"), "refused");
}

}  // namespace
}  // namespace sotto::tls
