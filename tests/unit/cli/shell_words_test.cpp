#include "cli/shell_words.h"

#include <gtest/gtest.h>

namespace sotto::cli {
namespace {

using Words = std::vector<std::string>;

TEST(ShellWords, LeavesTheLastWordOpen) {
  EXPECT_EQ(shell_words(""), Words{""});
  EXPECT_EQ(shell_words("sotto"), Words{"sotto"});
  EXPECT_EQ(shell_words("sotto "), (Words{"sotto", ""}));
  EXPECT_EQ(shell_words("  sotto \t ho"), (Words{"sotto", "ho"}));
}

TEST(ShellWords, TakesQuotesAway) {
  EXPECT_EQ(shell_words(R"(sotto 'a b' "c d" e\ f g'h'"i")"),
            (Words{"sotto", "a b", "c d", "e f", "ghi"}));
  EXPECT_EQ(shell_words(R"(sotto "a \"b\" \c \$d" '\')"),
            (Words{"sotto", R"(a "b" \c $d)", "\\"}));
  EXPECT_EQ(shell_words(R"(sotto '' x)"), (Words{"sotto", "", "x"}));
}

TEST(ShellWords, TakesOpenQuotesAsTheyCome) {
  EXPECT_EQ(shell_words("sotto 'my ro"), (Words{"sotto", "my ro"}));
  EXPECT_EQ(shell_words("sotto \"my "), (Words{"sotto", "my "}));
  EXPECT_EQ(shell_words("sotto a\\"), (Words{"sotto", "a"}));
}

TEST(ShellWords, RunsNothing) {
  EXPECT_EQ(shell_words("sotto $(reboot) `reboot` $HOME ~/x"),
            (Words{"sotto", "$(reboot)", "`reboot`", "$HOME", "~/x"}));
}

TEST(ShellWords, LeavesOutWhatIsNoWordOfTheCommand) {
  EXPECT_EQ(shell_words("A=1 b_2='x y' sotto a=b"), (Words{"sotto", "a=b"}));
  EXPECT_EQ(shell_words("sotto send <note --id 7>out "),
            (Words{"sotto", "send", "--id", "7", ""}));
  EXPECT_EQ(shell_words("sotto >> out x"), (Words{"sotto", "x"}));
}

}  // namespace
}  // namespace sotto::cli
