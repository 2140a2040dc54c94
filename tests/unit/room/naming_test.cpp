#include "room/naming.h"

#include "base/text.h"
#include "room/people.h"
#include "unit/room/testing.h"

namespace sotto::room {
namespace {

std::string repeat(const std::string& character, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += character;
  return out;
}

class NamingTest : public RoomTest {
 protected:
  // The free name for `wanted`, which is in use from then on.
  std::string take(const std::string& wanted) {
    const std::string name = must(free_name(us_.database, wanted));
    EXPECT_TRUE(is_name(name)) << name;
    add_room(us_, name);
    return name;
  }

  Household us_{entropy_, "anna"};
};

TEST_F(NamingTest, AFreeNameIsTakenAsItIs) {
  EXPECT_EQ(must(free_name(us_.database, "kitchen")), "kitchen");
  EXPECT_EQ(must(free_name(us_.database, "kitchen")), "kitchen");  // asking takes nothing
}

// Names come first where a target is looked for: none may stand for an address, a room's id or
// somebody's fingerprint.
TEST_F(NamingTest, WhatLeadsElsewhereIsNoNameFromElsewhere) {
  EXPECT_EQ(take("chat.example.org:4711"), "chat.example.org-4711");
  EXPECT_EQ(take("sotto:abc"), "sotto-abc");
  EXPECT_EQ(take("../inv"), "..-inv");
  EXPECT_EQ(take("9dc158442a7d27f5f22aec7974f0843a"), "9dc158442a7d27f5f22aec7974f0843a-1");
  const std::string print = crypto::to_string(crypto::fingerprint(us_.card()));
  EXPECT_EQ(take(print), print + "-1");
  EXPECT_EQ(take("cafe"), "cafe");
  EXPECT_EQ(take("xyz.onion"), "xyz.onion-1");
}

TEST_F(NamingTest, TheFirstFreeSuffixIsUsed) {
  EXPECT_EQ(take("kitchen"), "kitchen");
  EXPECT_EQ(take("kitchen"), "kitchen-2");
  EXPECT_EQ(take("kitchen"), "kitchen-3");
  EXPECT_EQ(take("kitchen-2"), "kitchen-2-2");
  for (int n = 4; n < 10; ++n) take("kitchen");
  EXPECT_EQ(take("kitchen"), "kitchen-10");
  EXPECT_EQ(take("Kitchen"), "Kitchen");  // another name
}

// A host may introduce thousands who are all called the same.
TEST_F(NamingTest, ManyOfOneNameAreToldApartQuickly) {
  for (int n = 1; n <= 300; ++n) {
    EXPECT_EQ(take("kitchen"), n == 1 ? "kitchen" : "kitchen-" + std::to_string(n));
  }
}

TEST_F(NamingTest, RoomsAndContactsShareTheirNames) {
  const Person bob(entropy_, "bob");
  must(meet(us_.database, bob.card, now_));
  EXPECT_EQ(take("bob"), "bob-2");
  EXPECT_EQ(must(meet(us_.database, Person(entropy_, "bob").card, now_)).name, "bob-3");
  EXPECT_EQ(must(free_name(us_.database, "bob-2")), "bob-2-2");
}

TEST_F(NamingTest, ASuffixFitsIntoTheLimit) {
  const std::string longest = repeat("x", name_limit);
  EXPECT_EQ(take(longest), longest);
  EXPECT_EQ(take(longest), repeat("x", name_limit - 2) + "-2");
  EXPECT_EQ(take(repeat("x", name_limit - 1)), repeat("x", name_limit - 1));
  for (int n = 3; n < 10; ++n) take(longest);
  EXPECT_EQ(take(longest), repeat("x", name_limit - 3) + "-10");
}

TEST_F(NamingTest, CharactersAreNeverCut) {
  const std::string three = "\u20ac";     // 3 bytes
  const std::string four = "\U0001f426";  // 4 bytes
  const std::string euros = repeat(three, 21) + "x";
  EXPECT_EQ(take(euros), euros);
  EXPECT_EQ(take(euros), repeat(three, 20) + "-2");
  const std::string birds = repeat(four, 16);
  EXPECT_EQ(take(birds), birds);
  EXPECT_EQ(take(birds), repeat(four, 15) + "-2");
}

TEST_F(NamingTest, NoSpaceIsLeftBeforeTheSuffix) {
  const std::string name = repeat("x", 59) + "   yz";
  EXPECT_EQ(take(name), name);
  EXPECT_EQ(take(name), repeat("x", 59) + "-2");
}

}  // namespace
}  // namespace sotto::room
