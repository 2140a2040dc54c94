#include "room/people.h"

#include "unit/room/testing.h"
#include "wire/card.h"

namespace sotto::room {
namespace {

class PeopleTest : public RoomTest {
 protected:
  Result<store::ContactRow> meet_again(const crypto::Card& card) {
    return in_transaction(us_.database, [&] { return meet(us_.database, card, now_); });
  }

  Household us_{entropy_, "anna"};
  Person bob_{entropy_, "bob"};
};

TEST_F(PeopleTest, ANewCardBecomesAContact) {
  const auto row = must(meet_again(bob_.card));
  EXPECT_EQ(row.name, "bob");
  EXPECT_EQ(row.fingerprint, crypto::fingerprint(bob_.card));
  EXPECT_EQ(row.identity_pk, bob_.card.identity_pk);
  EXPECT_EQ(must(wire::decode_card(row.card)), bob_.card);
  EXPECT_EQ(row.added, now_);
  EXPECT_FALSE(row.verified);
  EXPECT_FALSE(row.blocked);
  EXPECT_TRUE(must(store::Contacts(us_.database).by_name("bob")));
}

TEST_F(PeopleTest, WhoIsKnownStaysAsTheyAre) {
  auto row = must(meet_again(bob_.card));
  row.name = "Robert";
  row.verified = true;
  must(store::Contacts(us_.database).put(row));
  now_ = at_ms(9000);
  // Under whatever name they come: ours for them stands.
  const auto renamed = crypto::make_card(bob_.identity, "The Boss");
  for (const auto& card : {bob_.card, renamed}) {
    const auto again = must(meet_again(card));
    EXPECT_EQ(again.name, "Robert");
    EXPECT_TRUE(again.verified);
    EXPECT_EQ(again.added, at_ms(1000));
  }
  EXPECT_EQ(contact_names(us_), Names{"Robert"});
}

TEST_F(PeopleTest, NamesakesAreToldApart) {
  must(meet_again(bob_.card));
  EXPECT_EQ(must(meet_again(Person(entropy_, "bob").card)).name, "bob-2");
  EXPECT_EQ(must(meet_again(Person(entropy_, "bob").card)).name, "bob-3");
  EXPECT_EQ(must(meet_again(bob_.card)).name, "bob");
}

TEST_F(PeopleTest, ChangedKeysAreRefusedAndChangeNothing) {
  must(meet_again(bob_.card));
  const crypto::Identity other_seal{
      crypto::Ed25519KeyPair::from(bob_.identity.identity.secret.copy()),
      bob_.identity.static_key.copy(), crypto::SealKeyPair::generate(entropy_)};
  for (const auto& card :
       {with_other_static_key(bob_, entropy_), crypto::make_card(other_seal, bob_.card.name)}) {
    const auto refused = meet_again(card);
    EXPECT_EQ(error_of(refused), "contact.key_changed");
    EXPECT_EQ(refused.error().kind(), Kind::identity);
    EXPECT_NE(refused.error().text().find("bob"), std::string::npos);
  }
  const auto all = must(store::Contacts(us_.database).all());
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(must(wire::decode_card(all[0].card)), bob_.card);
}

}  // namespace
}  // namespace sotto::room
