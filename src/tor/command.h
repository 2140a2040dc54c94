// Commands of tor's control protocol (control-spec section 3), but for those of onion services
// (tor/onion_command.h).
//
// A command is one line, and nothing that is passed in can make it two: our own words are
// asserted, what a person or peer wrote is quoted or refused (control_argument).  It is a
// Secret throughout, since some hold keys; redacted() is what a log may show.
#pragma once
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/secret.h"
#include "tor/reply.h"

namespace sotto::tor {

class Command {
 public:
  // A keyword of ours: letters and underscores.
  explicit Command(std::string_view keyword);

  // Add a space and a word.  Words hold printable ASCII without spaces (asserted: ours); a
  // secret is shown as `[name]`.
  Command& word(std::string_view word) &;
  Command& secret(std::string_view prefix, const Secret& word, std::string_view name) &;
  // Adds ` key="value"`; false when no line can carry `value`, and nothing is added.
  bool quoted(std::string_view key, std::string_view value) &;

  // The line as tor reads it, CRLF included.
  Secret line() const;
  const std::string& redacted() const { return redacted_; }
  std::string_view keyword() const;

 private:
  std::vector<Secret> pieces_;
  std::string redacted_;
};

// `keys` are ours, such as "version" or "status/bootstrap-phase".
Command get_info(std::initializer_list<std::string_view> keys);
// The values by key; data blocks as their lines.  control_refused with tor's words.
Result<std::map<std::string, std::string>> read_get_info(const Reply& reply);

// Replaces what was subscribed before.
Command set_events(std::initializer_list<std::string_view> events);

// Tor ends when this connection does.
Command take_ownership();
Command reset_conf(std::initializer_list<std::string_view> options);

enum class Signal { active, new_identity, reload, shutdown, halt };
Command signal(Signal signal);

// Options with values that a person may have written; several values of one option in their
// order.  control_argument.
Result<Command> set_conf(const std::vector<std::pair<std::string, std::string>>& options);

// For commands whose reply says OK or why not: nothing, or control_refused with tor's words.
Result<void> read_ok(const Reply& reply);

// The error for a reply that is no success: `what` was asked ("remove the onion service").
Error refusal(const Reply& reply, std::string_view what);

// `text` as a Secret; the bytes of `text` are wiped.
Secret take_secret(std::string text);

}  // namespace sotto::tor
