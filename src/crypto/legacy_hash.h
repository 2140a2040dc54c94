// Hashes of protocols older than what is known against them: STUN's message integrity and its
// long-term key (RFC 8489 sections 9 and 14.5).  Nothing of ours uses them.
#pragma once
#include <array>
#include <initializer_list>

#include "base/bytes.h"

namespace sotto::crypto {

using Sha1 = std::array<std::byte, 20>;
using Md5 = std::array<std::byte, 16>;

// HMAC-SHA1 (RFC 2104) of the concatenated parts, under a key of any length.
Sha1 hmac_sha1(ByteView key, std::initializer_list<ByteView> parts);

Md5 md5(std::initializer_list<ByteView> parts);

}  // namespace sotto::crypto
