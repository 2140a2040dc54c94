// The text of messages, from the command line or standard input, checked before anything else
// happens.
#pragma once
#include <string>
#include <vector>

#include "cli/errors.h"
#include "cli/invocation.h"

namespace sotto::cli {

inline constexpr std::size_t message_limit = 1 << 20;    // one message, bytes
inline constexpr std::size_t all_lines_limit = 1 << 26;  // all of --lines together, bytes

// One message, or several with --lines.  Of a whole standard input one last newline is left
// out; of --lines, empty lines are.  At most one byte over a limit is read.
// Errors: node's too_large and not_text; Errc::usage when there is no text at all, input.
Result<std::vector<std::string>> message_texts(const SendCommand& command, int input);

}  // namespace sotto::cli
