// Rooms of this profile and the invites to them.
#pragma once
#include <string>

#include "node/commands.h"
#include "node/requests.h"
#include "store/rooms.h"

namespace sotto::node {

// The row of the room `name` that this profile hosts; a new one, not yet stored, when there is
// none.  node's bad_name; store's name_taken when a room of
// somebody else has that name (a contact has it no more: rooms come first).
Result<store::RoomRow> open_own_room(Profile& profile, const std::string& name);

// Methods; on the store's thread.

// Makes and keeps an invite.  room.unknown.
Result<InviteReply> make_invite(Profile& profile, const InviteRequest& request);
// Its bearer comes in no more; the request comes back.  invite.unknown.
Result<InviteIdRequest> revoke_invite(Profile& profile, const InviteIdRequest& request);
// Keeps the room that a connection file leads to.  resolve_target()'s errors.
Result<Imported> import_target(Profile& profile, const TargetRequest& request);
// Whether a room or contact has this name.
Result<KnownReply> known(Profile& profile, const NameRequest& request);

// Seals an invite into a connection file and writes it.  seal_connection_file()'s errors,
// file_io.
Result<void> write_invite(const InviteReply& invite, const ExportOptions& options);

}  // namespace sotto::node
