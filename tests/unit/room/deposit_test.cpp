// Against tests/reference/offline_reference.py.
#include "room/deposit.h"

#include <map>

#include "base/big_endian.h"
#include "paths.h"
#include "support/mutations.h"
#include "unit/crypto/testing.h"
#include "unit/room/testing.h"
#include "wire/limits.h"

namespace sotto::room {
namespace {

class DepositTest : public RoomTest {
 protected:
  store::ChainRow fresh() const { return derive_chain(exporter_, ChainDirection::to_joiner); }
  std::vector<Bytes> seal(store::ChainRow& chain, ByteView content) {
    return seal_deposits(chain, mailbox_, content, entropy_);
  }
  // What a reader of a fresh chain makes of the deposits.
  std::optional<Bytes> read(const std::vector<Bytes>& deposits) const {
    store::ChainRow chain = fresh();
    Bytes content;
    for (const Bytes& deposit : deposits) {
      const auto index = index_of(chain, mailbox_, deposit);
      if (!index) return std::nullopt;
      const auto part = open_deposit(*take_key(chain, *index), mailbox_, deposit);
      if (!part || part->parts != deposits.size()) return std::nullopt;
      append(content, part->bytes);
    }
    return content;
  }
  Bytes text(std::size_t length) {
    Bytes out(length);
    entropy_.fill(out);
    return out;
  }

