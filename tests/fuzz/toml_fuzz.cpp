// The settings file: whatever is in it, a list of values or a line that is wrong.
#include <cassert>
#include <cstddef>
#include <cstdint>

#include "base/toml.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto values = sotto::parse_toml(text);
  if (!values) {
    assert(!values.error().text.empty());
    return 0;
  }
  unsigned line = 0;
  for (const sotto::TomlValue& value : *values) {
    assert(value.line >= line);
    line = value.line;
  }
  return 0;
}
