// What parses must come out of dump() in a form that parses to the same.
#include <cstdint>
#include <cstdlib>

#include "base/json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using sotto::Json;
  const auto json = Json::parse({reinterpret_cast<const char*>(data), size});
  if (!json) return 0;
  const std::string dumped = json->dump();
  const auto again = Json::parse(dumped);
  if (!again || again->dump() != dumped) std::abort();
  return 0;
}
