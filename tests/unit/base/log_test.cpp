#include "base/log.h"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace sotto {
namespace {

class Log : public testing::Test {
 protected:
  void listen(LogLevel most_verbose) {
    set_log(most_verbose,
            [this](LogLevel, std::string_view line) { lines_.emplace_back(line); });
  }
  void TearDown() override { set_log(LogLevel::warning, nullptr); }

  std::vector<std::string> lines_;
};

TEST_F(Log, WritesUpToTheChosenLevel) {
  listen(LogLevel::info);
  log(LogLevel::error, "one");
  log(LogLevel::info, "two");
  log(LogLevel::debug, "three");
  EXPECT_EQ(lines_, (std::vector<std::string>{"one", "two"}));
  EXPECT_TRUE(log_enabled(LogLevel::warning));
  EXPECT_FALSE(log_enabled(LogLevel::debug));
}

TEST_F(Log, WithoutASinkNothingIsWritten) {
  EXPECT_FALSE(log_enabled(LogLevel::error));
  log(LogLevel::error, "into the void");
}

}  // namespace
}  // namespace sotto
