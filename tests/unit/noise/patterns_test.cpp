#include "noise/patterns.h"

#include <gtest/gtest.h>

namespace sotto::noise {
namespace {

using enum Token;
using Messages = std::vector<std::vector<Token>>;

TEST(Patterns, XKpsk3IsTheOneOfTheLink) {
  const auto pattern = parse_pattern("XKpsk3");
  ASSERT_TRUE(pattern);
  EXPECT_EQ(pattern->name, "XKpsk3");
  EXPECT_FALSE(pattern->initiator_static_known);
  EXPECT_TRUE(pattern->responder_static_known);
  EXPECT_EQ(pattern->messages, (Messages{{e, es}, {e, ee}, {s, se, psk}}));
  EXPECT_EQ(pattern->psks, 1U);
  EXPECT_FALSE(pattern->one_way());
  EXPECT_EQ(protocol_name(*pattern), "Noise_XKpsk3_25519_ChaChaPoly_BLAKE2b");
}

TEST(Patterns, Psk0StandsBeforeTheFirstMessage) {
  const auto pattern = parse_pattern("XXpsk0");
  ASSERT_TRUE(pattern);
  EXPECT_EQ(pattern->messages, (Messages{{psk, e}, {e, ee, s, es}, {s, se}}));
  EXPECT_FALSE(pattern->responder_static_known);
}

TEST(Patterns, ManyPsksMayBePlaced) {
  const auto pattern = parse_pattern("XXpsk0+psk1+psk2+psk3");
  ASSERT_TRUE(pattern);
  EXPECT_EQ(pattern->messages, (Messages{{psk, e, psk}, {e, ee, s, es, psk}, {s, se, psk}}));
  EXPECT_EQ(pattern->psks, 4U);
}

TEST(Patterns, OneWayOnesHaveOneMessage) {
  for (const auto* name : {"N", "K", "X"}) {
    const auto pattern = parse_pattern(name);
    ASSERT_TRUE(pattern) << name;
    EXPECT_TRUE(pattern->one_way());
    EXPECT_TRUE(pattern->responder_static_known);
    EXPECT_EQ(pattern->initiator_static_known, std::string_view(name) == "K");
  }
}

TEST(Patterns, TheLettersSayWhoseKeyIsKnown) {
  for (const auto* name : {"KK", "K1K1", "K1K", "KK1"}) {
    const auto pattern = parse_pattern(name);
    ASSERT_TRUE(pattern) << name;
    EXPECT_TRUE(pattern->initiator_static_known) << name;
    EXPECT_TRUE(pattern->responder_static_known) << name;
  }
  EXPECT_FALSE(parse_pattern("IX")->initiator_static_known);
}

TEST(Patterns, EachHasOneName) {
  for (const std::string_view name : {"",
                                      "Q",
                                      "XY",
                                      "xx",
                                      "XX ",
                                      "XX1X",
                                      "X2K",
                                      "psk0",
                                      "XXpsk",
                                      "XXpsk4",
                                      "XXpskx",
                                      "XXpsk00",
                                      "XXpsk-1",
                                      "XXpsk0+",
                                      "XX+psk0",
                                      "XXpsk0psk1",
                                      "XXpsk0++psk1",
                                      "XXpsk1+psk0",
                                      "XXpsk1+psk1",
                                      "XXpsk0+1",
                                      "Npsk2",
                                      "XXfallback",
                                      "XXhfs"}) {
    const auto pattern = parse_pattern(name);
    ASSERT_FALSE(pattern) << name;
    EXPECT_TRUE(pattern.error().is(Errc::unknown_pattern));
  }
}

}  // namespace
}  // namespace sotto::noise
