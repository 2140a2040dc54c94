// Parameters and results of the owner's methods, as structs (docs/rpc.md lists them).
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "base/time.h"
#include "node/directory_request.h"
#include "node/relay_request.h"
#include "node/tor_request.h"

namespace sotto::node {

// The stage that a `send` waits for.
enum class WaitFor : std::uint8_t { queued, relayed, delivered, read };
constexpr std::array<std::string_view, 4> names_of(WaitFor) {
  return {"queued", "relayed", "delivered", "read"};
}

struct NoRequest {
  static void fields(auto&, auto&&) {}
};

struct RoomRequest {
  std::string room;  // by name
  static void fields(auto& self, auto&& field) { field("room", self.room); }
};

// Where an open room may be, to look at its host's card.
struct PeekRequest {
  std::vector<std::string> addresses;  // "HOST:PORT", or one "X.onion[:PORT]"
  std::optional<std::string> room_id;  // hex, if the person named it
  std::optional<Secret> password;
  milliseconds timeout{20'000};
  TorRequest tor = {};
  static void fields(auto& self, auto&& field) {
    field("addresses", self.addresses);
    field("room_id", self.room_id);
    field("password", self.password);
    field("timeout_ms", self.timeout);
    field("tor", self.tor);
  }
};

// Who answered: genuine keys, but whose, a person must say, unless they are `known`.
struct PeekReply {
  std::string name;
  std::string fingerprint;
  Bytes card;  // as wire/card.h encodes it
  bool verified = false;
  bool known = false;  // verified, or the host of a room that this profile has entered
  static void fields(auto& self, auto&& field) {
    field("name", self.name);
    field("fingerprint", self.fingerprint);
    field("card", self.card);
    field("verified", self.verified);
    field("known", self.known);
  }
};

// An open room to enter, and the host that it must be.
struct OpenRequest {
  std::vector<std::string> addresses;
  std::optional<std::string> room_id;
  std::optional<Secret> password;
  Bytes card;             // whom the person, or a flag, has agreed to
  bool verified = false;  // by comparing fingerprints
  static void fields(auto& self, auto&& field) {
    field("addresses", self.addresses);
    field("room_id", self.room_id);
    field("password", self.password);
    field("card", self.card);
    field("verified", self.verified);
  }
};

// A target as far as the client can make it out: a name, or a connection file that it has read.
struct TargetRequest {
  std::optional<std::string> name;
  std::optional<Bytes> file;      // sealed for a card: the owner opens it
  std::optional<Secret> content;  // opened by the client
  bool introduced = false;        // it was locked by a passphrase
  std::optional<OpenRequest> open;
  std::optional<std::string> fingerprint;
  std::optional<std::string> as_name;  // our name for the room
  TorRequest tor = {};
  std::vector<DirectoryWord> directories = {};  // to look in for where hosts are, from now on
  RelayRequest relay = {};
  static void fields(auto& self, auto&& field) {
    field("name", self.name);
    field("file", self.file);
    field("content", self.content);
    field("introduced", self.introduced);
    field("open", self.open);
    field("fingerprint", self.fingerprint);
    field("as", self.as_name);
    field("tor", self.tor);
    field("directories", self.directories);
    field("relay", self.relay);
  }
};

// By one of the two.
struct NameRequest {
  std::string name;
  std::optional<std::string> room_id = std::nullopt;  // hex
  static void fields(auto& self, auto&& field) {
    field("name", self.name);
    field("room_id", self.room_id);
  }
};

struct KnownReply {
  bool known = false;
  std::string name = {};  // that it goes by here
  static void fields(auto& self, auto&& field) {
    field("known", self.known);
    field("name", self.name);
  }
};

// Whether files are taken, and which: for as long as the client holds the room.
struct AcceptRequest {
  std::optional<std::string> folder = std::nullopt;  // absolute; nothing: none are
  std::uint64_t max_size = 10'000'000'000;           // bytes, of one file
  static void fields(auto& self, auto&& field) {
    field("folder", self.folder);
    field("max_size", self.max_size);
  }
};

struct HostRequest {
  std::string room;
  std::optional<std::string> bind;
  std::optional<std::uint16_t> port;
  std::optional<std::pair<std::uint16_t, std::uint16_t>> port_range;
  std::optional<unsigned> max_members;
  bool once = false;
  bool open = false;                               // strangers may come in
  std::optional<Secret> password = std::nullopt;   // if they know it; implies `open`
  std::optional<milliseconds> ttl = std::nullopt;  // the room closes after that
  bool direct = false;                             // TCP is asked for, not only the default
  std::vector<std::string> advertise = {};         // HOST[:PORT] for connection files
  bool ephemeral = false;                          // an onion address of this time only
  bool runs_commands = false;                      // a client has a command run for messages
  TorRequest tor = {};
  RelayRequest relay = {};
  std::vector<std::string> expose = {};  // "NAME=HOST:PORT", "NAME=unix:PATH"
  AcceptRequest files = {};
  std::vector<DirectoryWord> publish = {};  // where to say where the room is
  static void fields(auto& self, auto&& field) {
    field("room", self.room);
    field("bind", self.bind);
    field("port", self.port);
    field("port_range", self.port_range);
    field("max_members", self.max_members);
    field("once", self.once);
    field("open", self.open);
    field("password", self.password);
    field("ttl_ms", self.ttl);
    field("direct", self.direct);
    field("advertise", self.advertise);
    field("ephemeral", self.ephemeral);
    field("runs_commands", self.runs_commands);
    field("tor", self.tor);
    field("relay", self.relay);
    field("expose", self.expose);
    field("files", self.files);
    field("publish", self.publish);
  }
};

struct JoinRequest {
  TargetRequest target;
  milliseconds timeout{60'000};
  std::vector<std::string> forward = {};  // "PORT:NAME", "ADDRESS:PORT:NAME"
  AcceptRequest files = {};
  static void fields(auto& self, auto&& field) {
    field("target", self.target);
    field("timeout_ms", self.timeout);
    field("forward", self.forward);
    field("files", self.files);
  }
};

struct OpenedReply {
  std::string room;
  static void fields(auto& self, auto&& field) { field("room", self.room); }
};

struct SayRequest {
  std::string room;
  std::string text;
  static void fields(auto& self, auto&& field) {
    field("room", self.room);
    field("text", self.text);
  }
};

struct SaidReply {
  std::string id;  // hex, as `delivered` and `read` name it
  static void fields(auto& self, auto&& field) { field("id", self.id); }
};

// One file, to the host, or, in a room of ours, to whoever is here and may take it.
struct SendFileRequest {
  std::string room;
  std::string path;  // absolute
  static void fields(auto& self, auto&& field) {
    field("room", self.room);
    field("path", self.path);
  }
};

// All rooms that this profile hosts, at once.
struct ListenRequest {
  std::optional<std::string> bind;
  bool runs_commands = false;
  TorRequest tor = {};
  AcceptRequest files = {};
  RelayRequest relay = {};
  std::vector<DirectoryWord> publish = {};
  static void fields(auto& self, auto&& field) {
    field("bind", self.bind);
    field("runs_commands", self.runs_commands);
    field("tor", self.tor);
    field("files", self.files);
    field("publish", self.publish);
    field("relay", self.relay);
  }
};

struct HeldReply {
  std::vector<std::string> rooms;
  static void fields(auto& self, auto&& field) { field("rooms", self.rooms); }
};

struct ShownRequest {
  std::vector<std::int64_t> seqs;
  static void fields(auto& self, auto&& field) { field("seqs", self.seqs); }
};

struct SendRequest {
  TargetRequest target;
  std::vector<std::string> texts;
  std::optional<std::string> id;
  WaitFor wait = WaitFor::delivered;
  bool queue = false;
  milliseconds timeout{60'000};         // with files: in which nothing comes any further
  std::vector<std::string> files = {};  // absolute paths
  static void fields(auto& self, auto&& field) {
    field("target", self.target);
    field("texts", self.texts);
    field("files", self.files);
    field("id", self.id);
    field("wait", self.wait);
    field("queue", self.queue);
    field("timeout_ms", self.timeout);
  }
};

struct InviteRequest {
  std::string room;
  std::uint32_t uses = 1;
  std::optional<milliseconds> expires_in;
  std::vector<std::string> allow = {"chat"};  // "chat", "files", "forward:NAME"
  static void fields(auto& self, auto&& field) {
    field("room", self.room);
    field("uses", self.uses);
    field("expires_in_ms", self.expires_in);
    field("allow", self.allow);
  }
};

// A new invite: what goes into its connection file, to be sealed by the client.
struct InviteReply {
  std::string invite;
  std::string room;
  std::uint32_t uses = 1;
  std::optional<WallTime> expires;
  Secret content;
  static void fields(auto& self, auto&& field) {
    field("invite", self.invite);
    field("room", self.room);
    field("uses", self.uses);
    field("expires", self.expires);
    field("content", self.content);
  }
};

struct InviteIdRequest {
  std::string invite;  // hex
  static void fields(auto& self, auto&& field) { field("invite", self.invite); }
};

}  // namespace sotto::node