  crypto::SymmetricKey exporter_{entropy_};
  crypto::Ed25519PublicKey mailbox_ = crypto::Ed25519PublicKey::random(entropy_);
};

TEST_F(DepositTest, IsTheReferences) {
  const auto json = test::read_json(SOTTO_TEST_DATA "/offline-reference.json");
  ASSERT_TRUE(json);
  for (const Json& vector : test::array_of(*json, "vectors")) {
    const auto exporter =
        test::key_from_hex<crypto::SymmetricKey>(test::text_of(vector, "exporter"));
    const auto direction = static_cast<ChainDirection>(*vector.find("direction")->integer());
    const auto mailbox =
        test::key_from_hex<crypto::Ed25519PublicKey>(test::text_of(vector, "mailbox"));
    store::ChainRow chain = derive_chain(exporter, direction);
    EXPECT_EQ(to_hex(chain.id.view()), test::text_of(vector, "id"));
    EXPECT_EQ(to_hex(chain.header_key.view()), test::text_of(vector, "header_key"));
    for (const Json& one : test::array_of(vector, "deposits")) {
      const Bytes deposit = test::hex_of(one, "deposit");
      const auto index = index_of(chain, mailbox, deposit);
      ASSERT_EQ(index, *one.find("index")->integer());
      const auto part = open_deposit(*take_key(chain, *index), mailbox, deposit);
      ASSERT_TRUE(part);
      EXPECT_EQ(part->part, *one.find("part")->integer());
      EXPECT_EQ(part->parts, *one.find("parts")->integer());
      EXPECT_EQ(part->bytes, test::hex_of(one, "content"));
    }
    EXPECT_EQ(to_hex(chain.key.view()), test::text_of(vector, "key_after"));
  }
}

// What a relay sees has one of four sizes, whatever was said.
TEST_F(DepositTest, LongMessagesComeInPartsOfFourSizes) {
  const std::pair<std::size_t, std::vector<std::size_t>> cases[] = {
      {1, {512}},
      {448, {512}},
      {449, {4096}},
      {4032, {4096}},
      {16'320, {16384}},
      {16'321, {65535}},
      {65'471, {65535}},
      {65'472, {65535, 512}},
      {wire::room_frame_limit + 1000, std::vector<std::size_t>(16, 65535)}};
  for (const auto& [length, expected] : cases) {
    store::ChainRow chain = fresh();
    const Bytes content = text(length);
    const auto deposits = seal(chain, content);
    std::vector<std::size_t> sizes;
    for (const Bytes& deposit : deposits) sizes.push_back(deposit.size());
    if (length > wire::message_text_limit) sizes.pop_back();
    EXPECT_EQ(sizes, expected) << length;
    EXPECT_EQ(chain.next, deposits.size());
    EXPECT_EQ(read(deposits), content) << length;
  }
}

TEST_F(DepositTest, TheSameWordsNeverLookTheSame) {
  store::ChainRow chain = fresh();
  std::map<Bytes, int> beginnings;
  for (int i = 0; i < 1000; ++i) {
    const Bytes deposit = seal(chain, to_bytes("again")).front();
    for (std::size_t at = 0; at + 16 <= 96; at += 16) {
      const ByteView piece = ByteView(deposit).subspan(at, 16);
      EXPECT_EQ(beginnings[to_bytes(piece)]++, 0);
    }
  }
}

TEST_F(DepositTest, EveryFlippedBitIsSeen) {
  store::ChainRow chain = fresh();
  const Bytes deposit = seal(chain, to_bytes("hello")).front();
  ASSERT_TRUE(read({deposit}));
  for_each_flipped_bit(deposit,
                       [&](ByteView damaged) { EXPECT_FALSE(read({to_bytes(damaged)})); });
  for_each_truncation(deposit,
                      [&](ByteView cut) { EXPECT_FALSE(index_of(chain, mailbox_, cut)); });
}

TEST_F(DepositTest, BelongsToOneMailboxChainAndIndex) {
  store::ChainRow chain = fresh();
  const auto deposits = seal(chain, to_bytes("hello"));
  const Bytes& deposit = deposits.front();
  const auto other_mailbox = crypto::Ed25519PublicKey::random(entropy_);
  EXPECT_FALSE(index_of(chain, other_mailbox, deposit));
  store::ChainRow other = derive_chain(exporter_, ChainDirection::to_host);
  EXPECT_FALSE(index_of(other, mailbox_, deposit));
  store::ChainRow reader = fresh();
  const auto key = take_key(reader, 0);
  EXPECT_TRUE(open_deposit(*key, mailbox_, deposit));
  EXPECT_FALSE(open_deposit(*key, other_mailbox, deposit));
  EXPECT_FALSE(open_deposit(*take_key(reader, 1), mailbox_, deposit));
  // The header of one on the body of another.
  const Bytes next = seal(chain, to_bytes("hello")).front();
  Bytes mixed(next.begin(), next.begin() + 44);
  append(mixed, ByteView(deposit).subspan(44));
  EXPECT_FALSE(open_deposit(*take_key(reader, 2), mailbox_, mixed));
}

TEST_F(DepositTest, SaysWhoseWordsTheyAre) {
  const Person author(entropy_, "Ada");
  const RoomId room = RoomId::random(entropy_);
  wire::Message message{
      MessageId::random(entropy_), author.card.identity_pk, now_, "words", {}};
  wire::sign_message(message, room, author.identity.identity);
  const Bytes encoded = wire::encode(message);
  const auto alone = must(decode_offline_message(encode(std::nullopt, encoded)));
  EXPECT_FALSE(alone.author);
  EXPECT_EQ(wire::encode(alone.message), encoded);
  const Bytes introduced = encode(author.card, encoded);
  const auto both = must(decode_offline_message(introduced));
  EXPECT_EQ(both.author, author.card);
  EXPECT_EQ(both.message.text, "words");

  for_each_truncation(introduced,
                      [](ByteView cut) { EXPECT_FALSE(decode_offline_message(cut)); });
  Bytes longer = introduced;
  longer.push_back(std::byte{0});
  EXPECT_FALSE(decode_offline_message(longer));
  Bytes twice = to_bytes(ByteView(introduced).first(introduced.size() - encoded.size() - 6));
  append(twice, introduced);
  EXPECT_FALSE(decode_offline_message(twice));
  const Bytes frame =
      wire::encode(wire::RoomFrame(wire::Delivered{message.id, message.author}));
  Bytes other;
  append_be<std::uint32_t>(other, static_cast<std::uint32_t>(frame.size()));
  append(other, frame);
  append(other, introduced);
  EXPECT_FALSE(decode_offline_message(other));
}

}  // namespace
}  // namespace sotto::room
