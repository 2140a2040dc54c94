// Records that open, whatever is in them: a peer that holds the keys and is hostile.
#pragma once
#include <algorithm>
#include <utility>

#include "base/big_endian.h"
#include "noise/handshake_state.h"
#include "session/record.h"

namespace sotto {

inline noise::CipherState cipher_of(std::uint8_t direction) {
  return noise::CipherState(*crypto::SymmetricKey::from(Bytes(32, std::byte{direction})));
}

// Our end of a link; the peer seals with cipher_of(2).
inline noise::Transport our_end() {
  return {.send = cipher_of(1),
          .receive = cipher_of(2),
          .handshake_hash = {},
          .exporter = {},
          .remote_static = std::nullopt};
}

// `plaintext` (at most session::record_payload_limit) padded and sealed as the next record.
inline Bytes authentic_record(noise::CipherState& cipher, ByteView plaintext) {
  const std::size_t size =
      *std::ranges::lower_bound(session::record_sizes, plaintext.size() + noise::tag_bytes);
  Bytes record(session::record_header_bytes + size);
  store_be(MutableBytes(record), static_cast<std::uint16_t>(size));
  const MutableBytes message = MutableBytes(record).subspan(session::record_header_bytes);
  std::ranges::copy(plaintext, message.begin());
  cipher.encrypt_with_ad({}, message.first(size - noise::tag_bytes), message).value();
  return record;
}

}  // namespace sotto
