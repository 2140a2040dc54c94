// A proxy that says anything: the pieces in which it comes do not matter.  The first byte says
// how large the pieces are.
#include <cstdint>

#include "net/http_connect.h"
#include "round_trip.h"

namespace {

using namespace sotto;

// "open", "more" or the error's name, and how many bytes that took.
std::pair<std::string, std::size_t> outcome(ByteView input, std::size_t piece) {
  net::HttpConnect connect("relay.example:443", "proxy.example:3128", std::nullopt);
  std::size_t taken = 0;
  while (taken < input.size()) {
    const ByteView part = input.subspan(taken, std::min(piece, input.size() - taken));
    taken += part.size();
    const auto heard = connect.on_bytes(part);
    if (!heard) {
      require(!heard.error().text().empty());
      return {heard.error().name(), taken};
    }
    if (*heard) return {"open", taken};
  }
  return {"more", taken};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::size_t piece = static_cast<std::size_t>(data[0]) % 7 + 1;
  const ByteView input = std::as_bytes(std::span(data, size)).subspan(1);
  const auto [in_pieces, taken] = outcome(input, piece);
  const auto [at_once, all] = outcome(input.first(taken), input.size() + 1);
  // What follows an answer is seen with it only.
  require(in_pieces == at_once || in_pieces == "open");
  if (in_pieces == "open") require(as_text(input).starts_with("HTTP/1."));
  if (in_pieces == "more") require(input.size() <= 16384);
  return 0;
}
