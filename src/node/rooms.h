// The rooms of this profile: looking at them, removing them, and removing members of our own.
//
// `room` is a room by our name for it.  Functions over a Profile run on the store's thread and
// know nothing of open rooms; moderation.h has what an owner adds.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "node/people.h"
#include "node/profile.h"
#include "node/requests.h"
#include "store/rooms.h"
#include "wire/connection_file.h"

namespace sotto::node {

// Somebody in a room, as far as this profile knows them.
struct MemberInfo {
  std::string name;
  std::string fingerprint;
  bool verified = false;
  bool blocked = false;
  bool present = false;  // has a session now
  WallTime joined;
  std::optional<WallTime> last_seen;
  static void fields(auto& self, auto&& field) {
    field("name", self.name);
    field("fingerprint", self.fingerprint);
    field("verified", self.verified);
    field("blocked", self.blocked);
    field("present", self.present);
    field("joined", self.joined);
    field("last_seen", self.last_seen);
  }
};

struct RoomInfo {
  std::string name;
  std::string id;  // hex
  bool hosted = false;
  std::string host;  // its name, our own in a room of ours
  std::string host_fingerprint;
  bool verified = false;                 // the host; true in a room of ours
  bool open = false;                     // an owner has it open now
  bool tor_only = false;                 // promised to be reached through Tor alone
  std::optional<std::uint64_t> members;  // who belong besides the host; in rooms of ours alone
  std::uint64_t waiting = 0;             // messages on their way to somebody
  std::uint64_t unread = 0;              // messages nobody has been shown yet
  static void fields(auto& self, auto&& field) {
    field("name", self.name);
    field("id", self.id);
    field("hosted", self.hosted);
    field("host", self.host);
    field("host_fingerprint", self.host_fingerprint);
    field("verified", self.verified);
    field("open", self.open);
    field("tor_only", self.tor_only);
    field("members", self.members);
    field("waiting", self.waiting);
    field("unread", self.unread);
  }
};

struct RoomsReply {
  std::vector<RoomInfo> rooms;
  static void fields(auto& self, auto&& field) { field("rooms", self.rooms); }
};

struct RoomDetails {
  RoomInfo room;
  std::vector<MemberInfo> people;      // in rooms of ours: who belong
  std::uint64_t invites = 0;           // in rooms of ours: those that still let somebody in
  std::vector<std::string> addresses;  // "127.0.0.1:4711", "abcd...onion:4711"
  WallTime added;
  static void fields(auto& self, auto&& field) {
    field("room", self.room);
    field("people", self.people);
    field("invites", self.invites);
    field("addresses", self.addresses);
    field("added", self.added);
  }
};

struct KickRequest {
  std::string room;
  std::string who;
  static void fields(auto& self, auto&& field) {
    field("room", self.room);
    field("who", self.who);
  }
};

struct KickReply {
  std::string room;
  ContactInfo who;
  static void fields(auto& self, auto&& field) {
    field("room", self.room);
    field("who", self.who);
  }
};

struct CloseReply {
  std::string room;
  bool was_open = false;
  static void fields(auto& self, auto&& field) {
    field("room", self.room);
    field("was_open", self.was_open);
  }
};

// room.unknown when there is none.
Result<store::RoomRow> find_room(store::Database& database, const std::string& name);
// Every address that leads there, as HOST:PORT.
std::vector<std::string> addresses_of(const wire::Reach& reach);

Result<RoomsReply> list_rooms(Profile& profile, const NoRequest& request);
Result<RoomDetails> show_room(Profile& profile, const RoomRequest& request);
// Without an owner no room is open.
Result<CloseReply> close_room(Profile& profile, const RoomRequest& request);
// With its history, members and invites.
Result<RoomInfo> remove_room(Profile& profile, const RoomRequest& request);
// room.unknown for a room of somebody else, contact.unknown for who is no member.
Result<KickReply> kick(Profile& profile, const KickRequest& request);

}  // namespace sotto::node
