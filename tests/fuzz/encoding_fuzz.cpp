// Each text has one meaning and each value one spelling: what decodes must encode to the same.
#include <cstdint>
#include <cstdlib>

#include "base/encoding.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sotto;
  const ByteView bytes = std::as_bytes(std::span(data, size));
  const auto check = [&](auto encode, auto decode) {
    const auto decoded = decode(as_text(bytes));
    if (decoded && encode(*decoded) != as_text(bytes)) std::abort();
    if (decode(encode(bytes)) != to_bytes(bytes)) std::abort();
  };
  check(to_hex, from_hex);
  check(to_base32, from_base32);
  check(to_base64, from_base64);
  check(to_base64url, from_base64url);
  return 0;
}
