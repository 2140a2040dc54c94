// Who may use the relay: the file of --tokens, one `TOKEN [NAME]` a line.  Empty lines and
// those that begin with # mean nothing.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/entropy.h"
#include "crypto/hash.h"
#include "crypto/keys.h"
#include "relay/errors.h"

namespace sotto::relay {

class AccessTokens {
 public:
  // What a token's uses are counted under: the same for the same token after a restart, and of
  // no use to who has it.
  using Owner = crypto::Hash32;
  struct Token {
    Owner owner;
    std::string name;  // as logs and metrics show it; empty: it has none
  };

  // Errc::tokens names the first line that is wrong.  A file without any token is an error too:
  // it would let nobody in.
  static Result<AccessTokens> parse(std::string_view text, const std::string& file);
  // Errc::tokens.
  static Result<AccessTokens> load(const std::filesystem::path& file);

  // Whose this one is.  How long it takes does not tell how much of it is right.
  std::optional<Token> find(std::string_view token) const;
  std::size_t size() const { return tokens_.size(); }

 private:
  std::vector<Token> tokens_;
};

}  // namespace sotto::relay
