// A record as a directory is given it.  With the key, number and content that the input holds
// its signature never is right but in the corpus, so the target signs what it finds, too.
#include <algorithm>
#include <cstdint>

#include "base/big_endian.h"
#include "round_trip.h"
#include "wire/record_blob.h"

namespace {

using namespace sotto;

const crypto::Ed25519KeyPair& key() {
  static const auto pair = crypto::Ed25519KeyPair::from(crypto::Ed25519SecretKey());
  return pair;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView input = std::as_bytes(std::span(data, size));
  if (const auto blob = wire::open_record_blob(input)) {
    require(blob->sealed.size() == wire::record_sealed_bytes);
    if (blob->publishing_key == key().public_key) {
      require(
          std::ranges::equal(wire::sign_record_blob(key(), blob->seq, blob->sealed), input));
    }
  }
  if (input.size() < 8 + wire::record_sealed_bytes) return 0;
  const auto seq = load_be<std::uint64_t>(input);
  const Bytes made =
      wire::sign_record_blob(key(), seq, input.subspan(8, wire::record_sealed_bytes));
  const auto opened = wire::open_record_blob(made);
  require(opened.has_value() && opened->seq == seq);
  return 0;
}
