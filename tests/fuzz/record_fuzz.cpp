// Records as they come off the wire, in pieces of any size and damaged in any way: what opens
// is what was sealed, in its order, and nothing after the first damage.
//
// Input: records (1) | length of each (2) | size of the pieces (2) | damage, XORed over the
// records from their beginning; what is longer follows them.
#include <algorithm>
#include <cstdint>
#include <vector>

#include "authentic.h"
#include "round_trip.h"

namespace {

using namespace sotto;

struct Stream {
  Bytes bytes;
  std::vector<Bytes> plaintexts;
  std::vector<std::size_t> ends;  // where each record ends in bytes
};

Stream sealed(std::size_t records, std::size_t length) {
  session::RecordSealer sealer(cipher_of(2));
  Stream out;
  for (std::size_t i = 0; i < records; ++i) {
    const MutableBytes body =
        sealer.add(wire::FrameType::welcome, std::min(length + i, sealer.room()));
    std::ranges::fill(body, static_cast<std::byte>(i));
    Bytes plaintext;
    append_be(plaintext, static_cast<std::uint8_t>(wire::FrameType::welcome));
    append_be(plaintext, static_cast<std::uint16_t>(body.size()));
    append(plaintext, body);
    append(out.bytes, sealer.seal().value());
    out.plaintexts.push_back(std::move(plaintext));
    out.ends.push_back(out.bytes.size());
  }
  return out;
}

// How many records open.
std::size_t open(ByteView bytes, std::size_t piece, const Stream& expected) {
  session::RecordOpener opener(cipher_of(2));
  std::size_t opened = 0;
  while (!bytes.empty()) {
    const MutableBytes space = opener.space();
    require(!space.empty());
    const std::size_t n = std::min({space.size(), bytes.size(), piece});
    std::ranges::copy(bytes.first(n), space.begin());
    opener.filled(n);
    bytes = bytes.subspan(n);
    while (true) {
      const auto plaintext = opener.next();
      if (!plaintext) return opened;
      if (!*plaintext) break;
      require(opened < expected.plaintexts.size());
      const Bytes& frames = expected.plaintexts[opened++];
      require(std::ranges::equal((*plaintext)->first(frames.size()), frames));
    }
  }
  return opened;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView input = std::as_bytes(std::span(data, size));
  if (size < 5) return 0;
  const Stream stream =
      sealed(static_cast<std::size_t>(input[0]) % 8, load_be<std::uint16_t>(input.subspan(1)));
  const std::size_t piece = std::max<std::size_t>(load_be<std::uint16_t>(input.subspan(3)), 1);
  const ByteView damage = input.subspan(5);

  Bytes bytes = stream.bytes;
  bytes.resize(std::max(bytes.size(), damage.size()));
  std::size_t intact = bytes.size();
  for (std::size_t i = 0; i < damage.size(); ++i) {
    bytes[i] ^= damage[i];
    if (damage[i] != std::byte{}) intact = std::min(intact, i);
  }
  const auto whole = static_cast<std::size_t>(
      std::ranges::count_if(stream.ends, [intact](std::size_t end) { return end <= intact; }));
  require(open(bytes, piece, stream) == whole);
  return 0;
}
