// What the command line can ask for, in plain terms: each function does one command on an
// opened profile, blocking until it is done, and needs no type of the floors below.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/secret.h"
#include "base/time.h"
#include "node/access.h"
#include "node/events.h"
#include "node/requests.h"

namespace sotto::node {

// --- id

struct OwnCard {
  std::string name;
  std::string fingerprint;
  std::string card;  // "sotto-card:" and base64url: what --for takes
  static void fields(auto& self, auto&& field) {
    field("name", self.name);
    field("fingerprint", self.fingerprint);
    field("card", self.card);
  }
};
OwnCard own_card(const Profile& profile);
Result<OwnCard> own_card(Access& access);

// --- connection files: export, import, inspect

// How a connection file is locked when written.
struct FileProtection {
  std::optional<Secret> passphrase;
  std::vector<std::string> for_cards;  // as OwnCard::card; instead of a passphrase
  bool unsealed = false;               // neither
  FileProtection copy() const;
};

struct ExportOptions {
  std::string room;
  std::filesystem::path file;  // "-": standard output; empty: nowhere, but as a URI
  bool force = false;          // replace an existing file
  bool armor = false;
  unsigned uses = 1;
  std::optional<milliseconds> expires_in;
  std::vector<std::string> allow = {"chat"};  // as InviteInfo has them
  FileProtection protection;
  bool uri = false;  // write the URI form, which has no lock
};
struct Exported {
  std::string invite_id;  // hex
  std::string room;
  unsigned uses = 1;
  std::optional<WallTime> expires;
  std::optional<Secret> uri = std::nullopt;  // "sotto:...", when it was asked for
};
// Makes an invite of a room that this profile hosts and writes its connection file.
// Errors: room.unknown, file.exists (exit 2), file.io, card.invalid, store's.
Result<Exported> export_invite(Access& access, const ExportOptions& options);

// An invite that was just made lets nobody in after all.
Result<void> withdraw_invite(Access& access, const std::string& invite_id);

// What opens a connection file; `passphrase` is asked for only when it has one.
struct FileKeys {
  std::function<Result<Secret>()> passphrase;
};

struct Imported {
  std::string room;  // our name for it from now on
  std::string host_name;
  std::string host_fingerprint;
  bool verified = false;
  bool introduced = false;  // locked by a passphrase: whoever shared it vouches for the host
  std::optional<WallTime> expires;
  static void fields(auto& self, auto&& field) {
    field("room", self.room);
    field("host_name", self.host_name);
    field("host_fingerprint", self.host_fingerprint);
    field("verified", self.verified);
    field("introduced", self.introduced);
    field("expires", self.expires);
  }
};
// `file`: a path; "-" standard input; or a URI.  Errors: crypto's file.*, wire's,
// invite.expired, contact.key_changed, file.io.
Result<Imported> import_file(Access& access, const std::string& file, const FileKeys& keys,
                             const std::optional<std::string>& as_name);

// --- host, join, send

class ChatInput;

// Lines that the person types or a script pipes in; see net/line_input.h.
enum class InputKind { none, lines };

struct HostOptions {
  std::string room = "main";
  std::optional<std::string> bind;  // an IP literal; default: all addresses
  std::optional<std::uint16_t> port;
  std::optional<std::pair<std::uint16_t, std::uint16_t>> port_range;
  std::optional<unsigned> max_members;
  bool once = false;                               // leave when the first member leaves
  bool open = false;                               // to strangers
  std::optional<Secret> password = std::nullopt;   // if they know it; implies `open`
  std::optional<milliseconds> ttl = std::nullopt;  // the room closes after that
  bool direct = false;                             // TCP was asked for
  std::vector<std::string> advertise = {};         // HOST[:PORT] that lead here as well
  bool ephemeral = false;                          // an onion address for this time only
  TorRequest tor = {};
  RelayRequest relay = {};
  std::vector<std::string> expose = {};  // as HostRequest has them
  AcceptRequest files = {};
  std::vector<DirectoryWord> publish = {};
  std::optional<ExportOptions> export_file;
  InputKind input = InputKind::none;
  ChatInput* chat = nullptr;  // of a person at a terminal, instead of `input`
};
// Runs until a signal, --once, or an error.  Interrupted: node::Errc::interrupted / terminated.
Result<void> host(Access& access, const HostOptions& options, EventSink& sink);

// Whether host() and join() would understand these.  forward.syntax.
Result<void> check_exposures(const std::vector<std::string>& expose);
Result<void> check_forwards(const std::vector<std::string>& forward);

// Who answers what entering an open room asks.
struct OpenAnswers {
  bool trust_new = false;  // enter without anybody having compared the fingerprint
  // The password of a flag, if there is one.
  std::function<Result<Secret>()> given_password = nullptr;
  // Asks the person; null when nobody can be asked.  An empty answer: there is none.
  std::function<Result<Secret>()> password = nullptr;
  // Asks for the address of a room of which only the id is known; null as above.
  std::function<Result<std::string>(const std::string& room_id)> address = nullptr;

