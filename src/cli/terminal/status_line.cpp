#include "cli/terminal/status_line.h"

#include <algorithm>
#include <cstdio>

#include "base/text.h"
#include "cli/terminal/cells.h"

namespace sotto::cli {
namespace {

constexpr std::string_view between = " | ";

using People = std::vector<node::PersonHere>;

// In a room of somebody else the host is listed also when not reached.
std::size_t count_of_others(const ChatState& state) {
  return state.presence ? state.presence->people.size() : 0;
}

std::string short_name(const node::PersonHere& person, bool in_own_room, bool alone) {
  std::string out = marked_name(person);
  if (in_own_room && !person.linked) return out + " (away)";
  if (in_own_room && !alone && person.round_trip) {
    out += " " + round_trip_text(person.round_trip);
  }
  return out;
}

// As many names as fit, then how many more there are.
std::string names(const ChatState& state, int width) {
  if (!state.presence) return {};
  const People& people = state.presence->people;
  if (people.empty()) return shortened("nobody else here", width);
  std::string out;
  for (std::size_t i = 0; i < people.size(); ++i) {
    const std::string more = "and " + std::to_string(people.size() - i) + " more";
    std::string next = (i == 0 ? "" : ", ") +
                       short_name(people[i], state.presence->hosted, people.size() == 1);
    const bool last = i + 1 == people.size();
    const int needed = width_of(out + next) + (last ? 0 : width_of(more) + 2);
    if (needed > width) {
      if (i == 0) return shortened(next, width);
      return shortened(out + " " + more, width);
    }
    out += next;
  }
  return out;
}

std::string way(const ChatState& state) {
  if (!state.under_way.empty()) return displayable(state.under_way);
  if (!state.presence) return {};
  const auto& presence = *state.presence;
  std::string out = presence.route == "onion" ? "Tor" : displayable(presence.route);
  const bool one = presence.hosted ? presence.people.size() == 1 : !presence.people.empty();
  if (one && presence.people.front().linked) {
    const auto round_trip = presence.people.front().round_trip;
    out += ", " + (round_trip ? round_trip_text(round_trip) : "...");
  }
  return out;
}

}  // namespace

std::string round_trip_text(std::optional<milliseconds> round_trip) {
  if (!round_trip) return "-";
  const auto ms = round_trip->count();
  if (ms < 1) return "<1 ms";
  if (ms < 1'000) return std::to_string(ms) + " ms";
  char out[32];
  std::snprintf(out, sizeof out, "%.1f s", static_cast<double>(ms) / 1'000);
  return out;
}

std::string marked_name(const node::PersonHere& person) {
  return (person.verified ? "✓ " : "? ") + displayable(person.name);
}

std::string status_line(const ChatState& state, int width) {
  std::string head = displayable(state.room);
  std::string tail = way(state);
  for (const std::string& extra :
       {state.waiting > 0 ? std::to_string(state.waiting) + " not delivered" : std::string(),
        displayable(state.file)}) {
    if (!extra.empty()) tail += (tail.empty() ? "" : std::string(between)) + extra;
  }
  constexpr int least_for_names = 8;
  const int used = width_of(head) + width_of(tail) + 2 * static_cast<int>(between.size());
  std::string middle;
  if (width - used >= least_for_names) middle = names(state, width - used);
  std::string out = std::move(head);
  for (const std::string& part : {middle, tail}) {
    if (part.empty()) continue;
    if (!out.empty()) out += between;
    out += part;
  }
  return shortened(out, width);
}

std::string who_text(const ChatState& state) {
  if (!state.presence) return "Nobody is known to be here yet.";
  std::string out = "In " + displayable(state.room) + ", besides you:";
  if (count_of_others(state) == 0) return out + " nobody";
  for (const auto& person : state.presence->people) {
    out += "\n  " + marked_name(person) + "  " + displayable(person.fingerprint);
    if (person.host) out += "  hosts the room";
    const bool far = (state.presence->hosted || person.host) && !person.linked;
    if (far) out += "  not reached at the moment";
    if (person.round_trip && !far) out += "  " + round_trip_text(person.round_trip);
    if (!person.verified) out += "  (not verified)";
  }
  return out;
}

std::string route_text(const ChatState& state) {
  if (!state.presence) return "There is no way yet.";
  const auto& presence = *state.presence;
  const std::string kind = presence.route == "onion" ? "through Tor (onion)"
                           : presence.route.empty()  ? "no way so far"
                                                     : displayable(presence.route);
  std::string out =
      presence.hosted ? "People come to this room: " + kind : "Words go to the host: " + kind;
  for (const auto& person : presence.people) {
    if (!presence.hosted && !person.host) continue;
    out += "\n  " + marked_name(person) + "  ";
    if (!person.linked) {
      out += "not reached at the moment";
      continue;
    }
    if (!person.address.empty()) out += displayable(person.address) + "  ";
    out += "round trip " + round_trip_text(person.round_trip);
  }
  return out;
}

}  // namespace sotto::cli
