#include "cli/passphrase_file.h"

#include <gtest/gtest.h>

#include "base/log.h"
#include "unit/cli/testing.h"

namespace sotto::cli {
namespace {

std::string text_of(const Result<Secret>& secret) {
  return secret ? to_string(secret->view()) : "(" + secret.error().name() + ")";
}

std::string read_from(std::string_view content) {
  const InputOf input(content);
  return text_of(read_passphrase(input.descriptor(), "the test"));
}

TEST(ReadPassphrase, TakesTheFirstLine) {
  EXPECT_EQ(read_from("horse"), "horse");
  EXPECT_EQ(read_from("horse\n"), "horse");
  EXPECT_EQ(read_from("horse\r\n"), "horse");
  EXPECT_EQ(read_from("horse\nbattery\n"), "horse");
  EXPECT_EQ(read_from(" with spaces \n"), " with spaces ");
  EXPECT_EQ(read_from("ho\rrse\n"), "ho\rrse");
}

TEST(ReadPassphrase, RefusesNone) {
  EXPECT_EQ(read_from(""), "(passphrase.empty)");
  EXPECT_EQ(read_from("\n"), "(passphrase.empty)");
  EXPECT_EQ(read_from("\r\n"), "(passphrase.empty)");
  EXPECT_EQ(read_from("\nhorse\n"), "(passphrase.empty)");
}

TEST(ReadPassphrase, HasALimit) {
  const std::string longest(passphrase_limit, 'x');
  EXPECT_EQ(read_from(longest), longest);
  EXPECT_EQ(read_from(longest + "\r\n"), longest);
  EXPECT_EQ(read_from(longest + "x"), "(passphrase.file)");
  EXPECT_EQ(read_from(longest + "xx\n"), "(passphrase.file)");
  EXPECT_EQ(read_from(std::string(100'000, 'x')), "(passphrase.file)");
}

TEST(ReadPassphrase, LeavesTheRestUnread) {
  const InputOf input("horse\nand the message");
  EXPECT_EQ(text_of(read_passphrase(input.descriptor(), "the test")), "horse");
  EXPECT_EQ(input.position(), 6);
}

TEST(ReadPassphraseFile, SaysWhatIsWrong) {
  const TemporaryFolder folder;
  EXPECT_EQ(text_of(read_passphrase_file(folder.write("p", "horse\n"))), "horse");
  const auto missing = read_passphrase_file(folder.path("missing"));
  ASSERT_FALSE(missing);
  EXPECT_TRUE(missing.error().is(Errc::passphrase_file));
  EXPECT_NE(missing.error().text().find("missing"), std::string::npos);
  EXPECT_EQ(text_of(read_passphrase_file(folder.path("."))), "(passphrase.file)");
  EXPECT_EQ(text_of(read_passphrase_file("")), "(passphrase.file)");
}

TEST(ReadPassphraseFile, WarnsOfOtherReaders) {
  std::vector<std::string> warnings;
  set_log(LogLevel::warning,
          [&warnings](LogLevel, std::string_view line) { warnings.emplace_back(line); });
  const TemporaryFolder folder;
  const std::string path = folder.write("p", "horse\n");
  EXPECT_TRUE(read_passphrase_file(path));
  EXPECT_TRUE(warnings.empty());
  ::chmod(path.c_str(), 0640);
  EXPECT_TRUE(read_passphrase_file(path));
  ::chmod(path.c_str(), 0604);
  EXPECT_TRUE(read_passphrase_file(path));
  set_log(LogLevel::warning, nullptr);
  ASSERT_EQ(warnings.size(), 2U);
  EXPECT_NE(warnings[0].find("chmod 600"), std::string::npos);
  EXPECT_EQ(warnings[0].find("horse"), std::string::npos);
}

}  // namespace
}  // namespace sotto::cli
