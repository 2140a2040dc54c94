#include "store/contacts.h"

#include "unit/store/testing.h"

namespace sotto::store {
namespace {

class ContactsTest : public StoreTest {
 protected:
  static void expect_same(const std::optional<ContactRow>& found, const ContactRow& row) {
    ASSERT_TRUE(found);
    EXPECT_EQ(found->fingerprint, row.fingerprint);
    EXPECT_EQ(found->identity_pk, row.identity_pk);
    EXPECT_EQ(found->card, row.card);
    EXPECT_EQ(found->name, row.name);
    EXPECT_EQ(found->verified, row.verified);
    EXPECT_EQ(found->blocked, row.blocked);
    EXPECT_EQ(found->added, row.added);
  }

  Database database_ = open();
  Contacts contacts_{database_};
};

TEST_F(ContactsTest, AreFoundByEachOfTheirNames) {
  ContactRow ada = contact_row("Ada");
  ada.blocked = true;
  must(contacts_.put(ada));
  must(contacts_.put(contact_row("Bob")));
  expect_same(must(contacts_.by_identity(ada.identity_pk)), ada);
  expect_same(must(contacts_.by_fingerprint(ada.fingerprint)), ada);
  expect_same(must(contacts_.by_name("Ada")), ada);
  EXPECT_FALSE(must(contacts_.by_name("ada")));
  EXPECT_FALSE(must(contacts_.by_identity(author_)));
  EXPECT_FALSE(must(contacts_.by_fingerprint(crypto::Fingerprint())));
}

TEST_F(ContactsTest, PutReplacesTheRowOfTheSameIdentity) {
  ContactRow ada = contact_row("Ada");
  must(contacts_.put(ada));
  must(contacts_.put(contact_row("Bob")));
  const crypto::Fingerprint before = ada.fingerprint;
  ada.name = "Ada at work";
  ada.fingerprint = crypto::Fingerprint::random(entropy_);
  ada.verified = false;
  must(contacts_.put(ada));
  expect_same(must(contacts_.by_identity(ada.identity_pk)), ada);
  EXPECT_FALSE(must(contacts_.by_name("Ada")));
  EXPECT_FALSE(must(contacts_.by_fingerprint(before)));
  const auto all = must(contacts_.all());
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].name, "Ada at work");
  EXPECT_EQ(all[1].name, "Bob");
}

TEST_F(ContactsTest, ANameBelongsToOne) {
  const ContactRow ada = contact_row("Ada");
  must(contacts_.put(ada));
  must(contacts_.put(ada));
  expect_failed(contacts_.put(contact_row("Ada")), Errc::name_taken);
  EXPECT_EQ(must(contacts_.all()).size(), 1U);
  must(contacts_.remove(ada.fingerprint));
  must(contacts_.put(contact_row("Ada")));
}

TEST_F(ContactsTest, RemoveTakesOneOrNone) {
  const ContactRow ada = contact_row("Ada");
  must(contacts_.put(ada));
  must(contacts_.put(contact_row("Bob")));
  must(contacts_.remove(ada.fingerprint));
  must(contacts_.remove(ada.fingerprint));
  const auto all = must(contacts_.all());
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].name, "Bob");
}

}  // namespace
}  // namespace sotto::store
