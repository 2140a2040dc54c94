// Foreign text: is it UTF-8, may it be a name, and how is it shown without harm.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/secret.h"

namespace sotto {

bool is_utf8(std::string_view text);

// A name: 1 to 64 bytes of UTF-8 (protocol section 1) without control, format, bidi, surrogate,
// private-use, unassigned or line-separating characters and without white space at either end.
bool is_name(std::string_view text);
inline constexpr std::size_t name_limit = 64;  // bytes

// `text` as it may reach a terminal: control, format and bidi characters and bytes that are not
// UTF-8 become visible escapes such as \x1b or \u202e.  `newlines` lets \n and \t through.
std::string displayable(std::string_view text, bool newlines = false);

// `text` in Unicode's normalization form C, in which what looks the same is the same bytes
// however it was typed.  Nothing when it is not UTF-8.  For short text: marks in a row cost the
// square of their number.
std::optional<Secret> to_nfc(ByteView text);

}  // namespace sotto
