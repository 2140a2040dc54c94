#include "room/following.h"

#include <algorithm>

#include "rendezvous/publishing.h"
#include "room/publishing.h"
#include "store/records.h"
#include "unit/room/testing.h"

namespace sotto::room {
namespace {

class Following : public RoomTest {
 protected:
  Following() { join(invite(host_, room_)); }

  void join(const wire::ConnectionFile& file) {
    secret_ = file.record_secret.copy();
    must(keep_connection(bob_.database, file, std::nullopt, now_));
  }
  wire::RendezvousRecord record(const wire::Reach& ways, std::uint64_t last_seq = 0) {
    return rendezvous::renewed(last_seq, whereabouts_of(ways, {}), now_);
  }
  // What a directory has of it.
  Bytes blob(const wire::RendezvousRecord& of) {
    const auto day = rendezvous::day_of(now_);
    return must(
        rendezvous::publish(of, host_.person.identity.identity, secret_, day, entropy_));
  }
  wire::Reach ways() {
    return must(
        wire::decode_reach(must(store::Rooms(bob_.database).by_id(room_.id))->reach.view()));
  }
  bool follows(const wire::RendezvousRecord& to) {
    return must(follow(bob_.database, room_.id, to)).has_value();
  }

  Household host_{entropy_, "anna"};
  Household bob_{entropy_, "bob"};
  store::RoomRow room_ = add_room(host_, "kitchen");
  crypto::SymmetricKey secret_;
};

TEST_F(Following, GoesWhereTheHostHasMoved) {
  auto search = must(search_for(bob_.database, room_.id, now_));
  ASSERT_TRUE(search.has_value());
  const auto published = record(reach("192.0.2.9"));
  must(search->offer(search->places().front(), blob(published)));
  const auto moved = must(follow(bob_.database, room_.id, *must(search->result())));
  ASSERT_TRUE(moved.has_value());
  EXPECT_EQ(ways().direct, reach("192.0.2.9").direct);
  EXPECT_EQ(must(wire::decode_reach(moved->view())).direct, reach("192.0.2.9").direct);
}

TEST_F(Following, AndStaysWhereItIsWhenNothingIsNew) {
  const auto same = record(reach("192.0.2.1"));
  EXPECT_FALSE(follows(same));
  EXPECT_TRUE(follows(record(reach("192.0.2.2"), same.seq)));
}

TEST_F(Following, NeverBackToAnOlderOne) {
  const auto older = record(reach("192.0.2.8"));
  const auto newer = record(reach("192.0.2.9"), older.seq);
  EXPECT_TRUE(follows(newer));
  const auto refused = follow(bob_.database, room_.id, older);
  ASSERT_FALSE(refused.has_value());
  EXPECT_TRUE(refused.error().is(rendezvous::Errc::rolled_back));
  EXPECT_EQ(ways().direct, reach("192.0.2.9").direct);
  // Nor is it looked at by the next search, in whatever process.
  bob_.database = bob_.reopen(entropy_);
  auto search = must(search_for(bob_.database, room_.id, now_));
  must(search->offer(search->places().front(), blob(older)));
  EXPECT_TRUE(search->result().error().is(rendezvous::Errc::rolled_back));
  // The same again is no older one.
  auto again = must(search_for(bob_.database, room_.id, now_));
  must(again->offer(again->places().front(), blob(newer)));
  EXPECT_EQ(must(again->result())->seq, newer.seq);
}

TEST_F(Following, AnOldConnectionFileIsCorrectedAgain) {
  const auto file = invite(host_, room_);
  join(file);
  const auto published = record(reach("192.0.2.9"));
  EXPECT_TRUE(follows(published));
  join(file);  // its addresses are those of before
  EXPECT_EQ(ways().direct, reach("192.0.2.1").direct);
  EXPECT_TRUE(follows(published));
  EXPECT_EQ(ways().direct, reach("192.0.2.9").direct);
}

TEST_F(Following, KeepsTheKeyOfTheOnionService) {
  auto row = *must(store::Rooms(bob_.database).by_id(room_.id));
  wire::Reach before;
  before.onion = wire::OnionAddress{onion_host, 1, crypto::X25519SecretKey(entropy_)};
  const auto key = before.onion->client_auth_key->copy();
  row.reach = wire::encode(before);
  must(store::Rooms(bob_.database).put(row));
  wire::Reach after;
  after.onion = wire::OnionAddress{onion_host, 9735, std::nullopt};
  EXPECT_TRUE(follows(record(after)));
  const auto now = ways();
  ASSERT_TRUE(now.onion && now.onion->client_auth_key);
  EXPECT_EQ(now.onion->port, 9735);
  EXPECT_TRUE(std::ranges::equal(now.onion->client_auth_key->view(), key.view()));
}

TEST_F(Following, APromiseOfTorHoldsWhateverTheRecordSays) {
  auto row = *must(store::Rooms(bob_.database).by_id(room_.id));
  row.tor_only = true;
  wire::Reach before;
  before.tor_only = true;
  before.onion = wire::OnionAddress{onion_host, 1, std::nullopt};
  row.reach = wire::encode(before);
  must(store::Rooms(bob_.database).put(row));
  EXPECT_FALSE(follows(record(reach("192.0.2.9")))) << "no way that may be gone";
  EXPECT_TRUE(ways().onion.has_value());
  auto both = reach("192.0.2.9");
  both.onion = wire::OnionAddress{onion_host, 2, std::nullopt};
  EXPECT_TRUE(follows(record(both, static_cast<std::uint64_t>(unix_ms(now_)))));
  EXPECT_TRUE(ways().direct.empty());
  EXPECT_EQ(ways().onion->port, 2);
  EXPECT_TRUE(ways().tor_only);
}

TEST_F(Following, WithoutARoomOrASecretThereIsNothingToLookFor) {
  EXPECT_FALSE(must(search_for(bob_.database, RoomId(), now_)).has_value());
  EXPECT_FALSE(must(search_for(host_.database, room_.id, now_)).has_value());
  auto row = *must(store::Rooms(bob_.database).by_id(room_.id));
  row.record_secret.reset();
  must(store::Rooms(bob_.database).put(row));
  EXPECT_FALSE(must(search_for(bob_.database, room_.id, now_)).has_value());
  EXPECT_FALSE(follows(record(reach("192.0.2.9"))));
}

}  // namespace
}  // namespace sotto::room
