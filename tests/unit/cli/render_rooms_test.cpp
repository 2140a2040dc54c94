#include "cli/render_rooms.h"

#include <gtest/gtest.h>

namespace sotto::cli {
namespace {

constexpr const char* time_text = "2027-01-15T08:00:00.000Z";

node::RoomInfo lobby() {
  node::RoomInfo out;
  out.name = "lobby";
  out.id = "0a";
  out.host = "anna";
  out.host_fingerprint = "abcd";
  return out;
}

node::InviteInfo invite() {
  node::InviteInfo out;
  out.id = "0b";
  out.room = "lobby";
  out.uses = 2;
  out.spent = 1;
  out.allow = {"chat", "files"};
  out.created = from_unix_ms(1'800'000'000'000);
  out.status = "open";
  out.guests = {{"bob", "efgh", true}};
  return out;
}

TEST(RoomsJson, HoldsTheKeysOfRooms) {
  const std::string head =
      R"({"name":"lobby","id":"0a","hosted":false,"host":{"name":"anna","fingerprint":"abcd",)"
      R"("verified":false},"open":false,"tor_only":false,"members":null,"waiting":0,"unread":0)";
  EXPECT_EQ(rooms_json({{lobby()}}), "{\"rooms\":[" + head + "}]}\n");
  node::RoomDetails details{lobby(), {}, 1, {"[::1]:4711"}, from_unix_ms(1'800'000'000'000)};
  details.people.push_back({"bob", "efgh", true, false, true, details.added, std::nullopt});
  EXPECT_EQ(room_json(details),
            head + R"(,"people":[{"name":"bob","fingerprint":"efgh","verified":true,)" +
                R"("blocked":false,"present":true,"joined":")" + time_text +
                R"(","last_seen":null}],"invites":1,"addresses":["[::1]:4711"],"added":")" +
                time_text + "\"}\n");
  EXPECT_EQ(closed_json({"lobby", true}), "{\"room\":\"lobby\",\"was_open\":true}\n");
  EXPECT_EQ(removed_json(lobby()), R"({"room":"lobby","id":"0a","removed":true})"
                                   "\n");
  node::KickReply kicked{"lobby", {}};
  kicked.who.name = "bob";
  kicked.who.fingerprint = "efgh";
  EXPECT_EQ(kicked_json(kicked),
            R"({"room":"lobby","name":"bob","fingerprint":"efgh","kicked":true})"
            "\n");
}

TEST(RoomsJson, HoldsTheKeysOfInvites) {
  EXPECT_EQ(invite_json(invite()),
            R"({"id":"0b","room":"lobby","status":"open","uses":2,"spent":1,"expires":null,)"
            R"("allow":["chat","files"],"created":")" +
                std::string(time_text) +
                R"(","revoked":false,"guests":[{"name":"bob","fingerprint":"efgh",)"
                R"("verified":true}]})"
                "\n");
  EXPECT_EQ(invites_json({}), "{\"invites\":[]}\n");
}

TEST(RoomsText, SaysWhoseAndHowManyAndWhatWaits) {
  auto room = lobby();
  EXPECT_EQ(rooms_text({{room}}, Style()), "lobby  of ? anna  0a\n");
  room.hosted = room.open = true;
  room.members = 1;
  room.waiting = 2;
  room.unread = 3;
  EXPECT_EQ(rooms_text({{room}}, Style()),
            "lobby  yours  open  1 member  2 messages waiting  3 unread  0a\n");
  room.tor_only = true;
  node::RoomDetails details{room, {}, 0, {"x.onion:4711"}, {}};
  details.people.push_back({"bob", "efgh", false, true, false, {}, std::nullopt});
  details.people.push_back({"carl", "ijkl", true, false, true, {}, std::nullopt});
  const std::string text = room_text(details, Style());
  EXPECT_NE(text.find("address      x.onion:4711\npromise      reached through Tor only\n"),
            std::string::npos);
  EXPECT_NE(rooms_text({{room}}, Style()).find("  open  Tor only  "), std::string::npos);
  EXPECT_NE(text.find("  ? bob  BLOCKED  efgh\n"), std::string::npos);
  EXPECT_NE(text.find("  \xe2\x9c\x93 carl  here  ijkl\n"), std::string::npos);
}

TEST(RoomsText, AnInviteIsALineWithItsGuestsBelow) {
  EXPECT_EQ(invites_text({{invite()}}, Style()),
            "0b  lobby  open  1 of 2 used  may chat,files\n  \xe2\x9c\x93 bob\n");
  auto bare = invite();
  bare.allow.clear();
  bare.guests.clear();
  EXPECT_EQ(invites_text({{bare}}, Style()), "0b  lobby  open  1 of 2 used  may nothing\n");
}

TEST(RoomsText, ShowsForeignTextWithoutHarm) {
  auto room = lobby();
  room.name = room.host = "x\x1b[31m\ny";
  for (const std::string& text :
       {rooms_text({{room}}, Style()), room_text({room, {}, 0, {"a\x1b"}, {}}, Style())}) {
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    EXPECT_EQ(text.find("\ny"), std::string::npos);
  }
}

}  // namespace
}  // namespace sotto::cli
