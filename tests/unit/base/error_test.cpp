#include "base/error.h"

#include <gtest/gtest.h>
#include <ios>

namespace sotto {
namespace {

enum class TestErrc { burnt = 1, lost };

constexpr ErrorEntry entries[] = {
    {static_cast<int>(TestErrc::burnt), "test.burnt", Kind::refused},
    {static_cast<int>(TestErrc::lost), "test.lost", Kind::unreached},
};
const ErrorCategory category("test", entries);

std::error_code make_error_code(TestErrc code) noexcept {
  return {static_cast<int>(code), category};
}

}  // namespace
}  // namespace sotto

template <>
struct std::is_error_code_enum<sotto::TestErrc> : std::true_type {};

namespace sotto {
namespace {

Result<int> burnt() {
  return fail(TestErrc::burnt, "This invite was used. Ask for another.");
}

Result<std::string> hands_on() {
  auto number = burnt();
  if (!number) return pass(number);
  return std::to_string(*number);
}

TEST(Error, KnowsItsNameItsKindAndItsSentence) {
  const auto result = burnt();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().name(), "test.burnt");
  EXPECT_EQ(result.error().kind(), Kind::refused);
  EXPECT_EQ(result.error().text(), "This invite was used. Ask for another.");
  EXPECT_TRUE(result.error().is(TestErrc::burnt));
  EXPECT_FALSE(result.error().is(TestErrc::lost));
  EXPECT_STREQ(result.error().code().category().name(), "test");
}

TEST(Error, IsHandedOnUnchanged) {
  const auto result = hands_on();
  ASSERT_FALSE(result);
  EXPECT_TRUE(result.error().is(TestErrc::burnt));
  EXPECT_EQ(result.error().text(), "This invite was used. Ask for another.");
}

TEST(Error, FromAForeignCategoryIsAPlainFailure) {
  EXPECT_EQ(Error(std::io_errc::stream, "The disk did not answer.").kind(), Kind::failure);
}

TEST(ErrorDeathTest, AValueOutsideTheTableIsAProgrammersError) {
  EXPECT_DEATH(static_cast<void>(category.entry(99)), "");
}

}  // namespace
}  // namespace sotto
