#include "base/log.h"

#include <utility>

namespace sotto {
namespace {

LogLevel threshold = LogLevel::warning;
LogSink sink_of_program;

}  // namespace

void set_log(LogLevel most_verbose, LogSink sink) {
  threshold = most_verbose;
  sink_of_program = std::move(sink);
}

bool log_enabled(LogLevel level) {
  return sink_of_program && level <= threshold;
}

void log(LogLevel level, std::string_view line) {
  if (log_enabled(level)) sink_of_program(level, line);
}

}  // namespace sotto
