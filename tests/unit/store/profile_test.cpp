#include "store/profile.h"

#include <sys/stat.h>

#include "support/mutations.h"
#include "unit/store/testing.h"

namespace sotto::store {
namespace {

constexpr crypto::Argon2idParameters cheapest{.ops = 1, .memory_kib = 8 * 1024};

class ProfileTest : public StoreTest {
 protected:
  Bytes create(const Secret* passphrase = nullptr) {
    return to_bytes(must(create_profile(home_, passphrase, entropy_, cheapest)).view());
  }
  Bytes unlock(const Secret* passphrase = nullptr) {
    return to_bytes(must(unlock_profile(home_, passphrase)).view());
  }
  static mode_t mode_of(const std::filesystem::path& path) {
    struct stat status{};
    EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
    return status.st_mode & 07777;
  }
  // Each way of damaging profile.sotto must be told from a wrong key.
  void expect_damage_is_told(const Secret* passphrase) {
    const Bytes good = read_file(sealed_);
    const auto check = [&](ByteView damaged) {
      write_file(sealed_, damaged);
      const auto key = unlock_profile(home_, passphrase);
      const auto kind = find_profile(home_);
      ASSERT_FALSE(key);
      ASSERT_FALSE(kind);
      EXPECT_EQ(key.error().code(), kind.error().code());
      // The version is the 7th byte; a flipped bit there is a newer file, or version 0.
      const bool version = damaged.size() == good.size() && damaged[6] != good[6];
      EXPECT_TRUE(key.error().is(Errc::damaged) || (version && key.error().is(Errc::newer)))
          << key.error().name();
    };
    for_each_truncation(good, check);
    for_each_flipped_bit(good, check);
    Bytes longer = good;
    longer.push_back(std::byte{0});
    check(longer);
    write_file(sealed_, good);
    static_cast<void>(unlock(passphrase));
  }

