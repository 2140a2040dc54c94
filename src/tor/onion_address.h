// Version 3 onion addresses (rend-spec-v3 section 6).
//
//   address  = base32(public key (32) | checksum (2) | version (1): 3), 56 letters, ".onion"
//   checksum = the first 2 bytes of SHA3-256(".onion checksum" | public key | version)
//
// The key is the service's Ed25519 identity, so who hosts knows the address before tor does.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "crypto/keys.h"
#include "tor/errors.h"

namespace sotto::tor {

class OnionAddress {
 public:
  // A key that a seed of ours made.
  explicit OnionAddress(const crypto::Ed25519PublicKey& key) : key_(key) {}

  // "X.onion" in either case.  Each kind of mistake has an error of its own: onion_suffix,
  // onion_subdomain, onion_old, onion_letter, onion_length, onion_version, onion_checksum,
  // onion_key.
  static Result<OnionAddress> parse(std::string_view host);
  // The same without ".onion", as tor's control port writes it (ServiceID, HS_DESC).
  static Result<OnionAddress> parse_id(std::string_view id);

  const crypto::Ed25519PublicKey& key() const { return key_; }
  std::string id() const;  // 56 letters, lower case
  std::string host() const { return id() + ".onion"; }

  friend bool operator==(const OnionAddress&, const OnionAddress&) = default;

 private:
  crypto::Ed25519PublicKey key_;
};

// "X.onion" or "X.onion:9735", as a person types it.
struct OnionEndpoint {
  OnionAddress address;
  std::optional<std::uint16_t> port;

  // Errors of OnionAddress::parse; onion_port for what is not 1 to 65535.
  static Result<OnionEndpoint> parse(std::string_view text);
};

// Whether `host` asks for an onion service: it ends in .onion, right or wrong.
bool is_onion(std::string_view host);

// A service's key as ADD_ONION takes it: base64 of the 64 bytes that `seed` expands to.
Secret onion_key_blob(const crypto::Ed25519SecretKey& seed);

}  // namespace sotto::tor
