// HMAC-SHA256 (RFC 2104, FIPS 180-4).  Only for protocols of others that ask for it: what a
// tor control port proves its cookie with.  What is ours uses BLAKE2b (crypto/hash.h).
#pragma once
#include <initializer_list>
#include <string_view>

#include "crypto/hash.h"

namespace sotto::crypto {

// Of the concatenated parts, under a key of any length.
Hash32 hmac_sha256(ByteView key, std::initializer_list<ByteView> parts);

}  // namespace sotto::crypto
