// Against the vectors of the draft (tests/data/cpace-draft-21.json names the section of each)
// and of tests/reference/cpace_reference.py, which was written without this code.
#include "crypto/cpace.h"

#include <array>
#include <sodium.h>

#include "crypto/hash.h"
#include "paths.h"
#include "support/mutations.h"
#include "support/scripted_entropy.h"
#include "unit/crypto/testing.h"

namespace sotto::crypto {
namespace {

using test::hex_of;

constexpr std::array both_roles{CpaceRole::initiator, CpaceRole::responder};

// What CpaceInputs only looks at.
struct Inputs {
  Bytes password, channel, session_id, initiator_data, responder_data;

  static Inputs of(const Json& json) {
    return {hex_of(json, "PRS"), hex_of(json, "CI"), hex_of(json, "sid"), hex_of(json, "ADa"),
            hex_of(json, "ADb")};
  }
  CpaceInputs view() const {
    return {password, channel, session_id, initiator_data, responder_data};
  }
};

Json draft() {
  auto json = test::read_json(SOTTO_TEST_DATA "/cpace-draft-21.json");
  EXPECT_TRUE(json) << "the draft's vectors are missing";
  return json ? std::move(*json) : Json();
}

const Json& section(const Json& json, std::string_view name) {
  const Json* found = json.find(name);
  if (found == nullptr) throw std::invalid_argument("the draft's vectors lack a section");
  return *found;
}

CpaceShare share_of(const Json& json, std::string_view key) {
  return test::key_from_hex<CpaceShare>(test::text_of(json, key));
}

Cpace side(CpaceRole role, const Inputs& inputs, ByteView random) {
  ScriptedEntropy entropy({random});
  Cpace side(role, inputs.view(), entropy);
  EXPECT_TRUE(entropy.used_up());
  return side;
}

std::string hex_of_key(Result<CpaceKey> key) {
  return key ? to_hex(key->view()) : key.error().name();
}

Bytes lv(ByteView field) {
  Bytes out{static_cast<std::byte>(field.size())};
  append(out, field);
  return out;
}

// Of section 7.2, for fields shorter than 128 bytes.
std::string isk_of(const Inputs& inputs, ByteView k, ByteView ya, ByteView yb) {
  Bytes hashed;
  for (const ByteView field :
       {as_bytes("CPaceRistretto255_ISK"), ByteView(inputs.session_id), k, ya,
        ByteView(inputs.initiator_data), yb, ByteView(inputs.responder_data)}) {
    append(hashed, lv(field));
  }
  Bytes isk(64);
  crypto_hash_sha512(raw(MutableBytes(isk)), raw(ByteView(hashed)), hashed.size());
  return to_hex(isk);
}

TEST(CpaceDraft, SharesAreTheDrafts) {
  const Json json = draft();
  const Inputs inputs = Inputs::of(section(json, "inputs"));
  const Json& messages = section(json, "messages");
  for (const auto& [role, scalar, share] :
       {std::tuple(CpaceRole::initiator, "ya", "Ya"), {CpaceRole::responder, "yb", "Yb"}}) {
    EXPECT_EQ(side(role, inputs, hex_of(messages, scalar)).share(), share_of(messages, share));
  }
}

TEST(CpaceDraft, TheGeneratorIsTheDrafts) {
  const Json json = draft();
  const Bytes one = test::hex("01" + std::string(62, '0'));
  const Inputs inputs = Inputs::of(section(json, "inputs"));
  EXPECT_EQ(side(CpaceRole::initiator, inputs, one).share(),
            share_of(section(json, "generator"), "g"));
}

TEST(CpaceDraft, BothSidesReachTheDraftsKey) {
  const Json json = draft();
  const Inputs inputs = Inputs::of(section(json, "inputs"));
  const Json& messages = section(json, "messages");
  const std::string& isk = test::text_of(section(json, "result"), "ISK_IR");
  const CpaceShare ya = share_of(messages, "Ya");
  const CpaceShare yb = share_of(messages, "Yb");
  EXPECT_EQ(hex_of_key(side(CpaceRole::initiator, inputs, hex_of(messages, "ya")).finish(yb)),
            isk);
  EXPECT_EQ(hex_of_key(side(CpaceRole::responder, inputs, hex_of(messages, "yb")).finish(ya)),
            isk);
  // And the draft's K is what it was made from.
  EXPECT_EQ(isk_of(inputs, hex_of(section(json, "result"), "K"), ya.view(), yb.view()), isk);
}

TEST(CpaceDraft, AValidElementIsMultipliedAsTheDraftDoes) {
  const Json json = draft();
  const Inputs inputs = Inputs::of(section(json, "inputs"));
  const Json& valid = section(json, "valid");
  Cpace a = side(CpaceRole::initiator, inputs, hex_of(valid, "s"));
  const CpaceShare x = share_of(valid, "X");
  const std::string expected = isk_of(inputs, hex_of(valid, "sX"), a.share().view(), x.view());
  EXPECT_EQ(hex_of_key(std::move(a).finish(x)), expected);
}

TEST(CpaceDraft, InvalidElementsAbort) {
  const Json json = draft();
  const Inputs inputs = Inputs::of(section(json, "inputs"));
  const Json& invalid = section(json, "invalid");
  for (const Json& text : test::array_of(invalid, "Y")) {
    const auto share = test::key_from_hex<CpaceShare>(*text.string());
    for (const CpaceRole role : both_roles) {
      const auto key = side(role, inputs, hex_of(invalid, "s")).finish(share);
      ASSERT_FALSE(key);
      EXPECT_TRUE(key.error().is(Errc::bad_key));
    }
  }
}

TEST(CpaceReference, BothSidesReachTheReferencesValues) {
  const auto json = test::read_json(SOTTO_TEST_DATA "/cpace-reference.json");
  ASSERT_TRUE(json);
  for (const Json& vector : test::array_of(*json, "vectors")) {
    SCOPED_TRACE(test::text_of(vector, "name"));
    const Inputs inputs = Inputs::of(vector);
    Cpace a = side(CpaceRole::initiator, inputs, hex_of(vector, "ya"));
    Cpace b = side(CpaceRole::responder, inputs, hex_of(vector, "yb"));
    const CpaceShare ya = a.share();
    const CpaceShare yb = b.share();
    EXPECT_EQ(ya, share_of(vector, "Ya"));
    EXPECT_EQ(yb, share_of(vector, "Yb"));
    const auto isk = std::move(a).finish(yb);
    ASSERT_TRUE(isk);
    EXPECT_EQ(to_hex(isk->view()), test::text_of(vector, "ISK_IR"));
    EXPECT_EQ(to_hex(cpace_psk(*isk).view()), test::text_of(vector, "psk"));
    EXPECT_EQ(hex_of_key(std::move(b).finish(ya)), test::text_of(vector, "ISK_IR"));
  }
}

class CpaceExchange : public testing::Test {
 protected:
  const Inputs inputs_{to_bytes("correct horse"), to_bytes("channel"), to_bytes("sid"),
                       to_bytes("joiner"), to_bytes("host")};
  SeededEntropy entropy_{3};

