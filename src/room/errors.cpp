#include "room/errors.h"

namespace sotto::room {
namespace {

constexpr ErrorEntry entries[] = {
    {static_cast<int>(Errc::unknown), "room.unknown", Kind::input},
    {static_cast<int>(Errc::unknown_ref), "invite.unknown", Kind::refused},
    {static_cast<int>(Errc::invite_burnt), "invite.burnt", Kind::refused},
    {static_cast<int>(Errc::invite_expired), "invite.expired", Kind::refused},
    {static_cast<int>(Errc::invite_revoked), "invite.revoked", Kind::refused},
    {static_cast<int>(Errc::not_a_member), "room.not_a_member", Kind::refused},
    {static_cast<int>(Errc::key_changed), "contact.key_changed", Kind::identity},
    {static_cast<int>(Errc::room_full), "room.full", Kind::refused},
    {static_cast<int>(Errc::room_closed), "room.closed", Kind::refused},
    {static_cast<int>(Errc::busy), "room.busy", Kind::unreached},
    {static_cast<int>(Errc::id_reused), "message.id_reused", Kind::input},
    {static_cast<int>(Errc::not_allowed), "message.not_allowed", Kind::refused},
    {static_cast<int>(Errc::bad_signature), "message.bad_signature", Kind::failure},
    {static_cast<int>(Errc::message_unknown), "message.unknown", Kind::input},
    {static_cast<int>(Errc::message_expired), "message.expired", Kind::unreached},
    {static_cast<int>(Errc::mailbox_no_session), "mailbox.no_session", Kind::unreached},
    {static_cast<int>(Errc::mailbox_no_relay), "mailbox.no_relay", Kind::unreached},
    {static_cast<int>(Errc::mailbox_full), "mailbox.full", Kind::unreached},
    {static_cast<int>(Errc::mailbox_closed), "mailbox.closed", Kind::unreached},
    {static_cast<int>(Errc::mailbox_damaged), "mailbox.damaged", Kind::failure},
    {static_cast<int>(Errc::mailbox_missing), "mailbox.missing", Kind::failure},
};
const ErrorCategory category("room", entries);

}  // namespace

std::error_code make_error_code(Errc code) noexcept {
  return {static_cast<int>(code), category};
}
std::span<const ErrorEntry> error_table() {
  return entries;
}

Error refusal(wire::RefusedReason reason) {
  using wire::RefusedReason;
  switch (reason) {
    case RefusedReason::invite_burnt:
      return {
          Errc::invite_burnt,
          "This connection file has been used up by someone else. Ask the host for a new one, "
          "and whether they know who used it."};
    case RefusedReason::invite_expired:
      return {Errc::invite_expired,
              "This connection file has expired. Ask the host for a new one."};
    case RefusedReason::invite_revoked:
      return {Errc::invite_revoked,
              "The host has revoked this connection file. Ask the host for a new one."};
    case RefusedReason::not_a_member:
      return {Errc::not_a_member,
              "The host does not count you among the members of this room (any more)."};
    case RefusedReason::key_changed:
      return {
          Errc::key_changed,
          "The host knows you under other keys and lets you in no more. Compare fingerprints "
          "with the host over another channel; the host then removes the old contact "
          "(`sotto contacts remove`) and gives you a new connection file."};
    case RefusedReason::room_full:
      return {Errc::room_full,
              "The room has as many members as its host lets in. Ask the host to let in more."};
    case RefusedReason::room_closed:
      return {Errc::room_closed, "The host does not run this room at the moment. Try later."};
    case RefusedReason::busy:
      break;
  }
  return {Errc::busy, "The host is busy. Try again in a moment."};
}

}  // namespace sotto::room
