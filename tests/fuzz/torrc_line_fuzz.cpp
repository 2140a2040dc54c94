// Lines of an include file, bridges and plugins: what is accepted is one line, and stays
// accepted as we write it.
#include <cstdint>

#include "round_trip.h"
#include "tor/torrc.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sotto;
  const std::string text = to_string(std::as_bytes(std::span(data, size)));
  if (const auto lines = tor::read_extra_lines(text)) {
    for (const std::string& line : *lines) {
      require(line.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos);
      require(!line.ends_with('\\'));
    }
  }
  if (const auto bridge = tor::Bridge::parse(text)) {
    const auto again = tor::Bridge::parse(bridge->line);
    require(again && again->line == bridge->line && again->transport == bridge->transport);
    require(tor::check_extra_line("Bridge " + bridge->line).has_value());
  }
  if (const auto plugin = tor::TransportPlugin::parse(text)) {
    const auto again = tor::TransportPlugin::parse(plugin->line);
    require(again && again->line == plugin->line);
  }
  if (const auto path = tor::quoted_path(text)) {
    require(path->find_first_of("#\n") == std::string::npos);
  }
  return 0;
}
