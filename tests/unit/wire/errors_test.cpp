#include "wire/errors.h"

#include <gtest/gtest.h>

namespace sotto::wire {
namespace {

TEST(WireErrors, EachHasItsNameAndKind) {
  EXPECT_EQ(make_error_code(Errc::malformed).message(), "wire.malformed");
  EXPECT_EQ(make_error_code(Errc::over_limit).message(), "wire.over_limit");
  EXPECT_EQ(make_error_code(Errc::version).message(), "wire.version");
  EXPECT_EQ(make_error_code(Errc::uri_syntax).message(), "uri.syntax");
  EXPECT_EQ(error_table().size(), 4U);
  EXPECT_EQ(Error(Errc::version, "Text.").kind(), Kind::input);
}

}  // namespace
}  // namespace sotto::wire
