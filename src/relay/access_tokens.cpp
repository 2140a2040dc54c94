#include "relay/access_tokens.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "base/text.h"
#include "wire/relay_message.h"

namespace sotto::relay {
namespace {

constexpr std::size_t file_limit = std::size_t{1} << 20;

AccessTokens::Owner owner_of(std::string_view token) {
  return crypto::blake2b_256({as_bytes("sotto relay token 1"), as_bytes(token)});
}

std::string_view trimmed(std::string_view text) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace

Result<AccessTokens> AccessTokens::parse(std::string_view text, const std::string& file) {
  AccessTokens out;
  for (unsigned number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#') continue;
    const std::size_t space = std::min(line.find_first_of(" \t"), line.size());
    const std::string_view token = line.substr(0, space);
    const std::string_view name = trimmed(line.substr(space));
    // The line itself is a secret: its number must do.
    const auto wrong = [&](std::string_view what) {
      return fail(Errc::tokens, displayable(file) + ", line " + std::to_string(number) + ": " +
                                    std::string(what));
    };
    if (!wire::is_access_token(token)) {
      return wrong("a token has 1 to 128 visible ASCII characters. Write TOKEN [NAME].");
    }
    if (!name.empty() && !is_name(name)) {
      return wrong("a name has at most 64 bytes without control characters.");
    }
    if (out.find(token)) return wrong("this token stands further up already. Remove one.");
    out.tokens_.push_back({owner_of(token), std::string(name)});
  }
  if (out.tokens_.empty()) {
    return fail(Errc::tokens, displayable(file) +
                                  " holds no token, so nobody could use the relay. Write one "
                                  "TOKEN [NAME] a line, or leave --tokens out.");
  }
  return out;
}

Result<AccessTokens> AccessTokens::load(const std::filesystem::path& file) {
  errno = 0;
  std::ifstream in(file, std::ios::binary);
  std::string text(file_limit + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (!in.eof() && text.size() <= file_limit) {
    return fail(Errc::tokens, "The tokens in " + displayable(file.native()) +
                                  " cannot be read: " + std::strerror(errno) +
                                  ". Check the path of --tokens and who may read it.");
  }
  if (text.size() > file_limit) {
    return fail(Errc::tokens,
                displayable(file.native()) + " has more than 1 MiB: is it another file?");
  }
  return parse(text, file.native());
}

std::optional<AccessTokens::Token> AccessTokens::find(std::string_view token) const {
  const Owner owner = owner_of(token);
  const Token* found = nullptr;
  for (const Token& known : tokens_) {
    if (crypto::equal_constant_time(known.owner, owner)) found = &known;
  }
  if (found == nullptr) return std::nullopt;
  return *found;
}

}  // namespace sotto::relay
