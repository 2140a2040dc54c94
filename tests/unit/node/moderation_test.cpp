#include "node/moderation.h"

#include "store/identities.h"
#include "unit/node/loops.h"

namespace sotto::node {
namespace {

class ModerationTest : public LoopsTest {
 protected:
  void open_room() {
    must(host(host_, "kitchen"));
    must(join(guest_, invite(anna_, "kitchen")));
    until([&] { return host_.presence() == Names{"+bob"}; });
    until([&] { return !guest_.all<LinkEvent>().empty(); });
  }
  template <class Reply, class Request>
  Reply ask(Async<Reply> (*method)(Agent&, Request), Request request) {
    return must(run(anna_, method(*anna_.agent, std::move(request))));
  }

  Client host_{anna_};
  Client guest_{bob_};
};

TEST_F(ModerationTest, AKickedMemberIsOutAtOnceAndToldSo) {
  open_room();
  const auto kicked = ask(static_cast<Async<KickReply> (*)(Agent&, KickRequest)>(kick),
                          KickRequest{"kitchen", "bob"});
  EXPECT_EQ(kicked.who.name, "bob");
  EXPECT_EQ(host_.presence(), (Names{"+bob", "-bob"}));
  until([&] { return guest_.ended().has_value(); });
  EXPECT_EQ(guest_.ended(), "room.not_a_member");
  must(join(guest_, named("kitchen")));
  until([&] { return guest_.ended() == "room.not_a_member"; });
}

TEST_F(ModerationTest, BlockingDoesTheSameUntilItIsTakenBack) {
  open_room();
  EXPECT_TRUE(ask(block_in_rooms, BlockRequest{"bob", true}).blocked);
  until([&] { return guest_.ended().has_value(); });
  EXPECT_EQ(guest_.ended(), "room.not_a_member");
  EXPECT_FALSE(ask(block_in_rooms, BlockRequest{"bob", false}).blocked);
  EXPECT_EQ(send(guest_, named("kitchen"), "hello").status, "delivered");
  until([&] { return host_.texts() == Names{"hello"}; });
}

TEST_F(ModerationTest, ANameAndAMarkChangeAtOnce) {
  open_room();
  ask(rename_in_rooms, RenameRequest{"bob", "robert"});
  ask(verify_in_rooms, VerifyRequest{"robert", own_card(bob_.profile).fingerprint});
  leave(guest_, "kitchen");
  until([&] { return host_.presence() == (Names{"+bob", "-robert"}); });
  EXPECT_TRUE(host_.all<MemberEvent>().back().verified);
}

TEST_F(ModerationTest, WhatIsOpenAndWhoIsHereIsShown) {
  open_room();
  using Rooms = Async<RoomsReply> (*)(Agent&, NoRequest);
  using Room = Async<RoomDetails> (*)(Agent&, RoomRequest);
  EXPECT_TRUE(ask(static_cast<Rooms>(list_rooms), NoRequest()).rooms.at(0).open);
  auto details = ask(static_cast<Room>(show_room), RoomRequest{"kitchen"});
  EXPECT_TRUE(details.room.open);
  EXPECT_TRUE(details.people.at(0).present);
  leave(guest_, "kitchen");
  until([&] { return host_.presence().size() == 2; });
  details = ask(static_cast<Room>(show_room), RoomRequest{"kitchen"});
  EXPECT_FALSE(details.people.at(0).present);
  EXPECT_TRUE(details.people.at(0).last_seen);
}

TEST_F(ModerationTest, ARoomIsClosedForAllWhoHoldItAndRemoved) {
  open_room();
  Client second(anna_);
  must(host(second, "kitchen"));
  using Close = Async<CloseReply> (*)(Agent&, RoomRequest);
  using Remove = Async<RoomInfo> (*)(Agent&, RoomRequest);
  EXPECT_TRUE(ask(static_cast<Close>(close_room), RoomRequest{"kitchen"}).was_open);
  EXPECT_EQ(host_.ended(), "");
  EXPECT_EQ(second.ended(), "");
  until([&] { return guest_.ended().has_value(); });
  EXPECT_EQ(guest_.ended(), "");
  EXPECT_FALSE(ask(static_cast<Close>(close_room), RoomRequest{"kitchen"}).was_open);
  must(host(host_, "kitchen"));
  EXPECT_EQ(ask(static_cast<Remove>(remove_room), RoomRequest{"kitchen"}).name, "kitchen");
  EXPECT_EQ(room_names(anna_.profile), Names{});
}

TEST_F(ModerationTest, ARoomForATimeWarnsAndEnds) {
  auto request = host_request("kitchen");
  request.ttl = milliseconds(400);
  must(run(anna_, anna_.agent->host(host_.id(), std::move(request))));
  must(join(guest_, invite(anna_, "kitchen")));
  until([&] { return guest_.ended().has_value() && host_.ended().has_value(); });
  for (const Client* client : {&host_, &guest_}) {
    EXPECT_EQ(client->ended(), "");
    ASSERT_FALSE(client->all<NoticeEvent>().empty());
    EXPECT_EQ(client->all<NoticeEvent>().back().code, "room.ending");
    EXPECT_EQ(client->all<ClosedEvent>().back().reason, "time is over");
  }
}

// The whole way out of a changed key: refused on both sides, resolved by removing the old
// contact, let in as somebody new.
TEST_F(ModerationTest, AMemberWithChangedKeysIsRefusedUntilResolved) {
  open_room();
  leave(guest_, "kitchen");
  until([&] { return host_.presence().size() == 2; });
  guest_.detach();
  // Bob's profile made anew under the old identity.
  store::OwnIdentity changed;
  changed.name = "bob";
  changed.keys = {crypto::Ed25519KeyPair::from(bob_.profile.keys().identity.secret.copy()),
                  crypto::X25519KeyPair::generate(system_entropy()),
                  crypto::SealKeyPair::from(bob_.profile.keys().seal.secret.copy())};
  Profile made = profile("other bob");
  must(store::Identities(made.database()).save(changed));
  Side other(profile("other bob"));
  Client again(other);
  const auto come = [&](const TargetRequest& target) {
    auto started = start(other, other.agent->join(again.id(), {copy(target), patience}));
    until([&] {
      other.runtime->loop().restart();
      other.runtime->loop().poll();
      return started.ended() && (again.ended() || !again.all<LinkEvent>().empty());
    });
  };
  come(invite(anna_, "kitchen"));
  EXPECT_EQ(again.ended(), "contact.key_changed");
  const auto errors = host_.all<ErrorEvent>();
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_EQ(errors[0].code, "contact.key_changed");
  EXPECT_NE(errors[0].text.find("sotto contacts remove"), std::string::npos);

  const auto forget = [&] {
    auto job = [&](store::Database&) { return remove_contact(anna_.profile, {"bob"}); };
    return run(anna_, anna_.runtime->store().run<ContactInfo>(std::move(job)));
  };
  EXPECT_EQ(error_of(forget()), "contact.in_use");
  ask(static_cast<Async<KickReply> (*)(Agent&, KickRequest)>(kick),
      KickRequest{"kitchen", "bob"});
  must(forget());
  Client anew(other);
  auto started =
      start(other, other.agent->join(anew.id(), {invite(anna_, "kitchen"), patience}));
  until([&] {
    other.runtime->loop().restart();
    other.runtime->loop().poll();
    return started.ended() && !anew.all<LinkEvent>().empty();
  });
  until([&] { return host_.presence().size() == 3; });
  EXPECT_EQ(host_.presence().back(), "+bob");
  EXPECT_FALSE(host_.all<MemberEvent>().back().verified);
}

}  // namespace
}  // namespace sotto::node
