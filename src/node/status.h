// `sotto status`: the process that owns the profile, its rooms and who is in them, its tor.
//
// It only looks: nothing is started, connected to or looked up for it.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "node/access.h"
#include "node/onion_host.h"
#include "node/relay_listener.h"
#include "node/requests.h"
#include "node/sandbox.h"
#include "node/tor_manager.h"

namespace sotto::node {

class Agent;

struct AgentStatus {
  std::int64_t pid = 0;
  WallTime since;
  std::uint64_t clients = 0;  // besides the one who asks
  SandboxStatus sandbox = {};
  static void fields(auto& self, auto&& field) {
    field("pid", self.pid);
    field("since", self.since);
    field("clients", self.clients);
    field("sandbox", self.sandbox);
  }
};

struct MemberStatus {
  std::string name;
  std::string fingerprint;
  bool verified = false;
  bool present = false;
  std::string route;                  // by which they are here: "direct", "onion"; else empty
  std::optional<WallTime> last_seen;  // in a room of ours
  static void fields(auto& self, auto&& field) {
    field("name", self.name);
    field("fingerprint", self.fingerprint);
    field("verified", self.verified);
    field("present", self.present);
    field("route", self.route);
    field("last_seen", self.last_seen);
  }
};

struct RoomStatus {
  std::string name;
  std::string id;  // hex
  bool hosted = false;
  bool open = false;      // the owner has it open
  bool tor_only = false;  // promised to be reached through Tor alone
  std::string route;      // that it is open by; of others': of the link, if there is
  std::vector<std::string> addresses;  // that lead to it: HOST:PORT
  std::vector<MemberStatus> members;   // of others': the host, and who else is known to be here
  std::optional<OnionStatus> onion;    // of an open one of ours
  std::vector<RelayStatus> relays = {};  // that are to hold an open one of ours
  std::optional<Error> trouble;          // of others': why the host is not reached
  static void fields(auto& self, auto&& field) {
    field("name", self.name);
    field("id", self.id);
    field("hosted", self.hosted);
    field("open", self.open);
    field("tor_only", self.tor_only);
    field("route", self.route);
    field("addresses", self.addresses);
    field("members", self.members);
    field("onion", self.onion);
    field("relays", self.relays);
    field("trouble", self.trouble);
  }
};

struct StatusReply {
  std::optional<AgentStatus> agent;  // nothing: no process owns the profile
  std::vector<RoomStatus> rooms;
  TorStatus tor;
  bool dns_free = true;  // no room here is reached by a name that must be looked up
  static void fields(auto& self, auto&& field) {
    field("agent", self.agent);
    field("rooms", self.rooms);
    field("tor", self.tor);
    field("dns_free", self.dns_free);
  }
};

// Without an owner: what the store and the folder of tor show.
Result<StatusReply> show_status(Profile& profile, const NoRequest& request);
// By the owner, for one of its clients.
Async<StatusReply> show_status(Agent& agent, NoRequest request);

// What can be known of the profile's tor while this process runs none: the version of the one
// that is installed, whether one was left behind.
TorStatus tor_at_rest(const Profile& profile);

// Looks once a second and lets `show` see each, until that is false or a signal comes:
// Errc::interrupted, Errc::terminated.  `reopen` is asked when the owner has gone.
using ShowStatus = std::function<Result<bool>(const StatusReply&)>;
Result<void> watch_status(Access access, const std::function<Result<Access>()>& reopen,
                          const ShowStatus& show);

}  // namespace sotto::node
