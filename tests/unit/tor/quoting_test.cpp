#include "tor/quoting.h"

#include "unit/tor/testing.h"

namespace sotto::tor {
namespace {

std::optional<std::string> unquoted(std::string_view text) {
  auto out = take_quoted(text);
  return text.empty() ? out : std::nullopt;
}

TEST(Quoting, EscapesWhatEndsAString) {
  EXPECT_EQ(quote("a \"b\" \\c"), R"("a \"b\" \\c")");
  EXPECT_EQ(quote(""), "\"\"");
}

TEST(Quoting, RefusesWhatNoLineCanCarry) {
  EXPECT_FALSE(quote("a\nb"));
  EXPECT_FALSE(quote("a\rb"));
  EXPECT_FALSE(quote(std::string_view("a\0b", 3)));
}

TEST(Quoting, ReadsTheEscapesOfC) {
  EXPECT_EQ(unquoted(R"("\n\t\r\"\\")"), "\n\t\r\"\\");
  EXPECT_EQ(unquoted(R"("\101\12x\0001\377")"), std::string("A\nx\0001\377", 6));
  EXPECT_EQ(unquoted(R"("\q")"), "q");
}

TEST(Quoting, RefusesWhatIsNoString) {
  for (const char* text : {"", "a", "\"", "\"a", R"("\)", R"("\")", R"("\400")"}) {
    EXPECT_FALSE(unquoted(text)) << text;
  }
}

TEST(Quoting, LeavesWhatStandsBehind) {
  std::string_view text = "\"a b\" c";
  EXPECT_EQ(take_quoted(text), "a b");
  EXPECT_EQ(text, " c");
}

TEST(Quoting, RoundTripsEveryByteThatALineCanCarry) {
  std::string all;
  for (int c = 1; c < 256; ++c) {
    if (c != '\n' && c != '\r') all += static_cast<char>(c);
  }
  EXPECT_EQ(unquoted(*quote(all)), all);
}

TEST(Arguments, AreWordsAndValues) {
  const auto arguments =
      must(Arguments::parse("STATUS  NOTICE A=1 B=\"two words\" $F~n,$G=x C= \"quoted word\""));
  EXPECT_EQ(arguments.words(),
            (std::vector<std::string>{"STATUS", "NOTICE", "$F~n,$G=x", "quoted word"}));
  EXPECT_EQ(arguments.value("A"), "1");
  EXPECT_EQ(arguments.value("B"), "two words");
  ASSERT_NE(arguments.find("C"), nullptr);
  EXPECT_EQ(*arguments.find("C"), "");
  EXPECT_EQ(arguments.find("D"), nullptr);
  EXPECT_EQ(arguments.word(4), nullptr);
}

TEST(Arguments, TheFirstOfAKeyCounts) {
  EXPECT_EQ(must(Arguments::parse("A=1 A=2")).value("A"), "1");
}

TEST(Arguments, QuotesMustCloseWhereTheWordEnds) {
  EXPECT_EQ(error_of(Arguments::parse("A=\"b")), "tor.control.reply");
  EXPECT_EQ(error_of(Arguments::parse("A=\"b\"c")), "tor.control.reply");
}

TEST(Number, IsDigitsAlone) {
  EXPECT_EQ(number("0", 10), 0U);
  EXPECT_EQ(number("10", 10), 10U);
  for (const char* text : {"", "11", "+1", "-1", " 1", "1 ", "1x", "99999999999999999999"}) {
    EXPECT_FALSE(number(text, 10)) << text;
  }
}

}  // namespace
}  // namespace sotto::tor
