#include "cli/render_status.h"

#include "base/text.h"
#include "cli/json_line.h"

namespace sotto::cli {
namespace {

Json json_of(const std::optional<Error>& error) {
  if (!error) return {};
  return Json().set("code", error->name()).set("text", error->text());
}

Json json_of(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}

Json number(std::uint64_t value) {
  return static_cast<std::int64_t>(value);
}

Json json_of(const node::MemberStatus& member) {
  return Json()
      .set("name", member.name)
      .set("fingerprint", member.fingerprint)
      .set("verified", member.verified)
      .set("present", member.present)
      .set("route", json_of(member.route))
      .set("last_seen", json_time(member.last_seen));
}

Json json_of(const node::OnionStatus& onion) {
  return Json()
      .set("address", onion.address)
      .set("port", std::int64_t{onion.port})
      .set("uploaded", onion.uploaded)
      .set("reachable", onion.reachable)
      .set("last_probe", json_time(onion.last_probe))
      .set("trouble", json_of(onion.trouble))
      .set("proof_of_work", onion.proof_of_work)
      .set("clients", number(onion.clients));
}

Json json_of(const node::RelayStatus& relay) {
  return Json()
      .set("address", relay.address)
      .set("held", relay.held)
      .set("since", json_time(relay.since))
      .set("latency_ms", relay.latency ? Json(std::int64_t{relay.latency->count()}) : Json())
      .set("trouble", json_of(relay.trouble));
}

Json json_of(const node::RoomStatus& room) {
  Json::Array members;
  for (const auto& member : room.members) members.push_back(json_of(member));
  Json::Array relays;
  for (const auto& relay : room.relays) relays.push_back(json_of(relay));
  return Json()
      .set("name", room.name)
      .set("id", room.id)
      .set("hosted", room.hosted)
      .set("open", room.open)
      .set("tor_only", room.tor_only)
      .set("route", json_of(room.route))
      .set("addresses", json_texts(room.addresses))
      .set("members", std::move(members))
      .set("onion", room.onion ? json_of(*room.onion) : Json())
      .set("relays", std::move(relays))
      .set("trouble", json_of(room.trouble));
}

Json json_of(const node::TorStatus& tor) {
  return Json()
      .set("state", tor.state)
      .set("version", json_of(tor.version))
      .set("whose", json_of(tor.whose))
      .set("control", json_of(tor.control))
      .set("bootstrap", std::int64_t{tor.bootstrap})
      .set("summary", json_of(tor.summary))
      .set("trouble", json_of(tor.trouble))
      .set("circuits", number(tor.circuits))
      .set("restarts", std::int64_t{tor.restarts});
}

std::string counted(std::uint64_t count, const std::string& one, const std::string& many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

std::string agent_lines(const std::optional<node::AgentStatus>& agent) {
  if (!agent) return "agent  none: no process owns this profile\n";
  return "agent  process " + std::to_string(agent->pid) + "  since " +
         date_and_time(agent->since) + "  " + counted(agent->clients, "client", "clients") +
         (agent->sandbox.files && agent->sandbox.calls
              ? "  confined\n"
              : "  not confined: " + displayable(agent->sandbox.why) + "\n");
}

std::string owner_of(const std::string& whose) {
  if (whose == "own") return "  of this profile";
  if (whose == "system") return "  of the system";
  return whose == "given" ? "  as given" : "";
}

std::string tor_lines(const node::TorStatus& tor) {
  std::string out = "tor    " + displayable(tor.state);
  if (!tor.version.empty()) out += "  " + displayable(tor.version);
  out += owner_of(tor.whose);
  if (!tor.control.empty()) out += "  " + displayable(tor.control);
  if (tor.state != "idle") {
    out += "  " + counted(tor.circuits, "circuit", "circuits");
    if (tor.restarts > 0) {
      out += "  brought back " +
             counted(static_cast<std::uint64_t>(tor.restarts), "time", "times");
    }
    out += "\n       bootstrap " + std::to_string(tor.bootstrap) + " %";
    if (!tor.summary.empty()) out += "  " + displayable(tor.summary);
  } else if (!tor.summary.empty()) {
    out += "\n       " + displayable(tor.summary);
  }
  if (tor.trouble) out += "\n       " + displayable(tor.trouble->text());
  return out + "\n";
}

std::string onion_lines(const node::OnionStatus& onion) {
  std::string out = "  onion service  ";
  out += onion.reachable ? "reachable" : onion.uploaded ? "uploaded" : "not uploaded yet";
  if (onion.last_probe) out += "  last probe " + date_and_time(*onion.last_probe);
  out += "  " + counted(onion.clients, "client with a key", "clients with keys");
  if (onion.proof_of_work) out += "  proof of work";
  out += "\n";
  if (onion.trouble) out += "  " + displayable(onion.trouble->text()) + "\n";
  return out;
}

std::string relay_line(const node::RelayStatus& relay) {
  std::string out = "  relay  " + displayable(relay.address);
  if (relay.held) {
    out += "  holds the room";
    if (relay.since) out += " since " + date_and_time(*relay.since);
    if (relay.latency) out += "  " + std::to_string(relay.latency->count()) + " ms";
  } else if (relay.trouble) {
    out += "  " + displayable(relay.trouble->text());
  } else {
    out += "  in reserve";
  }
  return out + "\n";
}

std::string member_line(const node::MemberStatus& member, const Style& style) {
  std::string out = "  " + speaker(member.name, member.fingerprint, member.verified, style);
  if (member.present) {
    out += "  here" + (member.route.empty() ? "" : ", " + displayable(member.route));
  } else if (member.last_seen) {
    out += "  last seen " + date_and_time(*member.last_seen);
  }
  return out + "\n";
}

std::string room_lines(const node::RoomStatus& room, const Style& style) {
  std::string out = bold(displayable(room.name), style) + (room.hosted ? "  yours" : "") +
                    (room.open ? "  open" : "  closed");
  if (!room.route.empty()) out += "  " + displayable(room.route);
  if (room.tor_only) out += "  Tor only";
  out += "\n";
  for (const std::string& address : room.addresses) {
    out += "  " + faint(displayable(address), style) + "\n";
  }
  if (room.onion) out += onion_lines(*room.onion);
  for (const auto& relay : room.relays) out += relay_line(relay);
  if (room.trouble) out += "  " + displayable(room.trouble->text()) + "\n";
  for (const auto& member : room.members) out += member_line(member, style);
  return out;
}

}  // namespace

std::string status_json(const node::StatusReply& status) {
  Json agent;
  if (status.agent) {
    agent = Json()
                .set("pid", status.agent->pid)
                .set("since", to_rfc3339(status.agent->since))
                .set("clients", number(status.agent->clients))
                .set("sandbox", Json()
                                    .set("files", status.agent->sandbox.files)
                                    .set("calls", status.agent->sandbox.calls)
                                    .set("why", status.agent->sandbox.why));
  }
  Json::Array rooms;
  for (const auto& room : status.rooms) rooms.push_back(json_of(room));
  return json_line(Json()
                       .set("agent", std::move(agent))
                       .set("rooms", std::move(rooms))
                       .set("tor", json_of(status.tor))
                       .set("dns_free", status.dns_free));
}

std::string status_text(const node::StatusReply& status, const Style& style) {
  std::string out = agent_lines(status.agent) + tor_lines(status.tor) + "dns    " +
                    (status.dns_free ? "not needed: every address is a number\n"
                                     : "needed: a room is reached by a name\n");
  for (const auto& room : status.rooms) out += room_lines(room, style);
  return out;
}

}  // namespace sotto::cli
