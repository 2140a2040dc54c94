// The plaintext of a record: frames lie inside it one after another, and what follows them is
// nothing or zeros.
#include <algorithm>
#include <cstdint>

#include "base/big_endian.h"
#include "round_trip.h"
#include "wire/frame.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sotto;
  const ByteView plaintext = std::as_bytes(std::span(data, size));
  wire::FrameReader reader(plaintext);
  std::size_t at = 0;
  while (true) {
    const auto frame = reader.next();
    if (!frame) return 0;
    if (!*frame) break;
    const wire::Frame& f = **frame;
    require(f.body.data() == plaintext.data() + at + wire::frame_header_bytes);
    require(plaintext[at] == static_cast<std::byte>(f.type));
    require(load_be<std::uint16_t>(plaintext.subspan(at + 1)) == f.body.size());
    at += wire::frame_header_bytes + f.body.size();
    require(at <= size);
    if (wire::is_session_frame(f.type)) {
      require(wire::session_body(f).size() + wire::session_header_bytes == f.body.size());
      require(wire::session_header(f).seq == load_be<std::uint64_t>(f.body));
    }
  }
  require(
      std::ranges::all_of(plaintext.subspan(at), [](std::byte b) { return b == std::byte{}; }));
  require(!reader.next().value());
  return 0;
}
