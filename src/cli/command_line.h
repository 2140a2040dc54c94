// The words of a command line to an Invocation.  Reads nothing but them; the one place that
// knows CLI11 is command_line.cpp.
#pragma once
#include <functional>

#include "cli/config.h"
#include "cli/errors.h"
#include "cli/invocation.h"

namespace sotto::cli {

// The settings file, by what --config says.
using ConfigLoader = std::function<Config(const std::optional<std::string>& given)>;

// Errc::usage, with one sentence that says what to write instead; config, for a settings file
// with faults.  `load` empty: there are no settings.
Result<Invocation> parse(int argc, const char* const* argv, const ConfigLoader& load = {});

// Whether --json is among the words, for errors found before they are understood.
bool asks_for_json(int argc, const char* const* argv);

}  // namespace sotto::cli
