// One deposit in a mailbox: a part of a message, sealed under one key of a chain
// (docs/protocol.md section 5, "Offline messages").
//
//   deposit = nonce (24) | sealed header (20) | sealed body         512, 4096, 16384 or 65535
//   header  = index (4), under the chain's header key; associated data
//             "sotto deposit header 1" | mailbox (32)
//   body    = part (1) | parts (1) | length (2) | bytes | zeros, under the message key of
//   index;
//             associated data "sotto deposit body 1" | mailbox (32) | nonce | sealed header
//
// Both are XChaCha20-Poly1305 with the one nonce under their different keys.  The parts of a
// message have consecutive indices, the first that of part 0.  To whoever has no key a deposit
// is random bytes: not even two of one chain can be told to belong together.
//
// What the parts say, put together, is one or two RoomFrames, each behind its length (4): the
// author's Introduction, where the receiver may not know them, and the Message.
#pragma once
#include <optional>

#include "base/entropy.h"
#include "room/offline_chain.h"
#include "wire/room_frame.h"

namespace sotto::room {

inline constexpr std::size_t parts_limit = 17;  // a message of 1 MiB, and a card

// Seals `content` for the mailbox and moves the chain on by as many indices as there are parts.
// `content` at most what parts_limit deposits hold (asserted).
std::vector<Bytes> seal_deposits(store::ChainRow& chain,
                                 const crypto::Ed25519PublicKey& mailbox, ByteView content,
                                 Entropy& entropy);

// The index of a deposit of this chain; nothing when it is another's, or was changed.
std::optional<std::uint32_t> index_of(const store::ChainRow& chain,
                                      const crypto::Ed25519PublicKey& mailbox,
                                      ByteView deposit);

struct DepositPart {
  std::uint8_t part = 0;
  std::uint8_t parts = 1;  // more than `part`
  Bytes bytes;
};
// Nothing when it was changed, or does not keep to the layout.
std::optional<DepositPart> open_deposit(const crypto::SymmetricKey& message_key,
                                        const crypto::Ed25519PublicKey& mailbox,
                                        ByteView deposit);

// What the parts say.
struct OfflineMessage {
  std::optional<crypto::Card> author;
  wire::Message message;
};
Bytes encode(const std::optional<crypto::Card>& author, ByteView encoded_message);
// wire's errors; crypto's card_invalid.
Result<OfflineMessage> decode_offline_message(ByteView content);

}  // namespace sotto::room
