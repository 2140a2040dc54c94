#include "node/people.h"

#include "node/rooms.h"
#include "room/people.h"
#include "store/members.h"
#include "unit/node/testing.h"

namespace sotto::node {
namespace {

class PeopleTest : public NodeTest {
 protected:
  // Makes anna know somebody of this name.
  std::string meet(const std::string& name) {
    const auto card = profile(name).card();
    must(room::meet(anna_.database(), card, wall_now()));
    return crypto::to_string(crypto::fingerprint(card));
  }
  void add_member(const store::RoomRow& room, const std::string& who) {
    store::MemberRow row;
    row.room = room.id;
    row.identity_pk = must(find_contact(anna_.database(), who)).identity_pk;
    row.tag = LinkRef::random(system_entropy());
    must(store::Members(anna_.database()).put(row));
  }

  Profile anna_ = profile("anna");
};

TEST_F(PeopleTest, AreFoundByNameAndByFingerprint) {
  const std::string fingerprint = meet("bob");
  for (const std::string& who : {std::string("bob"), fingerprint}) {
    const auto shown = must(show_contact(anna_, {who}));
    EXPECT_EQ(shown.name, "bob");
    EXPECT_EQ(shown.fingerprint, fingerprint);
    EXPECT_EQ(shown.safety_number.size(), 71U);
  }
  EXPECT_EQ(error_of(show_contact(anna_, {"carl"})), "contact.unknown");
  EXPECT_EQ(error_of(show_contact(anna_, {own_card(anna_).fingerprint})), "contact.unknown");
  EXPECT_TRUE(must(list_contacts(anna_, {})).contacts.at(0).safety_number.empty());
}

TEST_F(PeopleTest, APromiseToUseTorIsShown) {
  meet("bob");
  EXPECT_FALSE(must(show_contact(anna_, {"bob"})).tor_only);
  auto contact = must(find_contact(anna_.database(), "bob"));
  contact.tor_only = true;
  must(store::Contacts(anna_.database()).put(contact));
  EXPECT_TRUE(must(show_contact(anna_, {"bob"})).tor_only);
}

TEST_F(PeopleTest, ANewNameMustBeFree) {
  meet("bob");
  meet("carl");
  add_room(anna_, "kitchen");
  EXPECT_EQ(must(rename_contact(anna_, {"bob", "robert"})).name, "robert");
  EXPECT_EQ(must(rename_contact(anna_, {"robert", "robert"})).name, "robert");
  EXPECT_EQ(error_of(rename_contact(anna_, {"robert", "carl"})), "store.name_taken");
  EXPECT_EQ(error_of(rename_contact(anna_, {"robert", "kitchen"})), "store.name_taken");
  EXPECT_EQ(error_of(rename_contact(anna_, {"robert", " x"})), "name.invalid");
  EXPECT_EQ(error_of(rename_contact(anna_, {"bob", "x"})), "contact.unknown");
  EXPECT_EQ(contact_names(anna_), (Names{"robert", "carl"}));
}

TEST_F(PeopleTest, OnlyTheRightFingerprintVerifies) {
  const std::string bob = meet("bob");
  const std::string carl = meet("carl");
  EXPECT_EQ(error_of(verify_contact(anna_, {"bob", carl})), "identity.fingerprint");
  EXPECT_EQ(error_of(verify_contact(anna_, {"bob", "bob"})), "fingerprint.syntax");
  EXPECT_FALSE(must(show_contact(anna_, {"bob"})).verified);
  EXPECT_TRUE(must(verify_contact(anna_, {"bob", bob})).verified);
  EXPECT_TRUE(must(show_contact(anna_, {"bob"})).verified);
  EXPECT_FALSE(must(show_contact(anna_, {"carl"})).verified);
}

TEST_F(PeopleTest, BlockingIsTakenBack) {
  meet("bob");
  EXPECT_TRUE(must(block_contact(anna_, {"bob", true})).blocked);
  EXPECT_TRUE(must(show_contact(anna_, {"bob"})).blocked);
  EXPECT_FALSE(must(block_contact(anna_, {"bob", false})).blocked);
}

TEST_F(PeopleTest, WhoBelongsToARoomIsNotRemoved) {
  meet("bob");
  add_member(add_room(anna_, "kitchen"), "bob");
  const auto refused = remove_contact(anna_, {"bob"});
  EXPECT_EQ(error_of(refused), "contact.in_use");
  EXPECT_NE(refused.error().text().find("(kitchen)"), std::string::npos);
  EXPECT_EQ(must(show_contact(anna_, {"bob"})).member_of, Names{"kitchen"});
  must(kick(anna_, {"kitchen", "bob"}));
  EXPECT_EQ(must(show_contact(anna_, {"bob"})).member_of, Names{});
  EXPECT_EQ(must(remove_contact(anna_, {"bob"})).name, "bob");
  EXPECT_EQ(contact_names(anna_), Names{});
}

TEST_F(PeopleTest, WhoHostsARoomIsNotRemoved) {
  Profile bob = profile("bob");
  add_room(bob, "attic");
  auto access = must(Access::open(profile_options(dir_ / "anna")));
  must(import_file(access, export_to(bob, "attic", "file"), no_passphrase(), std::nullopt));
  EXPECT_EQ(error_of(remove_contact(anna_, {"bob"})), "contact.in_use");
  EXPECT_EQ(must(show_contact(anna_, {"bob"})).hosts, Names{"attic"});
  must(remove_room(anna_, {"attic"}));
  must(remove_contact(anna_, {"bob"}));
}

}  // namespace
}  // namespace sotto::node
