#include "store/errors.h"

#include <gtest/gtest.h>
#include <set>

namespace sotto::store {
namespace {

TEST(StoreErrors, EveryCodeHasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (const ErrorEntry& entry : error_table()) {
    EXPECT_TRUE(entry.name.starts_with("store.")) << entry.name;
    EXPECT_TRUE(names.insert(entry.name).second) << entry.name;
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(Errc::gone));
}

TEST(StoreErrors, AreStoreTroubleButForTwo) {
  EXPECT_EQ(Error(Errc::passphrase, "").kind(), Kind::refused);
  EXPECT_EQ(Error(Errc::name_taken, "").kind(), Kind::usage);
  EXPECT_EQ(Error(Errc::damaged, "").kind(), Kind::store);
  EXPECT_EQ(Error(Errc::damaged, "").name(), "store.damaged");
}

}  // namespace
}  // namespace sotto::store
