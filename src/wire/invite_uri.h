// The URI form of a connection file, for QR codes and to be pasted (docs/protocol.md section
// 2): "sotto:" and the base64url of what an unsealed file holds.  Whoever reads it can use it.
#pragma once
#include <string_view>

#include "base/secret.h"
#include "wire/errors.h"

namespace sotto::wire {

inline constexpr std::string_view uri_prefix = "sotto:";

// Whether `text` is meant to be one: the prefix decides.  White space before it is skipped.
bool is_invite_uri(std::string_view text);

// `content` as encode(ConnectionFile) makes it.
Secret to_invite_uri(ByteView content);

// The content.  White space is ignored, since mail programs wrap lines.  Errc::uri_syntax when
// it is no URI, was cut or mistyped; decode_connection_file()'s errors for what it holds.
Result<Secret> from_invite_uri(std::string_view text);

}  // namespace sotto::wire
