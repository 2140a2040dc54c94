// A host of XKpsk3 with fixed keys reads what a joiner may send.
//
// Input: length of message 1 (2, big-endian) | message 1 | message 3.  The corpus holds a
// joiner that knows the keys, so that a fuzzer starts from each state.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "base/big_endian.h"
#include "constant_entropy.h"
#include "noise/handshake_state.h"

namespace {

using namespace sotto;

noise::HandshakeState host() {
  noise::HandshakeState::Keys keys;
  keys.s =
      crypto::X25519KeyPair::from(*crypto::X25519SecretKey::from(Bytes(32, std::byte{0x5e})));
  keys.psks.push_back(*crypto::SymmetricKey::from(Bytes(32, std::byte{0x7e})));
  static const noise::Pattern pattern = *noise::parse_pattern("XKpsk3");
  return {pattern, noise::Role::responder, as_bytes("fuzz"), std::move(keys)};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ByteView input = std::as_bytes(std::span(data, size));
  if (input.size() < 2) return 0;
  const std::size_t length = load_be<std::uint16_t>(input);
  input = input.subspan(2);
  const ByteView first = input.first(std::min(length, input.size()));

  noise::HandshakeState state = host();
  if (!state.read_message(first)) {
    if (state.my_turn() || state.finished()) std::abort();
    return 0;
  }
  Constant entropy(0x42);
  if (!state.write_message({}, entropy)) std::abort();
  const auto card = state.read_message(input.subspan(first.size()));
  if (card.has_value() != state.finished()) std::abort();
  if (card && !std::move(state).finish().remote_static) std::abort();
  return 0;
}
