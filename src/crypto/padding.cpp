#include "crypto/padding.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <limits>

#include "base/big_endian.h"

namespace sotto::crypto {
namespace {

constexpr std::size_t prefix_bytes = 4;

std::unexpected<Error> badly_padded() {
  return fail(Errc::file_damaged,
              "The padding of this file is not as sotto writes it. Ask for the file again.");
}

}  // namespace

// The length is a floating-point number whose mantissa is no longer than its exponent: of its
// E + 1 bits the lower E - S become zero, rounded up.
std::size_t padme(std::size_t length) {
  if (length < 2) return length;
  const int exponent = std::bit_width(length) - 1;
  const int mantissa_bits = std::bit_width(static_cast<unsigned>(exponent));
  const std::size_t mask = (std::size_t{1} << (exponent - mantissa_bits)) - 1;
  return (length + mask) & ~mask;
}

Bytes pad(ByteView bytes) {
  assert(bytes.size() <= std::numeric_limits<std::uint32_t>::max() - prefix_bytes);
  Bytes out(padme(prefix_bytes + bytes.size()));
  store_be(out, static_cast<std::uint32_t>(bytes.size()));
  std::ranges::copy(bytes, out.begin() + prefix_bytes);
  return out;
}

Result<ByteView> unpad_view(ByteView padded) {
  if (padded.size() < prefix_bytes) return badly_padded();
  const std::size_t length = load_be<std::uint32_t>(padded);
  const ByteView rest = padded.subspan(prefix_bytes);
  if (length > rest.size() || padme(prefix_bytes + length) != padded.size()) {
    return badly_padded();
  }
  const auto is_zero = [](std::byte b) { return b == std::byte{0}; };
  if (!std::ranges::all_of(rest.subspan(length), is_zero)) return badly_padded();
  return rest.first(length);
}

Result<Bytes> unpad(ByteView padded) {
  auto content = unpad_view(padded);
  if (!content) return pass(content);
  return to_bytes(*content);
}

}  // namespace sotto::crypto
