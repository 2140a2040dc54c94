// Bytes as text: hex, base32 and base64.
//
// Decoders accept one spelling of each value only (canonical: no other letters, white space or
// stray bits), so that two different texts never mean the same bytes.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace sotto {

std::string to_hex(ByteView bytes);
std::optional<Bytes> from_hex(std::string_view text);  // lower case only

// RFC 4648 base32 in lower case, without padding.
std::string to_base32(ByteView bytes);
std::optional<Bytes> from_base32(std::string_view text);

std::string to_base64(ByteView bytes);  // with padding
std::optional<Bytes> from_base64(std::string_view text);
std::string to_base64url(ByteView bytes);  // without padding
std::optional<Bytes> from_base64url(std::string_view text);

}  // namespace sotto
