#include "cli/message_text.h"

#include <gtest/gtest.h>

#include "unit/cli/testing.h"

namespace sotto::cli {
namespace {

using Texts = std::vector<std::string>;

Texts read(std::string_view content, bool lines = false) {
  const InputOf input(content);
  SendCommand command;
  command.lines = lines;
  auto texts = message_texts(command, input.descriptor());
  if (!texts) return {"(" + texts.error().name() + ")"};
  return std::move(*texts);
}

Texts given(std::string text) {
  SendCommand command;
  command.text = std::move(text);
  auto texts = message_texts(command, -1);
  if (!texts) return {"(" + texts.error().name() + ")"};
  return std::move(*texts);
}

TEST(MessageTexts, TakesTextAsGiven) {
  EXPECT_EQ(given("hello"), Texts{"hello"});
  EXPECT_EQ(given("hello\n"), Texts{"hello\n"});
  EXPECT_EQ(given(""), Texts{"(usage.syntax)"});
  EXPECT_EQ(given("\xff"), Texts{"(message.not_text)"});
}

TEST(MessageTexts, LeavesOutOneLastNewline) {
  EXPECT_EQ(read("hello"), Texts{"hello"});
  EXPECT_EQ(read("hello\n"), Texts{"hello"});
  EXPECT_EQ(read("hello\n\n"), Texts{"hello\n"});
  EXPECT_EQ(read("two\nlines\n"), Texts{"two\nlines"});
}

TEST(MessageTexts, RefusesNothing) {
  EXPECT_EQ(read(""), Texts{"(usage.syntax)"});
  EXPECT_EQ(read("\n"), Texts{"(usage.syntax)"});
  EXPECT_EQ(read("", true), Texts{"(usage.syntax)"});
  EXPECT_EQ(read("\n\n", true), Texts{"(usage.syntax)"});
}

TEST(MessageTexts, HasALimitOfOneMebibyte) {
  const std::string longest(message_limit, 'x');
  EXPECT_EQ(read(longest), Texts{longest});
  EXPECT_EQ(read(longest + "\n"), Texts{longest});
  EXPECT_EQ(read(longest + "x"), Texts{"(message.too_large)"});
  EXPECT_EQ(read(longest + "x\n"), Texts{"(message.too_large)"});
  EXPECT_EQ(read(longest + "\n\n"), Texts{"(message.too_large)"});
  EXPECT_EQ(given(longest), Texts{longest});
  EXPECT_EQ(given(longest + "x"), Texts{"(message.too_large)"});
  EXPECT_EQ(read(longest + "x\nshort\n", true), Texts{"(message.too_large)"});
}

TEST(MessageTexts, ReadsNoFurtherThanItMust) {
  const InputOf input(std::string(3 * message_limit, 'x'));
  EXPECT_FALSE(message_texts(SendCommand(), input.descriptor()));
  EXPECT_LE(input.position(), static_cast<off_t>(message_limit + 2));
}

TEST(MessageTexts, TakesUtf8Only) {
  EXPECT_EQ(read("caf\xc3\xa9\n"), Texts{"caf\xc3\xa9"});
  EXPECT_EQ(read("caf\xe9\n"), Texts{"(message.not_text)"});
  EXPECT_EQ(read("good\ncaf\xe9\n", true), Texts{"(message.not_text)"});
}

TEST(MessageTexts, MakesEachLineAMessage) {
  EXPECT_EQ(read("one\ntwo\n", true), (Texts{"one", "two"}));
  EXPECT_EQ(read("one\n\n\ntwo", true), (Texts{"one", "two"}));
  EXPECT_EQ(read(" indented\n", true), (Texts{" indented"}));
}

TEST(MessageTexts, LimitsAllLinesTogether) {
  std::string lines;
  const std::string line = std::string(65535, 'x') + "\n";
  while (lines.size() < all_lines_limit) lines += line;
  EXPECT_EQ(read(lines, true).size(), all_lines_limit / line.size());
  EXPECT_EQ(read(lines + "x", true), Texts{"(message.too_large)"});
}

TEST(MessageTexts, TakesAClosedInputForAnEmptyOne) {
  const auto texts = message_texts(SendCommand(), -1);
  ASSERT_FALSE(texts);
  EXPECT_TRUE(texts.error().is(Errc::usage));
}

}  // namespace
}  // namespace sotto::cli
