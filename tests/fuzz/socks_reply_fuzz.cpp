// A SOCKS server that says anything: the pieces in which it comes do not matter, and what is
// behind the answer is handed on whole.  The first byte says how large the pieces are.
#include <cstdint>

#include "round_trip.h"
#include "tor/socks.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sotto;
  if (size < 1) return 0;
  const std::size_t piece = static_cast<std::size_t>(data[0]) % 7 + 1;
  ByteView input = std::as_bytes(std::span(data, size)).subspan(1);
  const tor::OnionAddress address{crypto::Ed25519PublicKey()};
  tor::SocksConnect socks(address, 80, {"user", "password"});
  socks.start();
  const std::size_t all = input.size();
  std::size_t written = 0;
  while (!input.empty() && !socks.done()) {
    const ByteView part = input.first(std::min(piece, input.size()));
    input = input.subspan(part.size());
    const auto out = socks.on_bytes(part);
    if (!out) {
      require(!out.error().text().empty());
      return 0;
    }
    written += out->size();
  }
  require(written <= 1 + 1 + 4 + 1 + 8 + 4 + 1 + 62 + 2);
  if (socks.done()) {
    const Bytes rest = socks.take_rest();
    require(rest.size() + input.size() + 2 + 2 + 6 <= all);
    require(rest.size() < piece);
  }
  return 0;
}
