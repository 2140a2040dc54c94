#include "cli/home.h"

#include <cstdlib>
#include <gtest/gtest.h>

namespace sotto::cli {
namespace {

class FindHome : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : names) {
      const char* value = std::getenv(name);
      before_.emplace_back(name, value == nullptr ? std::optional<std::string>() : value);
      ::unsetenv(name);
    }
  }
  void TearDown() override {
    for (const auto& [name, value] : before_) {
      if (value) {
        ::setenv(name, value->c_str(), 1);
      } else {
        ::unsetenv(name);
      }
    }
  }

 private:
  static constexpr const char* names[] = {"SOTTO_HOME", "XDG_DATA_HOME", "HOME"};
  std::vector<std::pair<const char*, std::optional<std::string>>> before_;
};

TEST_F(FindHome, TriesEachPlaceInTurn) {
  const auto none = find_home(std::nullopt);
  ASSERT_FALSE(none);
  EXPECT_TRUE(none.error().is(Errc::no_home));
  ::setenv("HOME", "/home/anna", 1);
  EXPECT_EQ(*find_home(std::nullopt), "/home/anna/.local/share/sotto");
  ::setenv("XDG_DATA_HOME", "/data", 1);
  EXPECT_EQ(*find_home(std::nullopt), "/data/sotto");
  ::setenv("SOTTO_HOME", "here", 1);
  EXPECT_EQ(*find_home(std::nullopt), "here");
  EXPECT_EQ(*find_home("there"), "there");
}

TEST_F(FindHome, PassesOverWhatCannotBeMeant) {
  ::setenv("SOTTO_HOME", "", 1);
  ::setenv("XDG_DATA_HOME", "relative", 1);
  ::setenv("HOME", "/home/anna", 1);
  EXPECT_EQ(*find_home(std::nullopt), "/home/anna/.local/share/sotto");
}

}  // namespace
}  // namespace sotto::cli
