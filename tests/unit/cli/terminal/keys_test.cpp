#include "cli/terminal/keys.h"

#include <gtest/gtest.h>

namespace sotto::cli {
namespace {

constexpr std::size_t limit = 64;  // bytes of a paste

std::vector<KeyEvent> all_of(KeyDecoder& decoder) {
  std::vector<KeyEvent> out;
  while (auto event = decoder.next()) out.push_back(std::move(*event));
  return out;
}

std::vector<KeyEvent> decoded(std::string_view bytes) {
  KeyDecoder decoder(limit);
  decoder.feed(bytes);
  return all_of(decoder);
}

using Events = std::vector<KeyEvent>;

TEST(Keys, CharactersComeWhole) {
  EXPECT_EQ(decoded("aü漢😀\r"), (Events{U'a', U'ü', U'漢', U'😀', U'\r'}));
}

TEST(Keys, HalfACharacterWaitsForTheRest) {
  KeyDecoder decoder(limit);
  decoder.feed("\xe6\xbc");
  EXPECT_TRUE(decoder.empty());
  EXPECT_TRUE(decoder.patience());
  decoder.feed("\xa2");
  EXPECT_EQ(all_of(decoder), (Events{U'漢'}));
  EXPECT_FALSE(decoder.patience());
}

TEST(Keys, WhatIsNoCharacterIsReplaced) {
  EXPECT_EQ(decoded("\xff"
                    "a"),
            (Events{U'\ufffd', U'a'}));
  EXPECT_EQ(decoded("\xc3"
                    "a"),
            (Events{U'\ufffd', U'a'}));  // cut short
  EXPECT_EQ(decoded("\xc0\x80"
                    "a"),
            (Events{U'\ufffd', U'\ufffd', U'a'}));          // overlong
  EXPECT_EQ(decoded("\xed\xa0\x80"), (Events{U'\ufffd'}));  // a surrogate
}

TEST(Keys, HalfACharacterThatStaysAloneIsReplaced) {
  KeyDecoder decoder(limit);
  decoder.feed("\xe6");
  decoder.give_up();
  EXPECT_EQ(all_of(decoder), (Events{U'\ufffd'}));
}

TEST(Keys, SequencesAreOneKey) {
  EXPECT_EQ(decoded("\x1b[A\x1bOP\x1b[1;5C\x1b[3~x"),
            (Events{SpecialKey{"\x1b[A"}, SpecialKey{"\x1bOP"}, SpecialKey{"\x1b[1;5C"},
                    SpecialKey{"\x1b[3~"}, U'x'}));
  EXPECT_EQ(decoded("\x1b[[Ax"), (Events{SpecialKey{"\x1b[[A"}, U'x'}));  // the Linux console
}

TEST(Keys, SequencesComeInPieces) {
  KeyDecoder decoder(limit);
  for (const char byte : std::string_view("\x1b[1;5D")) {
    EXPECT_TRUE(decoder.empty());
    decoder.feed({&byte, 1});
  }
  EXPECT_EQ(all_of(decoder), (Events{SpecialKey{"\x1b[1;5D"}}));
}

TEST(Keys, EscapeAloneIsAKeyOnceNothingFollows) {
  KeyDecoder decoder(limit);
  decoder.feed("\x1b");
  EXPECT_TRUE(decoder.empty());
  decoder.give_up();
  EXPECT_EQ(all_of(decoder), (Events{U'\x1b'}));
}

TEST(Keys, NothingIsGivenUpWhereNothingIsBegun) {
  KeyDecoder decoder(limit);
  decoder.feed("a");
  decoder.give_up();
  EXPECT_EQ(all_of(decoder), (Events{U'a'}));
}

TEST(Keys, AltIsAnEscapeInFront) {
  EXPECT_EQ(decoded("\x1b"
                    "b\x1b"
                    "ü"),
            (Events{U'\x1b', U'b', U'\x1b', U'ü'}));
}

TEST(Keys, ASequenceThatBreaksOffIsLeftOut) {
  EXPECT_EQ(decoded("\x1b[1\rx"), (Events{U'\r', U'x'}));
  EXPECT_EQ(decoded("\x1b[" + std::string(100, '1') + "x").back(), KeyEvent(U'x'));
}

TEST(Keys, APasteIsOneEventWhateverItsLineEnds) {
  EXPECT_EQ(decoded("a\x1b[200~one\rtwo\r\nthree\nfour\r\x1b[201~b"),
            (Events{U'a', Paste{"one\ntwo\nthree\nfour", false}, U'b'}));
}

TEST(Keys, APasteHoldsNoKeysThatSteer) {
  EXPECT_EQ(decoded("\x1b[200~a\x03\x1b[Ab\tc\x7f\x1b[201~"),
            (Events{Paste{"a[Ab\tc", false}}));
  EXPECT_EQ(decoded("\x1b[200~a\xffz\x1b[201~"), (Events{Paste{"a\ufffdz", false}}));
}

TEST(Keys, APasteBeyondTheLimitIsCutAndSaysSo) {
  const std::string text(limit, 'x');
  EXPECT_EQ(decoded("\x1b[200~" + text + "\x1b[201~"), (Events{Paste{text, false}}));
  EXPECT_EQ(decoded("\x1b[200~" + text + "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\x1b[201~z"),
            (Events{Paste{text, true}, U'z'}));
}

TEST(Keys, APasteThatNeverEndsIsTakenAsItIs) {
  KeyDecoder decoder(limit);
  decoder.feed("\x1b[200~half");
  EXPECT_TRUE(decoder.empty());
  ASSERT_TRUE(decoder.patience());
  decoder.give_up();
  EXPECT_EQ(all_of(decoder), (Events{Paste{"half", false}}));
  decoder.feed("x\x1b[201~y");
  EXPECT_EQ(all_of(decoder), (Events{U'x', U'y'}));
}

TEST(Keys, AnEmptyPasteIsNothing) {
  EXPECT_EQ(decoded("\x1b[200~\x1b[201~"), Events{});
  EXPECT_EQ(decoded("\x1b[200~\n\x1b[201~"), Events{});
}

}  // namespace
}  // namespace sotto::cli
