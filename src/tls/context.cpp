#include "tls/context.h"

#include <algorithm>
#include <new>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string_view>

#include "base/text.h"
#include "tls/errors.h"
#include "tls/openssl.h"

namespace sotto::tls {
namespace {

// The fastest first: what is inside is encrypted once more, by who talks.
constexpr const char* ciphers =
    "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384";
constexpr const unsigned char http_alone[] = "\x08http/1.1";

// What one read takes from the socket at most: four records and what belongs to them.
constexpr std::size_t read_buffer = 4 * (16384 + 256) + 512;  // bytes

void must(bool good) {
  if (!good) throw std::bad_alloc();
}

Context make(const SSL_METHOD* method) {
  Context context(SSL_CTX_new(method));
  SSL_CTX* const it = context.get();
  must(it != nullptr);
  must(SSL_CTX_set_min_proto_version(it, TLS1_3_VERSION) == 1);
  must(SSL_CTX_set_ciphersuites(it, ciphers) == 1);
  SSL_CTX_set_options(it, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION |
                              SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_session_cache_mode(it, SSL_SESS_CACHE_OFF);
  // A connection that says nothing has no buffers.
  SSL_CTX_set_mode(it, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY);
  SSL_CTX_set_read_ahead(it, 1);
  SSL_CTX_set_default_read_buffer_len(it, read_buffer);
  return context;
}

// A client that names protocols has to name ours (RFC 7301 section 3.2).
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size,
                    const unsigned char* in, unsigned in_size, void*) {
  unsigned char* chosen = nullptr;
  const int found =
      SSL_select_next_proto(&chosen, out_size, http_alone, sizeof http_alone - 1, in, in_size);
  *out = chosen;
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

WallTime end_of(const X509* certificate) {
  std::tm time{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &time) != 1) return {};
  return WallTime(std::chrono::duration_cast<milliseconds>(seconds(timegm(&time))));
}

// Never asks at a terminal.
int no_passphrase(char*, int, int, void*) {
  return 0;
}

std::unexpected<Error> unreadable(Errc code, const std::filesystem::path& path,
                                  std::string_view what) {
  return fail(code, "No " + std::string(what) + " can be read from " +
                        displayable(path.native()) + ": " + take_error() +
                        ". It has to be a PEM file that sotto may read" +
                        (code == Errc::key ? ", without a passphrase." : "."));
}

using Loaded = ServerContext::Loaded;

Result<std::shared_ptr<const Loaded>> load_files(const std::filesystem::path& certificate,
                                                 const std::filesystem::path& key) {
  ERR_clear_error();
  Context context = make(TLS_server_method());
  SSL_CTX* const it = context.get();
  SSL_CTX_set_num_tickets(it, 0);
  SSL_CTX_set_alpn_select_cb(it, choose_protocol, nullptr);
  if (SSL_CTX_use_certificate_chain_file(it, certificate.c_str()) != 1) {
    return unreadable(Errc::certificate, certificate, "certificate");
  }
  const Bio file(BIO_new_file(key.c_str(), "r"));
  const Key secret(file ? PEM_read_bio_PrivateKey(file.get(), nullptr, no_passphrase, nullptr)
                        : nullptr);
  if (!secret) return unreadable(Errc::key, key, "key");
  X509* const own = SSL_CTX_get0_certificate(it);
  if (X509_check_private_key(own, secret.get()) != 1 ||
      SSL_CTX_use_PrivateKey(it, secret.get()) != 1) {
    ERR_clear_error();
    return fail(Errc::key, "The key in " + displayable(key.native()) +
                               " is not that of the certificate in " +
                               displayable(certificate.native()) +
                               ". Name the two that belong "
                               "together.");
  }
  const SpkiHash spki = spki_of(own);
  const WallTime expires = end_of(own);
  const std::shared_ptr<SSL_CTX> shared(context.release(), SSL_CTX_free);
  return std::make_shared<const Loaded>(shared, spki, expires);
}

// The chain is not looked at: the key is what was promised, or it is not.
int check_pin(X509_STORE_CTX* store, void* pin) {
  X509* const certificate = X509_STORE_CTX_get0_cert(store);
  const bool same =
      certificate != nullptr && spki_of(certificate) == *static_cast<const SpkiHash*>(pin);
  X509_STORE_CTX_set_error(store, same ? X509_V_OK : X509_V_ERR_CERT_REJECTED);
  return same ? 1 : 0;
}

}  // namespace

ServerContext::ServerContext(std::filesystem::path certificate, std::filesystem::path key)
    : certificate_(std::move(certificate)), key_(std::move(key)) {}

Result<std::unique_ptr<ServerContext>> ServerContext::load(std::filesystem::path certificate,
                                                           std::filesystem::path key) {
  std::unique_ptr<ServerContext> context(
      new ServerContext(std::move(certificate), std::move(key)));
  if (auto done = context->reload(); !done) return pass(done);
  return context;
}

Result<void> ServerContext::reload() {
  auto fresh = load_files(certificate_, key_);
  if (!fresh) return pass(fresh);
  loaded_.store(std::move(*fresh));
  return {};
}

ClientContext::ClientContext(std::optional<SpkiHash> pin) : pin_(pin) {
  Context context = make(TLS_client_method());
  SSL_CTX* const it = context.get();
  must(SSL_CTX_set_alpn_protos(it, http_alone, sizeof http_alone - 1) == 0);
  SSL_CTX_set_verify(it, SSL_VERIFY_PEER, nullptr);
  if (!pin) {
    // Without any authority every certificate is refused, which says enough.
    SSL_CTX_set_default_verify_paths(it);
    context_ = {context.release(), SSL_CTX_free};
    return;
  }
  // The context outlives the stream that verifies with it, so does the pin beside it.
  auto expected = std::make_unique<SpkiHash>(*pin);
  SSL_CTX_set_cert_verify_callback(it, check_pin, expected.get());
  const auto release = [kept = std::shared_ptr<SpkiHash>(std::move(expected))](SSL_CTX* done) {
    SSL_CTX_free(done);
  };
  context_ = {context.release(), release};
}

ClientContext ClientContext::pinned(const SpkiHash& pin) {
  return ClientContext(pin);
}

ClientContext ClientContext::by_name() {
  return ClientContext(std::nullopt);
}

}  // namespace sotto::tls
