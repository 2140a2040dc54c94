#include "node/record_folder.h"

#include <fstream>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utime.h>

#include "base/encoding.h"
#include "node/errors.h"
#include "support/results.h"
#include "support/seeded_entropy.h"
#include "support/temp_dir.h"
#include "wire/record_blob.h"

namespace sotto::node {
namespace {

namespace fs = std::filesystem;
using Key = crypto::Ed25519PublicKey;

class Records : public testing::Test {
 protected:
  Records() { fs::create_directory(shared_.path()); }

  Bytes blob(const Key& key, std::uint8_t filling = 7) {
    Bytes out = to_bytes(key.view());
    out.resize(wire::record_blob_bytes, std::byte{filling});
    return out;
  }
  static fs::path file(const RecordFolder& folder, const Key& key) {
    return folder.path() / to_hex(key.view());
  }
  static mode_t mode_of(const fs::path& path) {
    struct stat entry{};
    EXPECT_EQ(::stat(path.c_str(), &entry), 0);
    return entry.st_mode & 0777U;
  }
  static std::size_t files_in(const RecordFolder& folder) {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()));
  }

  TempDir dir_;
  SeededEntropy entropy_{3};
  RecordFolder shared_{dir_ / "shared", RecordFolder::Kind::shared};
  RecordFolder machine_{dir_ / "sotto" / "records", RecordFolder::Kind::machine};
  const Key key_ = Key::random(entropy_);
};

TEST_F(Records, AreKeptReplacedAndRemoved) {
  for (const RecordFolder& folder : {shared_, machine_}) {
    EXPECT_EQ(must(folder.get(key_)), std::nullopt);
    must(folder.remove(key_));
    must(folder.put(blob(key_)));
    EXPECT_EQ(must(folder.get(key_)), blob(key_));
    must(folder.put(blob(key_, 8)));
    EXPECT_EQ(must(folder.get(key_)), blob(key_, 8));
    EXPECT_EQ(files_in(folder), 1U);  // nothing lies beside it
    must(folder.remove(key_));
    EXPECT_EQ(must(folder.get(key_)), std::nullopt);
    EXPECT_EQ(files_in(folder), 0U);
  }
}

TEST_F(Records, WhoSharesTheFolderReadsThemAndNobodyElseThoseOfThisMachine) {
  const mode_t before = ::umask(077);
  must(shared_.put(blob(key_)));
  must(machine_.put(blob(key_)));
  ::umask(before);
  EXPECT_EQ(mode_of(file(shared_, key_)), 0644U);
  EXPECT_EQ(mode_of(file(machine_, key_)), 0600U);
  EXPECT_EQ(mode_of(machine_.path()), 0700U);
  EXPECT_EQ(mode_of(machine_.path().parent_path()), 0700U);
}

TEST_F(Records, WhatAKilledProcessLeftBesideIsNoTrouble) {
  std::ofstream(shared_.path() / (".new-" + to_hex(key_.view()))) << "half";
  must(shared_.put(blob(key_)));
  EXPECT_EQ(must(shared_.get(key_)), blob(key_));
  EXPECT_EQ(files_in(shared_), 1U);
}

TEST_F(Records, OfAnotherSizeOrKindAreTold) {
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{995}, std::size_t{997}, std::size_t{1} << 20}) {
    std::ofstream(file(shared_, key_)) << std::string(size, 'x');
    const auto got = shared_.get(key_);
    ASSERT_FALSE(got.has_value()) << size;
    EXPECT_TRUE(got.error().is(Errc::directory_failed));
  }
  fs::remove(file(shared_, key_));
  ASSERT_EQ(::mkfifo(file(shared_, key_).c_str(), 0600), 0);
  EXPECT_FALSE(shared_.get(key_).has_value());  // nor is it waited for
  fs::remove(file(shared_, key_));
  std::ofstream(dir_ / "secret") << std::string(wire::record_blob_bytes, 's');
  fs::create_symlink(dir_ / "secret", file(shared_, key_));
  EXPECT_FALSE(shared_.get(key_).has_value());
  must(shared_.put(blob(key_)));  // takes the link's place
  EXPECT_EQ(fs::file_size(dir_ / "secret"), wire::record_blob_bytes);
  EXPECT_FALSE(fs::is_symlink(file(shared_, key_)));
}

TEST_F(Records, ASharedFolderThatIsGoneIsTold) {
  fs::remove(shared_.path());
  EXPECT_TRUE(shared_.prepare().error().is(Errc::directory_failed));
  EXPECT_TRUE(shared_.put(blob(key_)).error().is(Errc::directory_failed));
  EXPECT_TRUE(shared_.get(key_).error().is(Errc::directory_failed));
  EXPECT_FALSE(fs::exists(shared_.path()));  // making it is the person's
}

TEST_F(Records, AFolderThatOthersMayWriteToIsNotThisMachines) {
  must(machine_.prepare());
  fs::permissions(machine_.path(), fs::perms::all);
  EXPECT_TRUE(machine_.put(blob(key_)).error().is(Errc::directory_failed));
}

TEST_F(Records, OfThisMachineGoWithTime) {
  must(machine_.put(blob(key_)));
  const std::time_t old = ::time(nullptr) - std::time_t{5} * 24 * 3600;
  const utimbuf times{old, old};
  ASSERT_EQ(::utime(file(machine_, key_).c_str(), &times), 0);
  std::ofstream(machine_.path() / "notes") << "not ours";
  ASSERT_EQ(::utime((machine_.path() / "notes").c_str(), &times), 0);
  const Key other = Key::random(entropy_);
  must(machine_.put(blob(other)));
  EXPECT_EQ(must(machine_.get(key_)), std::nullopt);
  EXPECT_EQ(must(machine_.get(other)), blob(other));
  EXPECT_TRUE(fs::exists(machine_.path() / "notes"));
}

TEST_F(Records, OfThisMachineAreNotMoreThanItHolds) {
  must(machine_.prepare());
  for (int i = 0; i < 2048; ++i) {
    std::ofstream(file(machine_, Key::random(entropy_))) << "x";
  }
  must(machine_.put(blob(key_)));
  EXPECT_EQ(must(machine_.get(key_)), std::nullopt);
  fs::remove(fs::directory_iterator(machine_.path())->path());
  must(machine_.put(blob(key_)));
  must(machine_.put(blob(key_, 9)));
  EXPECT_EQ(must(machine_.get(key_)), blob(key_, 9));
}

}  // namespace
}  // namespace sotto::node
