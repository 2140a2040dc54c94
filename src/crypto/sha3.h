// SHA3-256 (FIPS 202).  Only for formats of others that ask for it: the checksum in an onion
// address.  What is ours hashes with BLAKE2b (crypto/hash.h); why this one comes from OpenSSL
// is docs/decisions/029.
#pragma once
#include <initializer_list>

#include "crypto/hash.h"

namespace sotto::crypto {

// Of the concatenated parts.
Hash32 sha3_256(std::initializer_list<ByteView> parts);

}  // namespace sotto::crypto
