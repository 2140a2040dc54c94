#include "node/queries.h"

#include "node/rendering.h"
#include "room/delivery.h"
#include "room/people.h"
#include "store/messages.h"
#include "support/people.h"
#include "unit/node/testing.h"

namespace sotto::node {
namespace {

class QueriesTest : public NodeTest {
 protected:
  QueriesTest() : anna_(must(Access::open(profile_options(dir_ / "anna", "anna")))) {}

  Profile& profile() { return *anna_.profile(); }

  void say(const store::RoomRow& room, const std::string& text) {
    must(room::compose(profile().database(), room, profile().keys().identity, text,
                       MessageId::random(entropy_), wall_now()));
  }
  void hear(const store::RoomRow& room, const Person& author, const std::string& text) {
    wire::Message message{
        MessageId::random(entropy_), author.card.identity_pk, wall_now(), text, {}};
    wire::sign_message(message, room.id, author.identity.identity);
    must(room::meet(profile().database(), author.card, wall_now()));
    must(room::accept(profile().database(), room.id, message, wall_now()));
  }
  HistoryOptions of(const std::string& who) {
    HistoryOptions options;
    options.who = who;
    return options;
  }
  static std::vector<std::string> texts(const std::vector<HistoryEntry>& entries) {
    std::vector<std::string> out;
    for (const auto& entry : entries) out.push_back(entry.text);
    return out;
  }

  SeededEntropy entropy_{1};
  Access anna_;
};

TEST_F(QueriesTest, OneKnowsOneself) {
  const OwnCard card = must(own_card(anna_));
  EXPECT_EQ(card.name, "anna");
  EXPECT_EQ(card.fingerprint, crypto::to_string(crypto::fingerprint(profile().card())));
  EXPECT_TRUE(card.card.starts_with("sotto-card:"));
}

TEST_F(QueriesTest, HistoryTellsWhoSaidWhat) {
  const Person bob(entropy_, "bob");
  const auto room = add_room(profile(), "kitchen");
  say(room, "hello");
  hear(room, bob, "hi");
  const auto entries = must(history(anna_, of("kitchen")));
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].text, "hello");
  EXPECT_TRUE(entries[0].own);
  EXPECT_TRUE(entries[0].verified);
  EXPECT_EQ(entries[0].name, "anna");
  EXPECT_EQ(entries[0].from, must(own_card(anna_)).fingerprint);
  EXPECT_EQ(entries[0].stage, "queued");
  EXPECT_EQ(entries[1].text, "hi");
  EXPECT_FALSE(entries[1].own);
  EXPECT_FALSE(entries[1].verified);
  EXPECT_EQ(entries[1].name, "bob");
  EXPECT_EQ(entries[1].from, crypto::to_string(crypto::fingerprint(bob.card)));
  EXPECT_EQ(entries[1].stage, "delivered");
}

TEST_F(QueriesTest, HistoryMayBeLimited) {
  const auto room = add_room(profile(), "kitchen");
  for (const std::string& text :
       {std::string("one"), std::string("two"), std::string("three")}) {
    say(room, text);
  }
  auto options = of("kitchen");
  options.limit = 2;
  EXPECT_EQ(texts(must(history(anna_, options))), (Names{"two", "three"}));
  options.since = wall_now() + std::chrono::hours(1);
  EXPECT_TRUE(must(history(anna_, options)).empty());
}

TEST_F(QueriesTest, ARoomIsFoundByItsHost) {
  Profile bob = NodeTest::profile("bob");
  add_room(bob, "cellar");
  must(import_file(anna_, export_to(bob, "cellar", "file"), no_passphrase(), std::nullopt));
  EXPECT_TRUE(history(anna_, of("cellar")));
  EXPECT_TRUE(history(anna_, of("bob")));
  EXPECT_EQ(error_of(history(anna_, of("nobody"))), "room.unknown");
}

TEST_F(QueriesTest, ForgottenPeopleLeaveTheirWords) {
  const Person bob(entropy_, "bob");
  const auto room = add_room(profile(), "kitchen");
  hear(room, bob, "hi");
  must(store::Contacts(profile().database()).remove(crypto::fingerprint(bob.card)));
  const auto entries = must(history(anna_, of("kitchen")));
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].text, "hi");
  EXPECT_EQ(entries[0].name, "");
}

}  // namespace
}  // namespace sotto::node
