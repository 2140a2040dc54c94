#include "room/admission.h"

#include <algorithm>

#include "room/people.h"
#include "store/invites.h"
#include "store/members.h"
#include "store/rooms.h"

namespace sotto::room {
namespace {

using wire::RefusedReason;

// In the place of the invite that admitted a member.
const InviteId came_by_open_door;

// One admission: the repositories it needs and what was asked.
class Gate {
 public:
  Gate(store::Database& database, const AdmissionRequest& request, Entropy& entropy)
      : database_(database),
        members_(database),
        invites_(database),
        request_(request),
        entropy_(entropy) {}

  Result<Verdict> by_invite(const store::InviteRow& invite) {
    if (invite.room != request_.room) return RefusedReason::room_closed;
    const auto why_not = barred();
    if (!why_not) return std::unexpected(why_not.error());
    if (*why_not) return **why_not;
    auto member = members_.find(request_.room, request_.card.identity_pk);
    if (!member) return pass(member);
    // Who was removed comes back by an invite that was made afterwards, by no other.
    const bool removed = *member && (*member)->removed;
    if (removed && invite.number <= (*member)->removed_after) {
      return RefusedReason::not_a_member;
    }
    if (invite.revoked) return RefusedReason::invite_revoked;
    // A Welcome may have been lost: until the member's own access has opened a link, the invite
    // that admitted this card still does.
    const bool again =
        *member && !removed && (*member)->invite == invite.id && !(*member)->access_used;
    if (!again) {
      if (invite.expires && request_.now >= *invite.expires)
        return RefusedReason::invite_expired;
      if (!*member || removed) {
        const auto full = room_is_full();
        if (!full) return std::unexpected(full.error());
        if (*full) return RefusedReason::room_full;
      }
      const auto pin = invites_.pin(invite.id, crypto::fingerprint(request_.card));
      if (!pin) return std::unexpected(pin.error());
      if (*pin != store::Invites::Pin::pinned) return RefusedReason::invite_burnt;
      if (auto made = make_member(invite, *member); !made) return pass(made);
      member = members_.find(request_.room, request_.card.identity_pk);
      if (!member) return pass(member);
    }
    return admission(**member, invite.permissions, !again);
  }

  // A stranger, or a member who has lost its access and shows that it is the same again.
  // Nothing that is there changes, so that whoever comes often gains nothing.
  Result<Verdict> by_open_door() {
    const auto why_not = barred();
    if (!why_not) return std::unexpected(why_not.error());
    if (*why_not) return **why_not;
    auto member = members_.find(request_.room, request_.card.identity_pk);
    if (!member) return pass(member);
    if (*member && (*member)->removed) return RefusedReason::not_a_member;
    const bool is_new = !*member;
    if (is_new) {
      const auto full = room_is_full();
      if (!full) return std::unexpected(full.error());
      if (*full) return RefusedReason::room_full;
      if (auto made = put_member(came_by_open_door, std::nullopt); !made) return pass(made);
      member = members_.find(request_.room, request_.card.identity_pk);
      if (!member) return pass(member);
    }
    const auto permissions = permissions_of(**member);
    if (!permissions) return std::unexpected(permissions.error());
    auto verdict = admission(**member, *permissions, is_new);
    if (!verdict) return verdict;
    if (auto* admitted = std::get_if<Admission>(&*verdict)) {
      admitted->access = access_of(**member);
    }
    return verdict;
  }

  Result<Verdict> by_tag(store::MemberRow& member) {
    if (member.room != request_.room) return RefusedReason::room_closed;
    if (member.removed || member.identity_pk != request_.card.identity_pk) {
      return RefusedReason::not_a_member;
    }
    const auto why_not = barred();
    if (!why_not) return std::unexpected(why_not.error());
    if (*why_not) return **why_not;
    if (!member.access_used) {
      member.access_used = true;
      if (auto put = members_.put(member); !put) return pass(put);
    }
    const auto permissions = permissions_of(member);
    if (!permissions) return std::unexpected(permissions.error());
    return admission(member, *permissions, false);
  }

