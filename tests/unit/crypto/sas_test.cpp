// Against tests/reference/sas_reference.py, and the published list of emoji where it is at
// hand.
#include "crypto/sas.h"

#include <set>

#include "base/text.h"
#include "paths.h"
#include "support/mutations.h"
#include "unit/crypto/testing.h"

namespace sotto::crypto {
namespace {

using test::key_from_hex;
using test::text_of;

template <class Integer, std::size_t N>
std::vector<std::int64_t> integers(const std::array<Integer, N>& values) {
  return {values.begin(), values.end()};
}

std::vector<std::int64_t> integers_of(const Json& json, std::string_view key) {
  std::vector<std::int64_t> out;
  for (const Json& element : test::array_of(json, key)) out.push_back(*element.integer());
  return out;
}

Sas::Inputs inputs_of(const Json& json) {
  Sas::Inputs inputs{.handshake_hash = {},
                     .joiner = key_from_hex<Fingerprint>(text_of(json, "joiner")),
                     .host = key_from_hex<Fingerprint>(text_of(json, "host")),
                     .ra = key_from_hex<SasNonce>(text_of(json, "ra")),
                     .rb = key_from_hex<SasNonce>(text_of(json, "rb"))};
  std::ranges::copy(test::hex_of(json, "handshake_hash"), inputs.handshake_hash.begin());
  return inputs;
}

class SasTest : public testing::Test {
 protected:
  SeededEntropy entropy_{11};
  Sas::Inputs inputs_{.handshake_hash = entropy_.bytes<64>(),
                      .joiner = Fingerprint::random(entropy_),
                      .host = Fingerprint::random(entropy_),
                      .ra = SasNonce::random(entropy_),
                      .rb = SasNonce::random(entropy_)};
};

TEST_F(SasTest, IsTheReferences) {
  const auto json = test::read_json(SOTTO_TEST_DATA "/sas-reference.json");
  ASSERT_TRUE(json);
  for (const Json& vector : test::array_of(*json, "vectors")) {
    const Sas::Inputs inputs = inputs_of(vector);
    EXPECT_EQ(to_hex(sas_commit(inputs.ra).view()), text_of(vector, "commitment"));
    const Sas sas = Sas::derive(inputs);
    EXPECT_EQ(integers(sas.emoji()), integers_of(vector, "emoji"));
    EXPECT_EQ(integers(sas.numbers()), integers_of(vector, "numbers"));
  }
}

TEST_F(SasTest, EveryBitOfEveryInputCounts) {
  const Sas sas = Sas::derive(inputs_);
  const auto expect_other = [&](MutableBytes field) {
    const Bytes original = to_bytes(field);
    for_each_flipped_bit(original, [&](ByteView damaged) {
      std::ranges::copy(damaged, field.begin());
      const Sas other = Sas::derive(inputs_);
      EXPECT_NE(other.emoji(), sas.emoji());
      EXPECT_NE(other.numbers(), sas.numbers());
    });
    std::ranges::copy(original, field.begin());
  };
  expect_other(inputs_.handshake_hash);
  expect_other(inputs_.joiner.mutable_view());
  expect_other(inputs_.host.mutable_view());
  expect_other(inputs_.ra.mutable_view());
  expect_other(inputs_.rb.mutable_view());
  EXPECT_EQ(Sas::derive(inputs_).emoji(), sas.emoji());
}

TEST_F(SasTest, TheRolesCount) {
  Sas::Inputs swapped = inputs_;
  std::swap(swapped.joiner, swapped.host);
  std::swap(swapped.ra, swapped.rb);
  EXPECT_NE(Sas::derive(swapped).emoji(), Sas::derive(inputs_).emoji());
}

TEST_F(SasTest, EmojiAndNumbersStayInTheirRanges) {
  std::set<std::size_t> seen;
  for (int i = 0; i < 1000; ++i) {
    inputs_.rb = SasNonce::random(entropy_);
    const Sas sas = Sas::derive(inputs_);
    for (const std::size_t index : sas.emoji()) {
      ASSERT_LT(index, sas_emoji().size());
      seen.insert(index);
    }
    for (const int number : sas.numbers()) {
      ASSERT_GE(number, 1000);
      ASSERT_LE(number, 9191);
    }
  }
  EXPECT_EQ(seen.size(), sas_emoji().size());
}

TEST_F(SasTest, ACommitmentOpensWithItsNonceOnly) {
  const SasCommitment commitment = sas_commit(inputs_.ra);
  EXPECT_TRUE(sas_opens(commitment, inputs_.ra));
  EXPECT_FALSE(sas_opens(commitment, inputs_.rb));
  for_each_flipped_bit(inputs_.ra.view(), [&](ByteView damaged) {
    EXPECT_FALSE(sas_opens(commitment, *SasNonce::from(damaged)));
  });
  for_each_flipped_bit(commitment.view(), [&](ByteView damaged) {
    EXPECT_FALSE(sas_opens(*SasCommitment::from(damaged), inputs_.ra));
  });
}

TEST(SasEmojiTable, EveryOneHasItsOwnEmojiAndName) {
  std::set<std::string_view> emoji;
  std::set<std::string_view> names;
  for (const SasEmoji& entry : sas_emoji()) {
    EXPECT_TRUE(is_utf8(entry.emoji) && !entry.emoji.empty());
    EXPECT_TRUE(is_name(entry.name));
    emoji.insert(entry.emoji);
    names.insert(entry.name);
  }
  EXPECT_EQ(emoji.size(), 64U);
  EXPECT_EQ(names.size(), 64U);
}

TEST(SasEmojiTable, IsThePublishedList) {
  const auto json = test::read_json(SOTTO_VECTORS "/sas-emoji.json");
  if (!json) GTEST_SKIP() << "the list is not at hand";
  ASSERT_NE(json->array(), nullptr);
  ASSERT_EQ(json->array()->size(), sas_emoji().size());
  std::int64_t number = 0;
  for (const Json& published : *json->array()) {
    EXPECT_EQ(*published.find("number")->integer(), number);
    const SasEmoji& ours = sas_emoji()[static_cast<std::size_t>(number++)];
    EXPECT_EQ(ours.emoji, text_of(published, "emoji"));
    EXPECT_EQ(ours.name, text_of(published, "description"));
  }
}

}  // namespace
}  // namespace sotto::crypto
