// Armor that is accepted has one spelling, white space around it and CRLF aside.
#include <cstdint>
#include <cstdlib>

#include "crypto/armor.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sotto;
  const ByteView bytes = std::as_bytes(std::span(data, size));
  if (const auto file = crypto::unarmor(as_text(bytes))) {
    if (!crypto::is_armored(as_text(bytes))) std::abort();
    const std::string spelled = crypto::armor(*file);
    if (spelled.size() > size + 1) std::abort();  // the last line end may be missing
    if (crypto::unarmor(spelled) != *file) std::abort();
  }
  if (crypto::unarmor(crypto::armor(bytes)) != to_bytes(bytes)) std::abort();
  return 0;
}
