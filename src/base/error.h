// What went wrong, for a program (code, stable short name, kind) and for a person (a sentence
// that names the cause and the cure).
//
// Each room declares one `enum class Errc`, one table of ErrorEntry and one ErrorCategory over
// it; make_error_code() and std::is_error_code_enum tie the enum to the category.  The short
// names ("invite.burnt") are a contract with scripts: docs/errors.md lists them all.
#pragma once
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace sotto {

// The exit codes of the command line (docs/errors.md): what kind of trouble it is.
enum class Kind : int {
  failure = 1,    // anything not named below
  usage = 2,      // the command was not understood
  unreached = 3,  // the peer was not reached in time
  identity = 4,   // wrong fingerprint, changed key, the person said no
  refused = 5,    // bad passphrase; burnt, expired or revoked invite; not a member
  service = 6,    // a route's service is missing or broken: tor, relay, port taken
  store = 7,      // locked, damaged, from a newer version, disk full
  policy = 8,     // not allowed, or would leave Tor
  input = 9,      // not what it should be, damaged, over a limit
};

struct ErrorEntry {
  int value;              // of the room's enum
  std::string_view name;  // "room.short_name"
  Kind kind;
};

// The category of one room.  `table` must outlive the program (a constexpr array).
class ErrorCategory : public std::error_category {
 public:
  constexpr ErrorCategory(const char* room, std::span<const ErrorEntry> table)
      : room_(room), table_(table) {}

  const char* name() const noexcept override { return room_; }
  std::string message(int value) const override { return std::string(entry(value).name); }

  // Aborts on a value that is not in the table: a programmer's error.
  const ErrorEntry& entry(int value) const;
  std::span<const ErrorEntry> table() const { return table_; }

 private:
  const char* room_;
  std::span<const ErrorEntry> table_;
};

class [[nodiscard]] Error {
 public:
  // `text` is a full sentence for the person, with what to do next; it must not hold secrets
  // and may hold foreign bytes only through displayable() (base/text.h).
  template <class E>
    requires std::is_error_code_enum_v<E>
  Error(E code, std::string text) : code_(make_error_code(code)), text_(std::move(text)) {}

  // For an error that was named elsewhere (node/errors.h, code_of()).
  Error(std::error_code code, std::string text) : code_(code), text_(std::move(text)) {}

  const std::error_code& code() const { return code_; }
  const std::string& text() const { return text_; }
  std::string name() const { return code_.message(); }
  Kind kind() const;

  template <class E>
    requires std::is_error_code_enum_v<E>
  bool is(E code) const {
    return code_ == make_error_code(code);
  }

 private:
  std::error_code code_;
  std::string text_;
};

template <class T>
using Result = std::expected<T, Error>;

// `return fail(Errc::damaged, "...");`
template <class E>
std::unexpected<Error> fail(E code, std::string text) {
  return std::unexpected(Error(code, std::move(text)));
}

// `if (!r) return pass(r);` hands an error on from a Result of another type.
template <class T>
std::unexpected<Error> pass(Result<T>& result) {
  return std::unexpected(std::move(result.error()));
}

}  // namespace sotto
