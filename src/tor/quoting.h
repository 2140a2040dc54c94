// Words of tor's control protocol: quoted strings and `KEY=value` arguments (control-spec
// section 2).
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tor/errors.h"

namespace sotto::tor {

// `text` as a quoted string of a command: " and \ escaped.  Nothing for text that no single
// line can carry: CR, LF, NUL.
std::optional<std::string> quote(std::string_view text);

// Takes the quoted string at the start of `rest` and what stands after it stays.  Escapes are
// those of C: \n \t \r, one to three octal digits, and any other character for itself.  Nothing
// when it does not begin with a quote, does not end, or has an octal over 255.
std::optional<std::string> take_quoted(std::string_view& rest);

// What a reply or event says after its keyword: words in order, and values by key.
class Arguments {
 public:
  // Splits at spaces; `value` may be quoted.  control_reply for quotes that do not close or are
  // followed by something else.
  static Result<Arguments> parse(std::string_view text);

  const std::vector<std::string>& words() const { return words_; }  // what has no key
  // The word at that place or the value of that key, the first if there are several; null when
  // there is none.
  const std::string* word(std::size_t at) const;
  const std::string* find(std::string_view key) const;
  // An absent value is empty.
  std::string value(std::string_view key) const;

 private:
  struct Pair {
    std::string key, value;
  };
  std::vector<std::string> words_;
  std::vector<Pair> pairs_;
};

// A decimal number without sign, nothing else around it; nothing when it is over `limit`.
std::optional<std::uint64_t> number(std::string_view text, std::uint64_t limit);

}  // namespace sotto::tor
