// Small pieces of text for people: colours, times, names, messages.  Every foreign string that
// reaches a terminal goes through here or displayable().
#pragma once
#include <string>
#include <string_view>

#include "base/time.h"
#include "cli/invocation.h"

namespace sotto::cli {

struct Style {
  bool color = false;
};

// Whether to colour what goes to standard output: with `automatic`, when it is a terminal that
// understands colours and $NO_COLOR is not set.
Style choose_style(ColorChoice choice);

// Whether that is a terminal in which what was written can be written over.
bool can_be_redrawn(int descriptor);

std::string bold(std::string_view text, const Style& style);
std::string faint(std::string_view text, const Style& style);

// A name in front of what it says: "✓ anna" when the identity behind it was verified, else
// "? anna".  The mark stands first because a name may hold any such sign, but no leading space.
// The colour follows from the fingerprint, so that two people of one name differ.
std::string speaker(std::string_view name, std::string_view fingerprint, bool verified,
                    const Style& style);

// Text of several lines; all but the first are indented, so that none passes for a message of
// its own.
std::string body(std::string_view text);

// Local time: "22:05", with the date when it is another day than `now`'s.
std::string clock_time(WallTime time, WallTime now);
std::string date_and_time(WallTime time);

}  // namespace sotto::cli
