// Diagnostics for the person who runs the program: one line each, on a sink the program sets.
// Never holds message text, keys or passphrases.
#pragma once
#include <functional>
#include <string_view>

namespace sotto {

enum class LogLevel { error, warning, info, debug };

using LogSink = std::function<void(LogLevel, std::string_view line)>;

// Set once at start, before other threads run; without a sink nothing is written.
void set_log(LogLevel most_verbose, LogSink sink);
bool log_enabled(LogLevel level);
void log(LogLevel level, std::string_view line);

}  // namespace sotto
