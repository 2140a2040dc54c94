// Keys that let a client read the descriptor of a protected onion service (rend-spec-v3 section
// 2.5.1.3 and appendix G), in the forms that tor has for them.
//
//   to the service:  ADD_ONION ... ClientAuthV3=base32(public key)
//                    a file authorized_clients/NAME.auth:  descriptor:x25519:base32(public key)
//   to the client:   ONION_CLIENT_AUTH_ADD id x25519:base64(secret key)
//                    a file NAME.auth_private:  id:descriptor:x25519:base32(secret key)
//
// Base32 is 52 letters: tor takes either case, we write upper case in files as its manual does
// and lower case nowhere else.
#pragma once
#include <string>

#include "crypto/keys.h"
#include "tor/onion_address.h"

namespace sotto::tor {

// base32, upper case, 52 letters.
std::string client_key_base32(const crypto::X25519PublicKey& key);
// client_key.
Result<crypto::X25519PublicKey> parse_client_key(std::string_view base32);

// "x25519:" and base64, as the control port wants it.
Secret client_secret_word(const crypto::X25519SecretKey& key);

// The line of NAME.auth.
std::string client_auth_line(const crypto::X25519PublicKey& key);
// client_key for what is not one.
Result<crypto::X25519PublicKey> parse_client_auth_line(std::string_view line);

// The line of NAME.auth_private.
Secret client_private_line(const OnionAddress& address, const crypto::X25519SecretKey& key);

struct ClientPrivate {
  OnionAddress address;
  crypto::X25519SecretKey key;
};
// Errors of OnionAddress::parse_id, client_key.
Result<ClientPrivate> parse_client_private_line(const Secret& line);

}  // namespace sotto::tor
