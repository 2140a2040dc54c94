// The words of a command line to an Invocation.  Reads nothing but them; the one place that
// knows CLI11 is command_line.cpp.
#pragma once
#include "cli/errors.h"
#include "cli/invocation.h"

namespace sotto::cli {

// Errc::usage, with one sentence that says what to write instead.
Result<Invocation> parse(int argc, const char* const* argv);

// Whether --json is among the words, for errors found before they are understood.
bool asks_for_json(int argc, const char* const* argv);

}  // namespace sotto::cli
