#include "tor/errors.h"

#include <gtest/gtest.h>
#include <set>

namespace sotto::tor {
namespace {

TEST(TorErrors, TheTableHoldsEveryCodeOnce) {
  int value = 1;
  std::set<std::string_view> names;
  for (const ErrorEntry& entry : error_table()) {
    EXPECT_EQ(entry.value, value++);
    EXPECT_TRUE(entry.name.starts_with("tor.")) << entry.name;
    EXPECT_TRUE(names.insert(entry.name).second) << entry.name;
  }
  EXPECT_EQ(value - 1, static_cast<int>(Errc::clock_skew));
}

TEST(TorErrors, HaveTheirExitCodes) {
  EXPECT_EQ(Error(Errc::control_auth, "Text.").kind(), Kind::service);
  EXPECT_EQ(Error(Errc::auth_wrong, "Text.").kind(), Kind::refused);
  EXPECT_EQ(Error(Errc::descriptor_missing, "Text.").kind(), Kind::unreached);
  EXPECT_EQ(Error(Errc::onion_checksum, "Text.").name(), "tor.onion.checksum");
  EXPECT_EQ(Error(Errc::onion_checksum, "Text.").kind(), Kind::input);
}

}  // namespace
}  // namespace sotto::tor
