#include "crypto/errors.h"

#include <gtest/gtest.h>
#include <set>

namespace sotto::crypto {
namespace {

TEST(CryptoErrors, EachHasItsOwnNameAndKind) {
  std::set<std::string_view> names;
  std::set<int> values;
  for (const ErrorEntry& entry : error_table()) {
    names.insert(entry.name);
    values.insert(entry.value);
  }
  EXPECT_EQ(names.size(), error_table().size());
  EXPECT_EQ(values.size(), error_table().size());
  EXPECT_EQ(*values.begin(), static_cast<int>(Errc::bad_key));
  EXPECT_EQ(*values.rbegin(), static_cast<int>(Errc::file_too_large));
  EXPECT_EQ(static_cast<int>(values.size()), *values.rbegin());
}

// Exit codes of the command line.
TEST(CryptoErrors, DamageIsInputAndAWrongPassphraseIsRefused) {
  EXPECT_EQ(Error(Errc::file_damaged, "").kind(), Kind::input);
  EXPECT_EQ(Error(Errc::file_locked, "").kind(), Kind::refused);
  EXPECT_EQ(Error(Errc::file_not_for_us, "").kind(), Kind::refused);
  EXPECT_EQ(Error(Errc::file_locked, "").name(), "file.wrong_passphrase");
}

}  // namespace
}  // namespace sotto::crypto
