// Offline messages through the store (docs/protocol.md section 5): what a session leaves
// behind, what is sealed for somebody who is away, and what has waited for us.  Each function
// is one transaction's worth: the caller commits before it tells anyone.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/entropy.h"
#include "room/delivery.h"
#include "room/offline_chain.h"
#include "store/contacts.h"
#include "store/deposits.h"

namespace sotto::room {

// How long a chain is read once the peer writes a newer one: longer than any relay keeps.
inline constexpr auto chain_outlives = std::chrono::days(8);
// Of the chains that are read with one person: the newest, and the one that is known to be
// written.  What was left under older ones went live in the sessions since.
inline constexpr std::size_t chains_limit = 16;
// After that a relay may have dropped a deposit: it is made once more.
inline constexpr auto deposit_lasts = std::chrono::days(6);

// Two people in a room, seen from one of them.
struct Pair {
  RoomId room;
  crypto::Ed25519PublicKey self;
  crypto::Ed25519PublicKey peer;
  bool hosting = false;  // the room is ours
};

// Stores the chains of a new session, and a mailbox of our own for the peer if there is none
// yet; what the peer is then offered.  `relays`: where the mailbox is to be open.
Result<wire::MailboxOffer> begin_chains(store::Database& database, const Pair& pair,
                                        const crypto::SymmetricKey& exporter,
                                        const std::vector<std::string>& relays, WallTime now,
                                        Entropy& entropy);

// The peer takes deposits from now on, and has stored both chains: ours is written to from now
// on, and the older ones are destroyed.  False for a chain that is none of ours.  Of the
// relays only those of `accepted` are kept, as these name them, with their pins: the peer must
// not choose where we connect.
Result<bool> take_offer(store::Database& database, const Pair& pair,
                        const wire::MailboxOffer& offer,
                        const std::vector<std::string>& accepted);

// The peer has our offer, and writes to no chain that is older than this one.
Result<void> take_kept(store::Database& database, const Pair& pair, const ChainId& chain,
                       WallTime now);

// One entry of the outbox, sealed.
struct Deposit {
  std::int64_t seq = 0;
  MessageId id;
  crypto::Ed25519PublicKey mailbox;
  std::vector<std::string> relays;  // where the mailbox is open
  std::vector<Bytes> parts;
};
// The first entry for the peer after `after_seq`, but those of `kept_back`, that no relay has.
// It is sealed when it was not yet, which moves the chain on.  Nothing when there is none;
// mailbox_no_session, mailbox_no_relay when there is one and no way.
Result<std::optional<Deposit>> next_deposit(store::Database& database, const Pair& pair,
                                            std::int64_t after_seq, WallTime now,
                                            Entropy& entropy,
                                            const std::set<std::int64_t>& kept_back = {});

// `relays`, one at least, have all parts of it, which are kept no longer.  True when by that a
// message of our own is relayed: no recipient waits for it who has it on no relay.
Result<bool> mark_relayed(store::Database& database, const Pair& pair, std::int64_t seq,
                          const std::vector<std::string>& relays);

// Whether every entry of the message is on a relay, or has arrived.
Result<bool> is_relayed(store::Database& database, std::int64_t seq);

// What a mailbox of ours held.
struct TakenIn {
  struct Message {
    std::int64_t seq = 0;
    wire::Message message;
    store::ContactRow author;
  };
  std::vector<Message> messages;  // that are new here
  bool fanned_out = false;        // others are to have them too
  std::vector<std::size_t> done;  // which deposits need not be kept: all but parts of a whole
                                  // that has not come yet
  std::size_t unreadable = 0;     // deposits that were changed, or sealed by nobody we know
  std::size_t missing = 0;        // deposits older than these that have not come
  std::vector<Error> key_changes;
};
// `deposits`: in any order, repeated or not.
Result<TakenIn> take_in(store::Database& database, const Pair& pair,
                        const crypto::Ed25519PublicKey& mailbox,
                        const std::vector<ByteView>& deposits, WallTime now);

// The peer is nobody to us any more: its chains and mailboxes are destroyed.
Result<void> drop_mailbox(store::Database& database, const RoomId& room,
                          const crypto::Ed25519PublicKey& peer);

}  // namespace sotto::room
