// A blob as a directory returns it, and the record inside as whoever holds the secret could
// write it.
#include <algorithm>
#include <cstdint>

#include "rendezvous/record.h"
#include "round_trip.h"

namespace {

using namespace sotto;

constexpr std::uint32_t day = 0;

class ZeroEntropy final : public Entropy {
 public:
  void fill(MutableBytes out) override { std::ranges::fill(out, std::byte{}); }
};

// All keys are zero, so that the corpus can hold a genuine blob.
const crypto::SymmetricKey& secret() {
  static const crypto::SymmetricKey key;
  return key;
}
const crypto::Ed25519KeyPair& host() {
  static const auto pair = crypto::Ed25519KeyPair::from(crypto::Ed25519SecretKey());
  return pair;
}

auto resolve_now(ByteView blob) {
  return rendezvous::resolve(blob, host().public_key, secret(), day, 0, WallTime());
}

// What decodes and fits can be published and found again.
void check_publishing(ByteView input) {
  const auto record = wire::decode_record(input);
  if (!record || record->expires <= WallTime()) return;
  ZeroEntropy entropy;
  const auto blob = rendezvous::publish(*record, host(), secret(), day, entropy);
  if (!blob) return;
  require(blob->size() == rendezvous::blob_bytes);
  const auto found = resolve_now(*blob);
  require(found.has_value());
  require(wire::signed_bytes(*found) == wire::signed_bytes(*record));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto input = std::as_bytes(std::span(data, size));
  check_round_trip(wire::decode_record, input);
  check_publishing(input);
  if (const auto record = resolve_now(input)) {
    check_round_trip(wire::decode_record, wire::encode(*record));
  }
  return 0;
}
