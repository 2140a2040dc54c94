// Who may come in: what a host decides about a ref and a card (docs/protocol.md section 3).
//
// Synchronous, over the store; the caller runs admit() in a transaction, so that pinning the
// card and spending the use happen together or not at all.
#pragma once
#include <optional>
#include <string>
#include <variant>

#include "base/entropy.h"
#include "room/errors.h"
#include "store/contacts.h"
#include "wire/connection_file.h"
#include "wire/handshake.h"

namespace sotto::room {

// The psk of an invite or a member's tag, dead ones included.  Errc::unknown_ref.
Result<crypto::SymmetricKey> psk_of(store::Database& database, const LinkRef& ref);

struct Admission {
  RoomId room;
  std::string room_name;
  store::ContactRow contact;
  std::optional<wire::Access> access;  // to send along: until it has opened a link once
  bool first_time = false;             // this use was spent now
  wire::Permissions permissions;
};
using Verdict = std::variant<Admission, wire::RefusedReason>;

// How many of a room's members may have come in by its open door where the host sets no limit
// of its own: strangers make identities for nothing, and each that comes in is stored.
inline constexpr unsigned open_members_limit = 256;

struct AdmissionRequest {
  std::optional<LinkRef> ref;  // nothing: came in by the open door
  crypto::Card card;           // its static key proved by the handshake
  RoomId room;                 // the one that is open here
  std::optional<unsigned> max_members;
  WallTime now;
};

// Errors are the store's only.
Result<Verdict> admit(store::Database& database, const AdmissionRequest& request,
                      Entropy& entropy);

}  // namespace sotto::room
