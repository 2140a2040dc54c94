#include "cli/terminal/status_line.h"

#include <gtest/gtest.h>

#include "cli/terminal/cells.h"

namespace sotto::cli {
namespace {

ChatState state_with(bool hosted, std::vector<node::PersonHere> people) {
  ChatState state;
  state.room = "lobby";
  state.presence = node::PresenceReply{"lobby", hosted, true, "direct", std::move(people)};
  return state;
}

node::PersonHere person(const char* name, bool verified, std::optional<milliseconds> away) {
  return {name, "fp-" + std::string(name), verified, false, true, "127.0.0.1:4711", away};
}

TEST(StatusLine, SaysRoomPeopleAndTheWay) {
  EXPECT_EQ(status_line(state_with(false, {person("anna", true, milliseconds(12))}), 80),
            "lobby | ✓ anna | direct, 12 ms");
  EXPECT_EQ(status_line(state_with(true, {}), 80), "lobby | nobody else here | direct");
}

TEST(StatusLine, SaysThatTheWayIsBeingMeasured) {
  EXPECT_EQ(status_line(state_with(true, {person("bob", false, {})}), 80),
            "lobby | ? bob | direct, ...");
}

TEST(StatusLine, OfSeveralEachHasTheirRoundTrip) {
  const auto state = state_with(true, {person("anna", true, milliseconds(12)),
                                       person("bob", false, milliseconds(1'420))});
  EXPECT_EQ(status_line(state, 80), "lobby | ✓ anna 12 ms, ? bob 1.4 s | direct");
}

TEST(StatusLine, AShortRoundTripIsSaidShort) {
  EXPECT_EQ(round_trip_text(milliseconds(0)), "<1 ms");
  EXPECT_EQ(round_trip_text(std::nullopt), "-");
}

TEST(StatusLine, TorIsCalledSo) {
  auto state = state_with(false, {person("anna", true, milliseconds(640))});
  state.presence->route = "onion";
  EXPECT_EQ(status_line(state, 80), "lobby | ✓ anna | Tor, 640 ms");
}

TEST(StatusLine, WhatIsUnderWayTakesTheWaysPlace) {
  auto state = state_with(false, {person("anna", true, milliseconds(12))});
  state.under_way = "reconnecting, 5 s";
  state.waiting = 2;
  EXPECT_EQ(status_line(state, 80), "lobby | ✓ anna | reconnecting, 5 s | 2 not delivered");
}

TEST(StatusLine, FitsWhateverTheWidth) {
  std::vector<node::PersonHere> crowd;
  for (int i = 0; i < 50; ++i) crowd.push_back(person("somebody", false, milliseconds(i)));
  const auto state = state_with(true, crowd);
  for (int width = 0; width < 200; ++width) {
    EXPECT_LE(width_of(status_line(state, width)), width);
  }
  EXPECT_NE(status_line(state, 80).find("more"), std::string::npos);
}

TEST(StatusLine, ForeignTextDoesNoHarm) {
  auto state = state_with(true, {person("a\x1b[2Jb", false, {})});
  state.room = "x\nroom";
  const std::string line = status_line(state, 80);
  EXPECT_EQ(line.find('\x1b'), std::string::npos);
  EXPECT_EQ(line.find('\n'), std::string::npos);
}

TEST(StatusLine, WhoAndRouteNameEverybody) {
  auto anna = person("anna", true, milliseconds(12));
  anna.host = true;
  auto state = state_with(false, {anna});
  node::PersonHere carl{"carl", "fp-carl", false, false, false, "", {}};
  state.presence->people.push_back(carl);
  const std::string who = who_text(state);
  EXPECT_NE(who.find("✓ anna  fp-anna  hosts the room  12 ms"), std::string::npos) << who;
  EXPECT_NE(who.find("? carl  fp-carl  (not verified)"), std::string::npos) << who;
  const std::string route = route_text(state);
  EXPECT_NE(route.find("127.0.0.1:4711  round trip 12 ms"), std::string::npos) << route;
  EXPECT_EQ(route.find("carl"), std::string::npos) << route;  // goes through the host
}

}  // namespace
}  // namespace sotto::cli