  // The keys of both sides, when each has its own inputs.
  std::pair<std::string, std::string> keys(const Inputs& at_a, const Inputs& at_b) {
    Cpace a(CpaceRole::initiator, at_a.view(), entropy_);
    Cpace b(CpaceRole::responder, at_b.view(), entropy_);
    const CpaceShare ya = a.share();
    return {hex_of_key(std::move(a).finish(b.share())), hex_of_key(std::move(b).finish(ya))};
  }
};

TEST_F(CpaceExchange, SameInputsGiveTheSameKeyAndANewOneEachTime) {
  const auto first = keys(inputs_, inputs_);
  const auto second = keys(inputs_, inputs_);
  EXPECT_EQ(first.first, first.second);
  EXPECT_EQ(second.first, second.second);
  EXPECT_NE(first.first, second.first);
}

TEST_F(CpaceExchange, AnyOtherInputGivesAnotherKey) {
  for (Bytes Inputs::* field : {&Inputs::password, &Inputs::channel, &Inputs::session_id,
                                &Inputs::initiator_data, &Inputs::responder_data}) {
    Inputs other = inputs_;
    (other.*field).back() ^= std::byte{1};
    const auto [a, b] = keys(inputs_, other);
    EXPECT_NE(a, b);
    other.*field = {};
    const auto [c, d] = keys(inputs_, other);
    EXPECT_NE(c, d);
  }
}

TEST_F(CpaceExchange, BytesThatMoveFromOneInputToTheNextGiveAnotherKey) {
  Inputs other = inputs_;
  other.password.push_back(other.channel.front());
  other.channel.erase(other.channel.begin());
  EXPECT_NE(keys(inputs_, other).first, keys(inputs_, other).second);
}

TEST_F(CpaceExchange, TwoInitiatorsDoNotAgree) {
  Cpace a(CpaceRole::initiator, inputs_.view(), entropy_);
  Cpace b(CpaceRole::initiator, inputs_.view(), entropy_);
  const CpaceShare ya = a.share();
  const CpaceShare yb = b.share();
  EXPECT_NE(hex_of_key(std::move(a).finish(yb)), hex_of_key(std::move(b).finish(ya)));
}

TEST_F(CpaceExchange, EveryFlippedBitOfAShareGivesAnotherKeyOrNone) {
  const Bytes random(32, std::byte{9});
  const CpaceShare yb = Cpace(CpaceRole::responder, inputs_.view(), entropy_).share();
  const std::string key = hex_of_key(side(CpaceRole::initiator, inputs_, random).finish(yb));
  int none = 0;
  for_each_flipped_bit(yb.view(), [&](ByteView damaged) {
    const auto other =
        side(CpaceRole::initiator, inputs_, random).finish(*CpaceShare::from(damaged));
    none += other ? 0 : 1;
    EXPECT_NE(other ? to_hex(other->view()) : "", key);
  });
  EXPECT_GT(none, 0);
}

// RFC 9496, section 4.3.1: an encoding is smaller than 2^255 - 19 and not negative (even).
TEST_F(CpaceExchange, EncodingsThatAreNotCanonicalAbort) {
  for (const char* text : {
           "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  // p, for zero
           "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  // p + 1
           "feffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
           "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
           "e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2df6",  // B, bit 255
           "0b0d51f59543b18e577b569e3affaea0a71cf4955a7d22724959a6ba1f72d209",  // -s of B
           "0100000000000000000000000000000000000000000000000000000000000000",
       }) {
    const auto key = Cpace(CpaceRole::responder, inputs_.view(), entropy_)
                         .finish(test::key_from_hex<CpaceShare>(text));
    EXPECT_FALSE(key) << text;
  }
}

TEST_F(CpaceExchange, TheScalarHas252Bits) {
  Bytes random(32, std::byte{0xff});
  const CpaceShare all = side(CpaceRole::initiator, inputs_, random).share();
  random.back() = std::byte{0x0f};
  EXPECT_EQ(side(CpaceRole::initiator, inputs_, random).share(), all);
  random.back() = std::byte{0x07};
  EXPECT_NE(side(CpaceRole::initiator, inputs_, random).share(), all);
}

}  // namespace
}  // namespace sotto::crypto
