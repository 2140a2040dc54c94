// The connection files that were given out: looking at them and taking them back.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "node/profile.h"
#include "node/requests.h"
#include "wire/connection_file.h"

namespace sotto::node {

struct InviteGuest {
  std::string name;
  std::string fingerprint;
  bool verified = false;
  static void fields(auto& self, auto&& field) {
    field("name", self.name);
    field("fingerprint", self.fingerprint);
    field("verified", self.verified);
  }
};

struct InviteInfo {
  std::string id;  // hex
  std::string room;
  std::uint32_t uses = 1;
  std::uint32_t spent = 0;
  std::optional<WallTime> expires;
  std::vector<std::string> allow;  // "chat", "files", "forward:NAME"
  WallTime created;
  bool revoked = false;
  std::string status;               // "open", "spent", "expired", "revoked"
  std::vector<InviteGuest> guests;  // who came by it last, and are still known
  static void fields(auto& self, auto&& field) {
    field("id", self.id);
    field("room", self.room);
    field("uses", self.uses);
    field("spent", self.spent);
    field("expires", self.expires);
    field("allow", self.allow);
    field("created", self.created);
    field("revoked", self.revoked);
    field("status", self.status);
    field("guests", self.guests);
  }
};

struct InvitesRequest {
  std::optional<std::string> room;  // none: of all rooms
  static void fields(auto& self, auto&& field) { field("room", self.room); }
};

struct InvitesReply {
  std::vector<InviteInfo> invites;
  static void fields(auto& self, auto&& field) { field("invites", self.invites); }
};

// What a bearer may do, as words, and back.  rpc.params for a word that is none, or too many.
std::vector<std::string> to_words(const wire::Permissions& permissions);
Result<wire::Permissions> permissions_from(const std::vector<std::string>& words);

// room.unknown when there is none of that name, or it is somebody else's.
Result<InvitesReply> list_invites(Profile& profile, const InvitesRequest& request);

// `request.invite` may be the beginning of an id if no other begins so.  Revoking twice is no
// error.  invite.missing, invite.ambiguous.
Result<InviteInfo> revoke(Profile& profile, const InviteIdRequest& request);

}  // namespace sotto::node
