// ASCII armor for sealed files: a label line, base64 in lines of 64 columns, an end line.
//
//   -----BEGIN SOTTO FILE-----
//   U09UVE8B...
//   -----END SOTTO FILE-----
//
// One spelling only: the decoder encodes again and compares (but accepts CRLF line ends and
// white space before the first and after the last line, as mail adds them).
#pragma once
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "crypto/errors.h"

namespace sotto::crypto {

std::string armor(ByteView bytes);
bool is_armored(std::string_view text);        // begins with the label, white space aside
Result<Bytes> unarmor(std::string_view text);  // Errc::armor_syntax

}  // namespace sotto::crypto