  struct Host {
    std::string name;
    std::string fingerprint;
  };
  // Whether this is the right host; an error when nobody can be asked.
  std::function<Result<bool>(const Host&)> is_right = nullptr;
};

struct JoinOptions {
  // A room or contact by name, a connection file, the id of a room, or HOST:PORT.
  std::string target;
  FileKeys keys;
  OpenAnswers open;
  std::optional<std::string> expected_fingerprint;  // --fingerprint
  TorRequest tor = {};
  RelayRequest relay = {};
  milliseconds timeout{60'000};  // until the first link stands
  // As JoinRequest has them.  With any, the end of input does not leave the room.
  std::vector<std::string> forward = {};
  AcceptRequest files = {};
  InputKind input = InputKind::none;
  ChatInput* chat = nullptr;  // of a person at a terminal, instead of `input`
};
Result<void> join(Access& access, const JoinOptions& options, EventSink& sink);

struct ListenOptions {
  bool every_room = false;          // that is hosted: then only `host.bind` counts
  HostOptions host;                 // else this one; without input
  std::optional<std::string> exec;  // a command for each message
};
// As host().
Result<void> listen(Access& access, const ListenOptions& options, EventSink& sink);

// Owns the profile with no room of its own, until a signal or stop_agent().
Result<void> run_agent(Access& access, EventSink& sink);
// Ends whatever process owns the profile, if one does, and waits until it has.  rpc.failed.
Result<void> stop_agent(Access& access);

// Any method of docs/rpc.md; `params` and the answer are JSON.  json.syntax, rpc.method, and
// the method's errors.
Result<std::string> call_method(Access& access, const std::string& method,
                                const std::string& params, milliseconds limit, EventSink& sink);

struct SendOptions {
  std::string target;  // as of join
  FileKeys keys;
  OpenAnswers open;
  std::optional<std::string> expected_fingerprint;
  TorRequest tor = {};
  RelayRequest relay = {};
  std::vector<std::string> texts;  // each one message
  std::optional<std::string> id;   // of the only message
  WaitFor wait = WaitFor::delivered;
  bool queue = false;  // keep in the outbox when not reached
  milliseconds timeout{60'000};
  std::vector<std::string> files = {};  // paths
};
// One file on its way to one person.
struct SentFile {
  std::string id;  // hex
  std::string path;
  std::string name;  // as the receiver hears it
  std::uint64_t size = 0;
  std::string to;       // a fingerprint
  std::string to_name;  // ours for them
  std::string status;   // "delivered", "sent" (in part), "cancelled"
  std::optional<Error> error = std::nullopt;
  static void fields(auto& self, auto&& field) {
    field("id", self.id);
    field("path", self.path);
    field("name", self.name);
    field("size", self.size);
    field("to", self.to);
    field("to_name", self.to_name);
    field("status", self.status);
    field("error", self.error);
  }
};
struct FilesReply {
  std::vector<SentFile> files;
  static void fields(auto& self, auto&& field) { field("files", self.files); }
};
struct Sent {
  std::string id;            // hex; of the last message, or the last file
  std::string status;        // "queued", "relayed", "sent", "delivered", "read", "cancelled"
  std::string route;         // "direct"; empty before there was one
  std::string address = {};  // where it leads; of a relay, the relay's
  bool verified = false;     // the host, who takes them first; true in a room of ours
  int attempts = 0;
  milliseconds elapsed{};
  std::vector<std::pair<std::string, double>> phases;  // name, ms
  std::optional<Error> error;                          // why it is not what was asked for
  std::vector<SentFile> files = {};
  static void fields(auto& self, auto&& field) {
    field("id", self.id);
    field("status", self.status);
    field("route", self.route);
    field("address", self.address);
    field("verified", self.verified);
    field("attempts", self.attempts);
    field("elapsed_ms", self.elapsed);
    field("phases", self.phases);
    field("error", self.error);
    field("files", self.files);
  }
};
// A Result's error means that nothing was queued.
Result<Sent> send(Access& access, const SendOptions& options, EventSink& sink);

// --- history

struct HistoryOptions {
  std::string who;  // a room by name, or a contact: then their words in all rooms
  std::optional<WallTime> since;
  std::optional<std::size_t> limit;   // the newest so many
  std::optional<std::string> search;  // in the text, whatever the case of its letters
};
struct HistoryEntry {
  std::string id;
  std::string from;
  std::string name;
  bool own = false;
  bool verified = false;
  WallTime time;
  std::string stage;  // own messages: queued, sent, delivered
  std::string text;
  static void fields(auto& self, auto&& field) {
    field("id", self.id);
    field("from", self.from);
    field("name", self.name);
    field("own", self.own);
    field("verified", self.verified);
    field("time", self.time);
    field("stage", self.stage);
    field("text", self.text);
  }
};
// Oldest first.  `progress` hears now and then how many messages were looked at.
Result<std::vector<HistoryEntry>> history(
    Access& access, const HistoryOptions& options,
    const std::function<void(std::size_t)>& progress = {});

// Everything in docs/errors.md.
std::vector<ErrorEntry> all_errors();

}  // namespace sotto::node
