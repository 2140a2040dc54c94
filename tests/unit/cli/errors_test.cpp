#include "cli/errors.h"

#include <gtest/gtest.h>
#include <set>

#include "node/errors.h"

namespace sotto::cli {
namespace {

TEST(ErrorTable, NamesEveryCodeOnce) {
  std::set<std::string_view> names;
  int value = 1;
  for (const ErrorEntry& entry : error_table()) {
    EXPECT_EQ(entry.value, value++);
    EXPECT_TRUE(names.insert(entry.name).second) << entry.name;
  }
  EXPECT_EQ(value - 1, static_cast<int>(Errc::output));
}

TEST(ExitCode, IsTheKindOrTheSignal) {
  EXPECT_EQ(exit_code(Error(Errc::usage, "")), 2);
  EXPECT_EQ(exit_code(Error(Errc::passphrase_empty, "")), 9);
  EXPECT_EQ(exit_code(Error(Errc::output, "")), 1);
  EXPECT_EQ(exit_code(Error(node::Errc::not_delivered, "")), 3);
  EXPECT_EQ(exit_code(Error(node::Errc::interrupted, "")), 130);
  EXPECT_EQ(exit_code(Error(node::Errc::terminated, "")), 143);
}

}  // namespace
}  // namespace sotto::cli
