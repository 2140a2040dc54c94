#include "store/store_key_file.h"

#include "support/mutations.h"
#include "unit/store/testing.h"

namespace sotto::store {
namespace {

class StoreKeyFileTest : public StoreTest {
 protected:
  StoreKeyFile keys() { return {file(), profile_key_.copy(), entropy_}; }
  std::filesystem::path path() const { return dir_ / "sotto.key"; }

  StoreKey one_ = StoreKey::generate(entropy_);
  StoreKey two_ = StoreKey::generate(entropy_);
};

TEST_F(StoreKeyFileTest, HoldsOneKeyOrTwo) {
  EXPECT_TRUE(must(keys().read()).empty());
  must(keys().write(std::span(&one_, 1)));
  auto read = must(keys().read());
  ASSERT_EQ(read.size(), 1U);
  EXPECT_EQ(read[0].id, one_.id);
  EXPECT_TRUE(std::ranges::equal(read[0].key.view(), one_.key.view()));

  const StoreKey both[] = {one_.copy(), two_.copy()};
  must(keys().write(both));
  read = must(keys().read());
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[1].id, two_.id);
  EXPECT_EQ(std::filesystem::status(path()).permissions(), std::filesystem::perms(0600));
}

TEST_F(StoreKeyFileTest, OpensWithTheProfileKeyOnlyAndUndamagedOnly) {
  must(keys().write(std::span(&one_, 1)));
  const crypto::SymmetricKey other(entropy_);
  expect_failed(StoreKeyFile(file(), other.copy(), entropy_).read(), Errc::damaged);
  const Bytes good = read_file(path());
  for (const std::size_t length : {std::size_t{0}, std::size_t{5}, good.size() - 1}) {
    write_file(path(), ByteView(good).first(length));
    expect_failed(keys().read(), Errc::damaged);
  }
  for (std::size_t at = 0; at < good.size(); at += 7) {
    Bytes bad = good;
    bad[at] ^= std::byte{1};
    write_file(path(), bad);
    expect_failed(keys().read(), Errc::damaged);
  }
  write_file(path(), good);
  EXPECT_EQ(must(keys().read()).size(), 1U);
}

// A thief of the freed blocks finds zeros; a second name for the file is somebody's backup.
TEST_F(StoreKeyFileTest, WhatAFileHeldIsOverwrittenUnlessItHasAnotherName) {
  must(keys().write(std::span(&one_, 1)));
  const Bytes before = read_file(path());
  std::ifstream open_before(path(), std::ios::binary);
  must(keys().write(std::span(&two_, 1)));
  const Bytes after = to_bytes(std::string{std::istreambuf_iterator<char>(open_before), {}});
  EXPECT_EQ(after, Bytes(before.size()));

  const Bytes second = read_file(path());
  std::filesystem::create_hard_link(path(), dir_ / "copy.key");
  must(keys().write(std::span(&one_, 1)));
  EXPECT_EQ(read_file(dir_ / "copy.key"), second);
}

}  // namespace
}  // namespace sotto::store