  std::filesystem::path home_ = dir_ / "home";
  std::filesystem::path sealed_ = home_ / "profile.sotto";
  std::filesystem::path key_ = home_ / "profile.key";
  Secret passphrase_{as_bytes("correct horse battery staple")};
};

TEST_F(ProfileTest, NoneAtFirst) {
  EXPECT_FALSE(must(find_profile(home_)));
  expect_failed(unlock_profile(home_, nullptr), Errc::no_profile);
}

TEST_F(ProfileTest, WithAKeyFile) {
  const mode_t before = ::umask(0);
  const Bytes key = create();
  ::umask(before);
  EXPECT_EQ(must(find_profile(home_)), ProfileLockKind::key_file);
  EXPECT_EQ(unlock(), key);
  EXPECT_EQ(mode_of(home_), 0700U);
  EXPECT_EQ(mode_of(sealed_), 0600U);
  EXPECT_EQ(mode_of(key_), 0600U);
  EXPECT_EQ(read_file(key_).size(), 32U);
  EXPECT_NE(read_file(key_), key);
}

TEST_F(ProfileTest, WithAPassphrase) {
  const Bytes key = create(&passphrase_);
  EXPECT_EQ(must(find_profile(home_)), ProfileLockKind::passphrase);
  EXPECT_EQ(unlock(&passphrase_), key);
  EXPECT_FALSE(std::filesystem::exists(key_));
  const Secret wrong(as_bytes("correct horse battery stapl"));
  expect_failed(unlock_profile(home_, &wrong), Errc::passphrase);
  const Secret empty;
  expect_failed(unlock_profile(home_, &empty), Errc::passphrase);
}

TEST_F(ProfileTest, HomesAreMadeWithTheirParents) {
  home_ = dir_ / "not/there/yet/";
  const Bytes key = create();
  EXPECT_EQ(unlock(), key);
  EXPECT_EQ(mode_of(dir_ / "not/there/yet"), 0700U);
}

TEST_F(ProfileTest, AProfileIsNeverOverwritten) {
  const Bytes key = create();
  expect_failed(create_profile(home_, nullptr, entropy_), Errc::exists);
  expect_failed(create_profile(home_, &passphrase_, entropy_, cheapest), Errc::exists);
  EXPECT_EQ(unlock(), key);
}

TEST_F(ProfileTest, AStoreWithoutItsProfileIsNotTakenOver) {
  create();
  write_file(home_ / "sotto.db", {});
  std::filesystem::remove(sealed_);
  expect_failed(create_profile(home_, nullptr, entropy_), Errc::exists);
}

TEST_F(ProfileTest, AKeyThatACrashLeftIsTakenOver) {
  create();
  const Bytes key_file = read_file(key_);
  std::filesystem::remove(sealed_);
  const Bytes key = create();
  EXPECT_EQ(unlock(), key);
  EXPECT_EQ(read_file(key_), key_file);
}

TEST_F(ProfileTest, OneMakesAProfileAtATime) {
  std::filesystem::create_directory(home_);
  const OwnerLock lock = must(OwnerLock::take(home_));
  create();  // the owner may make one
}

TEST_F(ProfileTest, DamageIsToldFromAWrongKey) {
  create();
  expect_damage_is_told(nullptr);
}

TEST_F(ProfileTest, DamageIsToldFromAWrongPassphrase) {
  create(&passphrase_);
  expect_damage_is_told(&passphrase_);
}

TEST_F(ProfileTest, OtherSealedFilesAreNoProfile) {
  create();
  const auto replace = [&](crypto::FileKind kind, const crypto::FileLock& lock,
                           std::size_t length) {
    write_file(sealed_, must(crypto::seal_file(kind, lock, Bytes(length), entropy_)));
  };
  const auto key = *crypto::SymmetricKey::from(read_file(key_));
  replace(crypto::FileKind::backup, crypto::WithKey{key}, 32);
  expect_failed(find_profile(home_), Errc::damaged);
  replace(crypto::FileKind::profile, crypto::ForAnyone{}, 32);
  expect_failed(unlock_profile(home_, nullptr), Errc::damaged);
  replace(crypto::FileKind::profile, crypto::WithKey{key}, 31);
  expect_failed(unlock_profile(home_, nullptr), Errc::damaged);
  write_file(sealed_, Bytes(5000));
  expect_failed(find_profile(home_), Errc::damaged);
}

TEST_F(ProfileTest, AKeyFileThatOthersMayReadIsRefused) {
  create();
  for (const mode_t mode : {0644, 0640, 0604, 0660, 0602}) {
    ASSERT_EQ(::chmod(key_.c_str(), mode), 0);
    const auto refused = unlock_profile(home_, nullptr);
    expect_failed(refused, Errc::key_file);
    EXPECT_NE(refused.error().text().find("chmod 600"), std::string::npos);
  }
  ASSERT_EQ(::chmod(key_.c_str(), 0400), 0);
  unlock();
}

TEST_F(ProfileTest, AKeyFileThatDoesNotFitIsRefused) {
  create();
  const Bytes good = read_file(key_);
  const auto expect_key_file = [&] {
    expect_failed(unlock_profile(home_, nullptr), Errc::key_file);
  };
  write_file(key_, ByteView(good).first(31));
  expect_key_file();
  Bytes other = good;
  other.push_back(std::byte{0});
  write_file(key_, other);
  expect_key_file();
  other = good;
  other[0] ^= std::byte{1};
  write_file(key_, other);
  expect_key_file();
  std::filesystem::remove(key_);
  expect_key_file();
  write_file(dir_ / "elsewhere", good);
  ASSERT_EQ(::chmod((dir_ / "elsewhere").c_str(), 0600), 0);
  std::filesystem::create_symlink(dir_ / "elsewhere", key_);
  expect_key_file();
}

TEST_F(ProfileTest, AFileInPlaceOfTheHomeIsReported) {
  write_file(home_, {});
  expect_failed(create_profile(home_, nullptr, entropy_), Errc::io);
  expect_failed(find_profile(home_), Errc::io);
  home_ = home_ / "below";
  expect_failed(create_profile(home_, nullptr, entropy_), Errc::io);
}

// sysfs lets nobody make a folder, not even root.
TEST_F(ProfileTest, AHomeThatCannotBeMadeIsReadOnly) {
  expect_failed(create_profile("/sys/sotto-test", nullptr, entropy_), Errc::read_only);
}

TEST_F(ProfileTest, AReadOnlyHomeIsReported) {
  SmallFileSystem disk(home_, "");
  if (!disk.mounted()) GTEST_SKIP() << "mounting takes privileges";
  disk.make_read_only();
  expect_failed(create_profile(home_, nullptr, entropy_), Errc::read_only);
  expect_failed(OwnerLock::take(home_), Errc::read_only);
  expect_failed(Database::open(home_ / "sotto.db", profile_key_, entropy_), Errc::read_only);
}

TEST_F(ProfileTest, AFullDiskLeavesNoHalfAProfile) {
  // Room for two folder entries and no content.
  SmallFileSystem disk(home_, "size=4k");
  if (!disk.mounted()) GTEST_SKIP() << "mounting takes privileges";
  write_file(home_ / "filler", Bytes(4096));
  expect_failed(create_profile(home_, nullptr, entropy_), Errc::full);
  EXPECT_FALSE(must(find_profile(home_)));
  EXPECT_FALSE(std::filesystem::exists(key_));
  std::filesystem::remove(home_ / "filler");
  // One page: the key fits, the profile does not.
  expect_failed(create_profile(home_, nullptr, entropy_), Errc::full);
  EXPECT_FALSE(std::filesystem::exists(key_));
}

// --- another lock

TEST_F(ProfileTest, TheLockChangesAndTheKeyStays) {
  const Bytes key = create();
  const auto profile_key = must(unlock_profile(home_, nullptr));
  const Bytes old_key_file = read_file(key_);
  must(relock_profile(home_, profile_key, &passphrase_, entropy_, cheapest));
  EXPECT_EQ(must(find_profile(home_)), ProfileLockKind::passphrase);
  EXPECT_FALSE(std::filesystem::exists(key_));
  EXPECT_EQ(unlock(&passphrase_), key);

  const Secret other(as_bytes("other"));
  must(relock_profile(home_, profile_key, &other, entropy_, cheapest));
  expect_failed(unlock_profile(home_, &passphrase_), Errc::passphrase);
  EXPECT_EQ(unlock(&other), key);

  must(relock_profile(home_, profile_key, nullptr, entropy_, cheapest));
  EXPECT_EQ(must(find_profile(home_)), ProfileLockKind::key_file);
  EXPECT_EQ(unlock(), key);
  EXPECT_EQ(mode_of(key_), 0600U);
  EXPECT_NE(read_file(key_), old_key_file);
  const Bytes same = read_file(sealed_);
  must(relock_profile(home_, profile_key, nullptr, entropy_, cheapest));
  EXPECT_EQ(read_file(sealed_), same) << "it has a key file";
}

// What each order of writes and a kill between them leaves: one lock that opens, and it.
TEST_F(ProfileTest, AKillBetweenTheFilesOfANewLockLeavesOneLock) {
  const Bytes key = create();
  const auto profile_key = must(unlock_profile(home_, nullptr));
  const Bytes with_key = read_file(sealed_);
  const Bytes key_file = read_file(key_);
  must(relock_profile(home_, profile_key, &passphrase_, entropy_, cheapest));
  const Bytes with_passphrase = read_file(sealed_);
  // Set: profile.sotto was replaced, the key file was not removed yet.
  write_file(key_, key_file);
  ::chmod(key_.c_str(), 0600);
  EXPECT_EQ(unlock(&passphrase_), key);
  // Removed: a new key file is there, profile.sotto is still the old one.
  must(relock_profile(home_, profile_key, nullptr, entropy_, cheapest));
  write_file(sealed_, with_passphrase);
  EXPECT_EQ(unlock(&passphrase_), key);
  // What was left does not keep the next one from working, and its old key opens nothing.
  must(relock_profile(home_, profile_key, nullptr, entropy_, cheapest));
  EXPECT_EQ(unlock(), key);
  write_file(key_, key_file);
  expect_failed(unlock_profile(home_, nullptr), Errc::key_file);
  // A half-written file beside the whole one.
  must(relock_profile(home_, profile_key, &passphrase_, entropy_, cheapest));
  write_file(home_ / "profile.sotto.new", ByteView(with_key).first(20));
  EXPECT_EQ(unlock(&passphrase_), key);
  must(relock_profile(home_, profile_key, nullptr, entropy_, cheapest));
  EXPECT_EQ(unlock(), key);
}

TEST_F(ProfileTest, NoLockWithoutAProfile) {
  std::filesystem::create_directories(home_);
  expect_failed(relock_profile(home_, profile_key_, &passphrase_, entropy_, cheapest),
                Errc::no_profile);
}

}  // namespace
}  // namespace sotto::store
