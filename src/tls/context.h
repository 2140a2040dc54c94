// What the connections of one end have in common: certificates, keys and rules.
//
// Both ends speak TLS 1.3 and nothing older: it knows no renegotiation and no compression, and
// its exporter is bound to the whole handshake (docs/decisions/043).  There are no session
// tickets: each connection is a handshake of its own.
#pragma once
#include <atomic>
#include <filesystem>
#include <memory>
#include <string>

#include "base/error.h"
#include "base/time.h"
#include "tls/pin.h"

struct ssl_ctx_st;

namespace sotto::tls {

// A relay's end.  May be shared by threads.
class ServerContext {
 public:
  struct Loaded {
    std::shared_ptr<ssl_ctx_st> context;
    SpkiHash spki;
    WallTime expires;
  };

  // `certificate`: PEM, the relay's own first, then those that lead to an authority.  `key`:
  // PEM, without a passphrase.  Errc::certificate, key.
  static Result<std::unique_ptr<ServerContext>> load(std::filesystem::path certificate,
                                                     std::filesystem::path key);

  // Reads the files again: for connections that come from now on.  With an error everything
  // stays as it was.
  Result<void> reload();

  SpkiHash spki() const { return loaded()->spki; }
  WallTime expires() const { return loaded()->expires; }
  std::shared_ptr<const Loaded> loaded() const { return loaded_.load(); }

 private:
  ServerContext(std::filesystem::path certificate, std::filesystem::path key);

  std::filesystem::path certificate_;
  std::filesystem::path key_;
  std::atomic<std::shared_ptr<const Loaded>> loaded_;
};

// A client's end: how it knows its relay.
class ClientContext {
 public:
  // By the key of its certificate alone.  As with DANE-EE (RFC 7671 section 5.1) neither names
  // nor dates nor signatures of the certificate are looked at: whoever gave the pin meant that
  // key.
  static ClientContext pinned(const SpkiHash& pin);

  // By its name in a certificate that an authority of this system vouches for and that has not
  // expired.  OpenSSL's SSL_CERT_FILE and SSL_CERT_DIR name other authorities.
  static ClientContext by_name();

  const std::shared_ptr<ssl_ctx_st>& context() const { return context_; }
  const std::optional<SpkiHash>& pin() const { return pin_; }

 private:
  explicit ClientContext(std::optional<SpkiHash> pin);

  std::shared_ptr<ssl_ctx_st> context_;
  std::optional<SpkiHash> pin_;
};

}  // namespace sotto::tls