 private:
  // Why this card may not come in whatever it brings, if so.  Nothing is stored about people
  // who are turned away: whoever holds a dead invite could fill the store with made-up ones.
  Result<std::optional<RefusedReason>> barred() {
    const auto contact = store::Contacts(database_).by_identity(request_.card.identity_pk);
    if (!contact) return std::unexpected(contact.error());
    if (!*contact) return std::nullopt;
    if ((*contact)->fingerprint != crypto::fingerprint(request_.card)) {
      return RefusedReason::key_changed;
    }
    if ((*contact)->blocked) return RefusedReason::not_a_member;
    return std::nullopt;
  }

  Result<bool> room_is_full() {
    const bool is_stranger = !request_.ref;
    if (!request_.max_members && !is_stranger) return false;
    const auto members = members_.of(request_.room);
    if (!members) return std::unexpected(members.error());
    // Without a limit of the host's, strangers have one among themselves.
    const auto counts = [this](const store::MemberRow& member) {
      return !member.removed && (request_.max_members || member.invite == came_by_open_door);
    };
    return std::ranges::count_if(*members, counts) >=
           static_cast<std::ptrdiff_t>(request_.max_members.value_or(open_members_limit));
  }

  // What a member may do: what its invite says; a stranger may chat.
  Result<Bytes> permissions_of(const store::MemberRow& member) {
    if (member.invite == came_by_open_door) return wire::encode(wire::Permissions());
    const auto invite = invites_.find(member.invite);
    if (!invite) return std::unexpected(invite.error());
    return *invite ? (*invite)->permissions : Bytes();
  }

  // A member who comes in by a second invite gets new access, as a new one does.
  Result<void> make_member(const store::InviteRow& invite,
                           const std::optional<store::MemberRow>& before) {
    return put_member(invite.id, before);
  }

  Result<void> put_member(const InviteId& invite,
                          const std::optional<store::MemberRow>& before) {
    return members_.put(
        {request_.room, request_.card.identity_pk, invite, LinkRef::random(entropy_),
         crypto::SymmetricKey(entropy_), crypto::SymmetricKey(entropy_), false, false, 0,
         before ? before->joined : request_.now, before ? before->last_seen : std::nullopt});
  }

  static wire::Access access_of(const store::MemberRow& member) {
    return {member.tag, member.psk.copy(), member.record_secret.copy()};
  }

  Result<Verdict> admission(const store::MemberRow& member, const Bytes& permissions,
                            bool first_time) {
    auto room = store::Rooms(database_).by_id(request_.room);
    if (!room) return pass(room);
    if (!*room) return RefusedReason::room_closed;
    auto contact = meet(database_, request_.card, request_.now);
    if (!contact) return pass(contact);
    // No bytes at all are a list, too: that of nothing.
    auto allowed = wire::decode_permissions(permissions);
    if (!allowed) return pass(allowed);
    Admission out{request_.room, (*room)->name, std::move(*contact),
                  std::nullopt,  first_time,    std::move(*allowed)};
    if (!member.access_used) out.access = access_of(member);
    return Verdict(std::move(out));
  }

  store::Database& database_;
  store::Members members_;
  store::Invites invites_;
  const AdmissionRequest& request_;
  Entropy& entropy_;
};

}  // namespace

Result<crypto::SymmetricKey> psk_of(store::Database& database, const LinkRef& ref) {
  auto invite = store::Invites(database).find(ref);
  if (!invite) return pass(invite);
  if (*invite) return std::move((*invite)->psk);
  auto member = store::Members(database).by_tag(ref);
  if (!member) return pass(member);
  if (*member) return std::move((*member)->psk);
  return fail(Errc::unknown_ref, "Somebody came with a connection file that is not from here.");
}

Result<Verdict> admit(store::Database& database, const AdmissionRequest& request,
                      Entropy& entropy) {
  Gate gate(database, request, entropy);
  if (!request.ref) return gate.by_open_door();
  const auto invite = store::Invites(database).find(*request.ref);
  if (!invite) return std::unexpected(invite.error());
  if (*invite) return gate.by_invite(**invite);
  auto member = store::Members(database).by_tag(*request.ref);
  if (!member) return pass(member);
  if (*member) return gate.by_tag(**member);
  return RefusedReason::not_a_member;
}

}  // namespace sotto::room
