// Handshake patterns as data (Noise rev 34, sections 7 and 9): the engine in handshake_state.h
// walks the tokens, nothing else in the program knows an order of keys.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "noise/errors.h"

namespace sotto::noise {

enum class Token : std::uint8_t { e, s, ee, es, se, ss, psk };

struct Pattern {
  std::string name;                          // "XKpsk3"
  bool initiator_static_known = false;       // pre-message -> s
  bool responder_static_known = false;       // pre-message <- s
  std::vector<std::vector<Token>> messages;  // the initiator writes the first, then in turn
  std::size_t psks = 0;

  bool one_way() const { return messages.size() == 1; }
};

// Parses a pattern name with its psk modifiers ("XX", "X1K1", "XKpsk0+psk3") and places the psk
// tokens (section 9.4).  Knows the interactive, deferred and one-way patterns of sections 7.4,
// 7.5 and 18.1.  Errc::unknown_pattern.
Result<Pattern> parse_pattern(std::string_view name);

// "Noise_" | pattern | "_25519_ChaChaPoly_BLAKE2b"
std::string protocol_name(const Pattern& pattern);

}  // namespace sotto::noise
