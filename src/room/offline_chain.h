// The symmetric ratchet of offline messages (docs/protocol.md section 5): what a live session
// leaves so that one side can write to the other while it is away.
//
//   exporter of the session's first handshake
//     +- derive(exporter, "sotto chain 1", direction) = chain secret, of which
//          id         = derive(secret, "sotto chain id 1"), 16 bytes
//          header key = derive(secret, "sotto chain header 1")
//          key 0      = derive(secret, "sotto chain key 1")
//   key n -+- message key n = derive(key n, "sotto chain message 1")
//          +- key n + 1     = derive(key n, "sotto chain next 1")
//
// direction: 1 (1 byte) from the joiner to the host, 2 from the host to the joiner.  A key that
// was moved on from is overwritten: what was sealed before cannot be opened with what is left.
#pragma once
#include "room/errors.h"
#include "store/chains.h"

namespace sotto::room {

// Indices that a receiver goes ahead at once, and keys that it keeps for those it went past.
inline constexpr std::uint32_t skip_limit = 1000;

enum class ChainDirection : std::uint8_t { to_host = 1, to_joiner };

// The start of a chain; room, peer and the rest of the row are the caller's.
store::ChainRow derive_chain(const crypto::SymmetricKey& exporter, ChainDirection direction);

// Writing: the message key of row.next, which moves on.
crypto::SymmetricKey advance(store::ChainRow& row);

// Reading: the message key of `index`, which is gone from the row afterwards.  Nothing when it
// was taken before, or lies further ahead than skip_limit.
std::optional<crypto::SymmetricKey> take_key(store::ChainRow& row, std::uint32_t index);

// Whether take_key() would find it.
bool has_key(const store::ChainRow& row, std::uint32_t index);

// The key of `index` while the row stays as it is: to look at one part of a message whose other
// parts may never come.
std::optional<crypto::SymmetricKey> peek_key(const store::ChainRow& row, std::uint32_t index);

}  // namespace sotto::room
