#include "noise/errors.h"

#include <gtest/gtest.h>
#include <set>

namespace sotto::noise {
namespace {

TEST(NoiseErrors, EachHasItsOwnNameAndKind) {
  std::set<std::string_view> names;
  std::set<int> values;
  for (const ErrorEntry& entry : error_table()) {
    EXPECT_TRUE(entry.name.starts_with("noise."));
    names.insert(entry.name);
    values.insert(entry.value);
  }
  EXPECT_EQ(names.size(), error_table().size());
  EXPECT_EQ(*values.begin(), static_cast<int>(Errc::unknown_pattern));
  EXPECT_EQ(*values.rbegin(), static_cast<int>(Errc::nonce_exhausted));
  EXPECT_EQ(static_cast<int>(values.size()), *values.rbegin());
}

}  // namespace
}  // namespace sotto::noise
