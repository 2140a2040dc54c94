#include "wire/invite_uri.h"

#include <algorithm>
#include <string>

#include "base/encoding.h"
#include "wire/connection_file.h"
#include "wire/limits.h"

namespace sotto::wire {
namespace {

constexpr std::string_view white_space = " \t\r\n";

// The longest text that can mean a content within the limit.
constexpr std::size_t text_limit = uri_prefix.size() + connection_file_limit / 3 * 4 + 4;

MutableBytes bytes_of(std::string& text) {
  return std::as_writable_bytes(std::span(text));
}

std::unexpected<Error> no_uri() {
  return fail(Errc::uri_syntax,
              "This is no URI of a connection file, or a part of it is missing. Copy it again, "
              "from sotto: to its end.");
}

}  // namespace

bool is_invite_uri(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(white_space), text.size()));
  return text.starts_with(uri_prefix);
}

Secret to_invite_uri(ByteView content) {
  std::string text = to_base64url(content);
  Secret out(uri_prefix.size() + text.size());
  std::ranges::copy(as_bytes(uri_prefix), out.mutable_view().begin());
  std::ranges::copy(as_bytes(text), out.mutable_view().subspan(uri_prefix.size()).begin());
  wipe(bytes_of(text));
  return out;
}

Result<Secret> from_invite_uri(std::string_view text) {
  if (!is_invite_uri(text)) return no_uri();
  std::string letters;
  letters.reserve(std::min(text.size(), text_limit + 1));
  for (const char c : text) {
    if (white_space.find(c) != std::string_view::npos) continue;
    if (letters.size() == text_limit) return no_uri();
    letters += c;
  }
  auto bytes = from_base64url(std::string_view(letters).substr(uri_prefix.size()));
  wipe(bytes_of(letters));
  if (!bytes) return no_uri();
  Secret content(*bytes);
  wipe(*bytes);
  const auto file = decode_connection_file(content.view());
  if (!file) {
    if (file.error().is(Errc::malformed)) return no_uri();
    return std::unexpected(file.error());
  }
  return content;
}

}  // namespace sotto::wire
