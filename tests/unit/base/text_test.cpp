#include "base/text.h"

#include <gtest/gtest.h>

namespace sotto {
namespace {

TEST(IsUtf8, TakesWellFormedTextOnly) {
  for (const std::string_view good :
       {"", "plain", "caf\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\xa6\x8a"}) {
    EXPECT_TRUE(is_utf8(good)) << good;
  }
  for (const std::string_view bad :
       {"\xff", "\xc3", "\xc0\x80", "\xe2\x82", "\xed\xa0\x80", "\xf4\x90\x80\x80", "a\x80"}) {
    EXPECT_FALSE(is_utf8(bad));
  }
}

TEST(IsName, TakesWhatPeopleAreCalled) {
  for (const std::string_view good :
       {"a", "Ada", "Jo\xc3\xa3o da Silva", "\xe6\x9d\x8e\xe5\xb0\x8f\xe9\xbe\x99",
        "O'Neill-42", "\xf0\x9f\xa6\x8a fox"}) {
    EXPECT_TRUE(is_name(good)) << good;
  }
  EXPECT_TRUE(is_name(std::string(name_limit, 'n')));
}

TEST(IsName, RefusesWhatHidesOrMisleads) {
  using namespace std::literals;
  for (const std::string_view bad : {
           ""sv,
           " leading"sv,
           "trailing "sv,
           "\xc2\xa0nbsp"sv,
           "a\nb"sv,
           "a\tb"sv,
           "a\0b"sv,
           "\x1b[31mred"sv,
           "\x7f"sv,
           "\xc2\x9b"sv /* C1 CSI */,
           "\xe2\x80\xaetxt.exe"sv /* U+202E */,
           "\xe2\x80\x8b"sv /* U+200B */,
           "a\xe2\x81\xa6"sv /* U+2066 */,
           "a\xe2\x80\xa8"sv /* U+2028 */,
           "\xef\xbb\xbf"sv /* U+FEFF */,
           "\xee\x80\x80"sv /* U+E000, private */,
           "\xcd\xb8"sv /* U+0378, unassigned */,
           "\xff"sv,
       }) {
    EXPECT_FALSE(is_name(bad)) << displayable(bad);
  }
  EXPECT_FALSE(is_name(std::string(name_limit + 1, 'n')));
}

TEST(Displayable, LeavesPlainTextAlone) {
  EXPECT_EQ(displayable("caf\xc3\xa9 \xf0\x9f\xa6\x8a"), "caf\xc3\xa9 \xf0\x9f\xa6\x8a");
}

TEST(Displayable, ShowsWhatATerminalWouldObey) {
  EXPECT_EQ(displayable("\x1b[2J"), "\\x1b[2J");
  EXPECT_EQ(displayable("a\rb\x07"), "a\\x0db\\x07");
  EXPECT_EQ(displayable("\xc2\x9b"
                        "1m"),
            "\\u009b1m");
  EXPECT_EQ(displayable("\xe2\x80\xae"
                        "abc"),
            "\\u202eabc");
  EXPECT_EQ(displayable("\xff\xfe"), "\\xff\\xfe");
  EXPECT_EQ(displayable("\xf3\xa0\x80\x81"), "\\ue0001");  // a tag character
}

TEST(Displayable, LetsLinesThroughWhereAsked) {
  EXPECT_EQ(displayable("a\n\tb\r"), "a\\x0a\\x09b\\x0d");
  EXPECT_EQ(displayable("a\n\tb\r", true), "a\n\tb\\x0d");
}

std::string nfc(std::string_view text) {
  const auto normalized = to_nfc(as_bytes(text));
  return normalized ? std::string(as_text(normalized->view())) : "not UTF-8";
}

TEST(Nfc, WhatLooksTheSameBecomesTheSameBytes) {
  EXPECT_EQ(nfc(""), "");
  EXPECT_EQ(nfc("plain ASCII"), "plain ASCII");
  EXPECT_EQ(nfc("e\u0301"), "\u00e9");
  EXPECT_EQ(nfc("\u212b"), "\u00c5");  // the sign for Angstrom is the letter
  EXPECT_EQ(nfc("\u1112\u1161\u11ab"), "\ud55c");
  EXPECT_EQ(nfc("a\u0307\u0323"), nfc("a\u0323\u0307"));
  EXPECT_EQ(nfc("\u0958"), "\u0915\u093c");  // excluded from composition
  EXPECT_EQ(nfc("\ufb01"), "\ufb01");        // compatibility is another form
  EXPECT_EQ(nfc(nfc("e\u0301")), nfc("e\u0301"));
}

TEST(Nfc, RefusesWhatIsNoUtf8) {
  for (const char* bad : {"\xff", "\xc3", "a\xed\xa0\x80", "\xc0\x80", "\xf4\x90\x80\x80"}) {
    EXPECT_EQ(nfc(bad), "not UTF-8");
  }
}

TEST(Nfc, SortsManyMarks) {
  std::string marks = "a";
  std::string sorted = "\u1ea1";  // with the first dot below
  for (int i = 0; i < 100; ++i) marks += "\u0307\u0323";
  for (int i = 0; i < 99; ++i) sorted += "\u0323";
  for (int i = 0; i < 100; ++i) sorted += "\u0307";
  EXPECT_EQ(nfc(marks), sorted);
}

}  // namespace
}  // namespace sotto
