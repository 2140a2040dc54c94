#include "node/status.h"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <filesystem>
#include <map>
#include <mutex>
#include <unistd.h>

#include "base/encoding.h"
#include "net/tor_process.h"
#include "node/agent.h"
#include "node/rooms.h"
#include "node/tor_folder.h"
#include "store/members.h"
#include "tor/errors.h"

namespace sotto::node {
namespace {

namespace fs = std::filesystem;
// Who is here, and by which way.
using Routes = std::map<crypto::Ed25519PublicKey, std::string>;

// What the owner knows of a room that it has open, and the store does not.
struct Live {
  std::string route;
  Routes here;
  std::optional<OnionStatus> onion;
  std::optional<Error> trouble;
  std::vector<RelayStatus> relays = {};
};
using LiveRooms = std::map<RoomId, Live>;

Live look_at(const HostedRoom& room) {
  return {room.route(), room.routes(), room.onion_status(), std::nullopt, room.relay_status()};
}

Live look_at(const JoinedRoom& room) {
  if (!room.joiner().is_linked()) return {"", {}, std::nullopt, room.trouble()};
  const std::string& route = room.joiner().route();
  Live out{route, {{room.row().host, route}}, std::nullopt, std::nullopt};
  for (const auto& other : room.others_here()) out.here.emplace(other, route);
  return out;
}

LiveRooms look_at_rooms(const Agent& agent) {
  LiveRooms out;
  for (const auto& room : agent.open_rooms()) {
    if (const auto* hosted = dynamic_cast<const HostedRoom*>(room.get())) {
      out.emplace(room->row().id, look_at(*hosted));
    } else if (const auto* joined = dynamic_cast<const JoinedRoom*>(room.get())) {
      out.emplace(room->row().id, look_at(*joined));
    }
  }
  return out;
}

Result<void> add_member(store::Database& database, const crypto::Ed25519PublicKey& who,
                        std::optional<WallTime> last_seen, const Live* live, RoomStatus& out) {
  const auto contact = store::Contacts(database).by_identity(who);
  if (!contact) return std::unexpected(contact.error());
  if (!*contact) return {};
  const auto way = live == nullptr ? Routes::const_iterator() : live->here.find(who);
  const bool present = live != nullptr && way != live->here.end();
  out.members.push_back({(*contact)->name, crypto::to_string((*contact)->fingerprint),
                         (*contact)->verified, present, present ? way->second : "", last_seen});
  return {};
}

Result<void> add_members(store::Database& database, const store::RoomRow& room,
                         const Live* live, RoomStatus& out) {
  if (room.hosted) {
    const auto members = store::Members(database).of(room.id);
    if (!members) return std::unexpected(members.error());
    for (const auto& member : *members) {
      if (member.removed) continue;
      auto added = add_member(database, member.identity_pk, member.last_seen, live, out);
      if (!added) return added;
    }
    return {};
  }
  auto added = add_member(database, room.host, std::nullopt, live, out);
  for (const auto& [who, way] : live == nullptr ? Routes() : live->here) {
    if (!added) return added;
    if (who != room.host) added = add_member(database, who, std::nullopt, live, out);
  }
  return added;
}

// Rooms of ours are not dialled by us, those that are promised to Tor not by name.
bool needs_dns(const store::RoomRow& room, const wire::Reach& reach) {
  return !room.hosted && !room.tor_only &&
         std::ranges::any_of(reach.direct, [](const wire::DirectAddress& direct) {
           boost::system::error_code error;
           boost::asio::ip::make_address(direct.host, error);
           return error.failed();
         });
}

Result<StatusReply> read_status(store::Database& database, const LiveRooms& live_rooms) {
  const auto rooms = store::Rooms(database).all();
  if (!rooms) return std::unexpected(rooms.error());
  StatusReply reply;
  for (const auto& room : *rooms) {
    const auto reach = wire::decode_reach(room.reach.view());
    if (!reach) return std::unexpected(reach.error());
    const auto at = live_rooms.find(room.id);
    const Live* const live = at == live_rooms.end() ? nullptr : &at->second;
    RoomStatus out;
    out.name = room.name;
    out.id = to_hex(room.id.view());
    out.hosted = room.hosted;
    out.open = live != nullptr;
    out.tor_only = room.tor_only;
    out.addresses = addresses_of(*reach);
    if (live != nullptr) {
      out.route = live->route;
      out.onion = live->onion;
      out.relays = live->relays;
      out.trouble = live->trouble;
    }
    if (auto added = add_members(database, room, live, out); !added) return pass(added);
    reply.rooms.push_back(std::move(out));
    reply.dns_free = reply.dns_free && !needs_dns(room, *reach);
  }
  return reply;
}

// Asked once as long as the program stays the same: a watch looks every second.
Result<std::string> version_of(const fs::path& program) {
  static std::mutex mutex;
  static std::map<std::pair<fs::path, fs::file_time_type>, Result<std::string>> known;
  const std::lock_guard lock(mutex);
  std::error_code ignored;
  const auto changed = fs::last_write_time(program, ignored);
  const auto at = known.find({program, changed});
  if (at != known.end()) return at->second;
  return known.insert_or_assign({program, changed}, net::tor_version(program)).first->second;
}

void add_installed(const TorSettings& settings, TorStatus& out) {
  const auto program = net::find_tor(settings.program);
  if (!program) {
    out.trouble = program.error();
    return;
  }
  auto version = version_of(*program);
  if (version) {
    out.version = std::move(*version);
  } else {
    out.trouble = version.error();
  }
}

void add_running(const fs::path& home, TorStatus& out) {
  const auto running = find_running_tor(tor_folder(home));
  if (!running) return;
  const std::string process = std::to_string(running->pid);
  if (running->left_behind) {
    out.trouble = Error(tor::Errc::program_failed,
                        "A tor of an earlier run (process " + process +
                            ") still runs. sotto ends it when it next starts one.");
  } else {
    out.summary = "another command of this profile has it running, as process " + process;
  }
}

}  // namespace

TorStatus tor_at_rest(const Profile& profile) {
  TorStatus out;
  out.state = "idle";
  const auto settings = settings_of(profile.tor());
  if (!settings) {
    out.trouble = settings.error();
    return out;
  }
  if (settings->control) {
    out.whose = "given";
    out.control = *settings->control;
    return out;
  }
  if (settings->own) out.whose = "own";
  add_installed(*settings, out);
  add_running(profile.home(), out);
  return out;
}

Result<StatusReply> show_status(Profile& profile, const NoRequest&) {
  auto reply = read_status(profile.database(), {});
  if (reply) reply->tor = tor_at_rest(profile);
  return reply;
}

Async<StatusReply> show_status(Agent& agent, NoRequest) {
  Runtime& runtime = agent.runtime();
  auto look = [live = look_at_rooms(agent)](store::Database& database) {
    return read_status(database, live);
  };
  auto reply = co_await runtime.store().run<StatusReply>(std::move(look));
  if (!reply) co_return reply;
  reply->agent = AgentStatus{::getpid(), agent.alive_since(),
                             std::max<std::size_t>(agent.clients(), 1) - 1, sandbox_status()};
  reply->tor = runtime.tor().status();
  if (reply->tor.state != "idle") co_return reply;
  // Beside the store: a program is asked for its version.
  auto rest = [&profile = runtime.profile()](store::Database&) -> Result<TorStatus> {
    return tor_at_rest(profile);
  };
  auto at_rest = co_await runtime.reader().run<TorStatus>(std::move(rest));
  if (!at_rest) co_return std::unexpected(at_rest.error());
  // Why it could not be started says more.
  if (reply->tor.trouble) at_rest->trouble = reply->tor.trouble;
  reply->tor = std::move(*at_rest);
  co_return reply;
}

}  // namespace sotto::node
