// Asking the person at the terminal: for a passphrase, unseen, or for a line of text.
#pragma once
#include <string>

#include "base/secret.h"
#include "cli/errors.h"

namespace sotto::cli {

// Shows `question` on the terminal `descriptor` and reads a line with echo off.  Echo is back
// when this returns, also after Ctrl-C (node's interrupted) or a termination (node's
// terminated); Ctrl-Z suspends with echo on and asks again on return.  Errc::terminal when it
// is no terminal, is at its end, or the line is longer than passphrase_limit.
Result<Secret> ask_passphrase(int descriptor, const std::string& question);

// The same on the terminal of the process (/dev/tty).
Result<Secret> ask_passphrase(const std::string& question);

// The same for what was copied to be pasted here: as long as a line of a terminal can be.
Result<Secret> ask_pasted(const std::string& question);

// Asks until two answers are the same, three times at most.  Errc::passphrase_differs.
Result<Secret> ask_new_passphrase(const std::string& question);

// Shows `question` on the terminal of the process and reads a line that is seen; what was typed
// before the question is thrown away.  Interruptions and errors as of ask_passphrase().
Result<std::string> ask_line(int descriptor, const std::string& question);
Result<std::string> ask_line(const std::string& question);

// Adds "[y/N]" to the question.  True for y or yes, in either case; anything else is a no.
Result<bool> ask_yes(int descriptor, const std::string& question);
Result<bool> ask_yes(const std::string& question);

}  // namespace sotto::cli
