#include "store/identities.h"

#include "unit/store/testing.h"

namespace sotto::store {
namespace {

class IdentitiesTest : public StoreTest {};

TEST_F(IdentitiesTest, NoneAtFirst) {
  Database database = open();
  EXPECT_FALSE(must(Identities(database).load()));
}

TEST_F(IdentitiesTest, ComesBackFromDisk) {
  const OwnIdentity saved{crypto::Identity::generate(entropy_), "Ada"};
  {
    Database database = open();
    must(Identities(database).save({crypto::Identity::generate(entropy_), "first"}));
    must(Identities(database).save(saved));
  }
  Database database = open();
  const auto loaded = must(Identities(database).load());
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->name, "Ada");
  EXPECT_EQ(loaded->keys.identity.public_key, saved.keys.identity.public_key);
  EXPECT_EQ(loaded->keys.static_key.public_key, saved.keys.static_key.public_key);
  EXPECT_EQ(loaded->keys.seal.public_key, saved.keys.seal.public_key);
  EXPECT_EQ(to_bytes(loaded->keys.identity.secret.view()),
            to_bytes(saved.keys.identity.secret.view()));
}

TEST_F(IdentitiesTest, AStoreInUseHasLostItsIdentityAndIsNotNew) {
  Database database = open();
  must(Identities(database).save({crypto::Identity::generate(entropy_), "Ada"}));
  must(Contacts(database).put(contact_row("Bob")));
  RawSqlite(file()).run("DELETE FROM identity");
  expect_failed(Identities(database).load(), Errc::damaged);
}

}  // namespace
}  // namespace sotto::store
