// Visits of bob to a room that anna has open, each owner on a loop of its own.
#include "node/open_visit.h"

#include <cstdlib>

#include "node/open_target.h"
#include "support/people.h"
#include "unit/node/loops.h"
#include "wire/card.h"

namespace sotto::node {
namespace {

class OpenVisitTest : public LoopsTest {
 protected:
  // Before any room is listed: in this test's own folder.
  OpenVisitTest() { ::setenv("XDG_RUNTIME_DIR", dir_.path().c_str(), 1); }

  // Opens anna's kitchen and returns its address.
  std::string open(const std::string& password = "") {
    HostRequest request = host_request("kitchen");
    request.open = true;
    if (!password.empty()) request.password = Secret(as_bytes(password));
    must(run(anna_, anna_.agent->host(host_.id(), std::move(request))));
    return host_.all<ReadyEvent>().at(0).routes.at(0).address;
  }
  Result<PeekReply> peek(const std::string& address, const std::string& password = "",
                         const std::optional<std::string>& room_id = std::nullopt) {
    PeekRequest request;
    request.addresses = {address};
    request.room_id = room_id;
    if (!password.empty()) request.password = Secret(as_bytes(password));
    return run(bob_, peek_open_room(*bob_.runtime, std::move(request)));
  }
  OpenRequest to(const std::string& address, const crypto::Card& card) {
    OpenRequest request;
    request.addresses = {address};
    request.card = wire::encode(card);
    return request;
  }
  Result<TargetRequest> enter(OpenRequest request) {
    return run(bob_, enter_open_room(*bob_.runtime, std::move(request), TorRequest(), seconds(10)));
  }
  const crypto::Card& anna() { return anna_.runtime->profile().card(); }
  Names rooms_of_bob() {
    auto job = [](store::Database& database) -> Result<Names> {
      Names names;
      for (const auto& room : must(store::Rooms(database).all())) names.push_back(room.name);
      return names;
    };
    return must(run(bob_, bob_.runtime->store().run<Names>(std::move(job))));
  }

  Client host_{anna_};
};

TEST_F(OpenVisitTest, ALookTellsWhoIsThereAndKeepsNothing) {
  const auto seen = must(peek(open()));
  EXPECT_EQ(seen.name, "anna");
  EXPECT_EQ(seen.fingerprint, crypto::to_string(crypto::fingerprint(anna())));
  EXPECT_EQ(must(wire::decode_card(seen.card)), anna());
  EXPECT_FALSE(seen.known);
  EXPECT_FALSE(seen.verified);
  EXPECT_TRUE(rooms_of_bob().empty());
  EXPECT_TRUE(host_.all<LinkEvent>().empty());
}

TEST_F(OpenVisitTest, EnteringKeepsTheRoomAndAnnouncesNobody) {
  const std::string address = open();
  const auto target = must(enter(to(address, anna())));
  EXPECT_EQ(target.name, "kitchen");
  EXPECT_FALSE(target.open);
  EXPECT_EQ(rooms_of_bob(), Names{"kitchen"});
  EXPECT_TRUE(host_.presence().empty());
  const auto again = must(peek(address));
  EXPECT_TRUE(again.known);
  EXPECT_FALSE(again.verified);
}

TEST_F(OpenVisitTest, AComparedHostIsVerified) {
  const std::string address = open();
  OpenRequest request = to(address, anna());
  request.verified = true;
  must(enter(std::move(request)));
  EXPECT_TRUE(must(peek(address)).verified);
}

TEST_F(OpenVisitTest, AnotherCardThanTheOneAgreedToEntersNothing) {
  const std::string address = open();
  EXPECT_EQ(error_of(enter(to(address, Person(system_entropy(), "anna").card))),
            "session.other_card");
  EXPECT_TRUE(rooms_of_bob().empty());
}

TEST_F(OpenVisitTest, AnotherRoomThanTheOneNamedIsNotKept) {
  OpenRequest request = to(open(), anna());
  request.room_id = std::string(32, 'a');
  EXPECT_EQ(error_of(enter(std::move(request))), "session.protocol");
  EXPECT_TRUE(rooms_of_bob().empty());
}

TEST_F(OpenVisitTest, ThePasswordIsNormalizedOnBothSides) {
  const std::string address = open("caf\u00e9");
  EXPECT_EQ(error_of(peek(address)), "session.not_open");
  EXPECT_EQ(error_of(peek(address, "cafe")), "session.wrong_password");
  EXPECT_EQ(must(peek(address, "cafe\u0301")).name, "anna");
  EXPECT_EQ(error_of(peek(address, "\xff")), "password.invalid");
}

TEST_F(OpenVisitTest, AClosedRoomIsNotOpen) {
  must(host(host_, "kitchen"));
  EXPECT_EQ(error_of(peek(host_.all<ReadyEvent>().at(0).routes.at(0).address)),
            "session.not_open");
}

TEST_F(OpenVisitTest, RequestsThatMakeNoSenseAreRefused) {
  EXPECT_EQ(error_of(peek("nowhere")), "rpc.params");
  EXPECT_EQ(error_of(peek("host:0")), "target.address");
  EXPECT_EQ(error_of(peek("x.onion:80")), "tor.onion.length");
  EXPECT_EQ(error_of(peek("127.0.0.1:1", "", "abc")), "rpc.params");
  PeekRequest none;
  EXPECT_EQ(error_of(run(bob_, peek_open_room(*bob_.runtime, std::move(none)))), "rpc.params");
  OpenRequest no_card = to("127.0.0.1:1", anna());
  no_card.card = to_bytes("no card");
  EXPECT_EQ(error_of(enter(std::move(no_card))), "wire.malformed");
}

TEST_F(OpenVisitTest, AProfileDoesNotEnterItsOwnRoom) {
  const std::string address = open();
  PeekRequest request;
  request.addresses = {address};
  EXPECT_EQ(error_of(run(anna_, peek_open_room(*anna_.runtime, std::move(request)))),
            "room.own");
}

TEST_F(OpenVisitTest, ARoomIsListedWhileItIsOpen) {
  open();
  const std::string id = host_.all<ReadyEvent>().at(0).room_id.value();
  const auto listed = must(open_target(id));
  ASSERT_TRUE(listed);
  EXPECT_EQ(listed->addresses, (Names{host_.all<ReadyEvent>()[0].routes[0].address}));
  EXPECT_EQ(listed->room_id, id);
  leave(host_, "kitchen");
  until([&] { return host_.ended().has_value(); });
  EXPECT_TRUE(must(open_target(id))->addresses.empty());
}

TEST_F(OpenVisitTest, WhoeverAttachesCannotChangeTheDoor) {
  open();
  Client second(anna_);
  must(host(second, "kitchen"));  // says nothing of the door
  HostRequest request = host_request("kitchen");
  request.password = Secret(as_bytes("tea"));
  EXPECT_EQ(error_of(run(anna_, anna_.agent->host(second.id(), std::move(request)))),
            "room.open_already");
}

}  // namespace
}  // namespace sotto::node
