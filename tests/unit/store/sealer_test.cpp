#include "store/sealer.h"

#include <gtest/gtest.h>
#include <set>

#include "crypto/hash.h"
#include "support/mutations.h"
#include "support/seeded_entropy.h"

namespace sotto::store {
namespace {

class SealerTest : public testing::Test {
 protected:
  Sealer sealer(std::uint64_t key_seed = 2, std::uint64_t database_seed = 3) {
    SeededEntropy key(key_seed);
    SeededEntropy database(database_seed);
    const crypto::SymmetricKey store_key(key);
    return {store_key, crypto::SymmetricKey(key), DatabaseId::random(database), entropy_};
  }

  static std::optional<Bytes> opened(const Sealer& sealer, const Place& place,
                                     ByteView sealed) {
    Bytes out(sealed.size() - Sealer::overhead);
    if (!sealer.open(place, sealed, out)) return std::nullopt;
    return out;
  }

  SeededEntropy entropy_{1};
  Place place_{"messages", as_bytes("row key"), "body"};
  Bytes plaintext_ = to_bytes("what nobody else may read");
};

TEST_F(SealerTest, OpensWhatItSealed) {
  Sealer one = sealer();
  const Bytes sealed = one.seal(place_, plaintext_);
  EXPECT_EQ(sealed.size(), plaintext_.size() + Sealer::overhead);
  EXPECT_EQ(opened(sealer(), place_, sealed), plaintext_);
  EXPECT_EQ(opened(one, place_, one.seal(place_, {})), Bytes());
}

// The layout of docs/protocol.md's promise, put together by hand.
TEST_F(SealerTest, FollowsItsLayout) {
  SeededEntropy key_entropy(2);
  SeededEntropy database_entropy(3);
  const crypto::SymmetricKey store_key(key_entropy);
  const DatabaseId database = DatabaseId::random(database_entropy);
  const Bytes sealed = sealer().seal(place_, plaintext_);

  Bytes ad = to_bytes("sotto row 1");
  append(ad, database.view());
  append(ad, as_bytes("\x08messages\x07row key\x04"
                      "body"));
  crypto::Nonce24 nonce;
  std::copy_n(sealed.begin(), nonce.size(), nonce.begin());
  Bytes out(plaintext_.size());
  ASSERT_TRUE(crypto::xchacha20poly1305_decrypt(
      crypto::derive_key(store_key, "sotto store seal 1", database.view()), nonce, ad,
      ByteView(sealed).subspan(nonce.size()), out));
  EXPECT_EQ(out, plaintext_);
}

TEST_F(SealerTest, AValueOpensAtItsOwnPlaceOnly) {
  Sealer one = sealer();
  const Bytes sealed = one.seal(place_, plaintext_);
  EXPECT_FALSE(opened(one, {"message", as_bytes("srow key"), "body"}, sealed));
  EXPECT_FALSE(opened(one, {"messages", as_bytes("row kez"), "body"}, sealed));
  EXPECT_FALSE(opened(one, {"messages", as_bytes("row key"), "head"}, sealed));
  EXPECT_FALSE(opened(one, {"messages", as_bytes("row keyb"), "ody"}, sealed));
  EXPECT_FALSE(opened(sealer(2, 4), place_, sealed)) << "another database of the profile";
  EXPECT_FALSE(opened(sealer(5, 3), place_, sealed)) << "another profile";
}

TEST_F(SealerTest, AnotherKeyThanTheStoresOpensWhatItSealedOnly) {
  Sealer one = sealer();
  const crypto::SymmetricKey room(entropy_);
  const Bytes sealed = one.seal(room, place_, plaintext_);
  Bytes out(plaintext_.size());
  EXPECT_FALSE(opened(one, place_, sealed));
  ASSERT_TRUE(one.open(room, place_, sealed, out));
  EXPECT_EQ(out, plaintext_);
  EXPECT_FALSE(one.open(room, place_, one.seal(place_, plaintext_), out));
}

TEST_F(SealerTest, AnotherStoreKeyOpensNothingOfTheOneBefore) {
  Sealer one = sealer();
  const Bytes sealed = one.seal(place_, plaintext_);
  const BlindIndex index = one.index("contacts.name", as_bytes("Ada"));
  one.set_store_key(crypto::SymmetricKey(entropy_));
  EXPECT_FALSE(opened(one, place_, sealed));
  EXPECT_EQ(opened(one, place_, one.seal(place_, plaintext_)), plaintext_);
  EXPECT_EQ(one.index("contacts.name", as_bytes("Ada")), index);
}

TEST_F(SealerTest, EveryFlippedBitIsRefused) {
  Sealer one = sealer();
  for_each_flipped_bit(one.seal(place_, plaintext_),
                       [&](ByteView damaged) { EXPECT_FALSE(opened(one, place_, damaged)); });
}

TEST_F(SealerTest, NoNonceIsUsedTwice) {
  Sealer one = sealer();
  std::set<std::string> nonces;
  for (int i = 0; i < 10'000; ++i) {
    nonces.insert(to_string(ByteView(one.seal(place_, {})).first(24)));
  }
  EXPECT_EQ(nonces.size(), 10'000U);
}

TEST_F(SealerTest, AnIndexIsTheSameForTheSameColumnUnderTheSameKeyOnly) {
  const BlindIndex index = sealer().index("contacts.name", as_bytes("Ada"));
  EXPECT_EQ(sealer().index("contacts.name", as_bytes("Ada")), index);
  EXPECT_NE(sealer().index("contacts.name", as_bytes("Bob")), index);
  EXPECT_NE(sealer().index("rooms.name", as_bytes("Ada")), index);
  EXPECT_NE(sealer(5, 3).index("contacts.name", as_bytes("Ada")), index);
}

TEST_F(SealerTest, AMemoSaysWhatTheSealerSays) {
  const Sealer one = sealer();
  IndexMemo memo;
  std::vector<RoomId> rooms(200);
  for (RoomId& room : rooms) room = RoomId::random(entropy_);
  for (int round = 0; round < 2; ++round) {
    for (const RoomId& room : rooms) {
      EXPECT_EQ(memo.index(one, "rooms.id", room.view()), one.index("rooms.id", room.view()));
    }
  }
  const RoomId zero;
  EXPECT_EQ(memo.index(one, "rooms.id", zero.view()), one.index("rooms.id", zero.view()));
}

}  // namespace
}  // namespace sotto::store
