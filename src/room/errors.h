// What can go wrong between a room and those who want in.
#pragma once
#include "base/error.h"
#include "wire/handshake.h"

namespace sotto::room {

enum class Errc {
  unknown = 1,      // room.unknown: no room of that name (exit 9)
  unknown_ref,      // invite.unknown: never given out here, answered by silence
  invite_burnt,     // invite.burnt (exit 5)
  invite_expired,   // invite.expired (exit 5)
  invite_revoked,   // invite.revoked (exit 5)
  not_a_member,     // room.not_a_member (exit 5)
  key_changed,      // contact.key_changed (exit 4)
  room_full,        // room.full (exit 5)
  room_closed,      // room.closed (exit 5)
  busy,             // room.busy (exit 3)
  id_reused,        // message.id_reused (exit 9)
  not_allowed,      // message.not_allowed (exit 5)
  bad_signature,    // message.bad_signature
  message_unknown,  // message.unknown (exit 9)
  message_expired,  // message.expired (exit 3)
  // Offline messages (mailbox.h).
  mailbox_no_session,  // mailbox.no_session: no chain with the other side yet (exit 3)
  mailbox_no_relay,    // mailbox.no_relay: the other side has no mailbox (exit 3)
  mailbox_full,        // mailbox.full: its relays take no more (exit 3)
  mailbox_closed,      // mailbox.closed: its relays do not have it (exit 3)
  mailbox_damaged,     // mailbox.damaged: what a relay gave was not what was left there
  mailbox_missing,     // mailbox.missing: a relay did not give all that was left there
};
std::error_code make_error_code(Errc code) noexcept;
std::span<const ErrorEntry> error_table();

// What the host's reason means for the joiner, in a sentence.
Error refusal(wire::RefusedReason reason);

}  // namespace sotto::room

template <>
struct std::is_error_code_enum<sotto::room::Errc> : std::true_type {};
