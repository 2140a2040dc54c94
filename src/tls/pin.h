// What a relay is known by without any authority: the SHA-256 of the key in its certificate
// (its SubjectPublicKeyInfo, RFC 7469 section 2.4), as text base64url without padding: 43
// letters.
#pragma once
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace sotto::tls {

using SpkiHash = std::array<std::byte, 32>;

std::string pin_text(const SpkiHash& spki);
std::optional<SpkiHash> pin_from(std::string_view text);

}  // namespace sotto::tls
