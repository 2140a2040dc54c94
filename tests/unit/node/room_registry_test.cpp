#include "node/room_registry.h"

#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/encoding.h"
#include "support/results.h"
#include "support/seeded_entropy.h"
#include "support/temp_dir.h"

namespace sotto::node {
namespace {

class Registry : public testing::Test {
 protected:
  ListedRoom listed(std::uint16_t port = 4711) {
    return {id_, {{"::1", port}, {"127.0.0.1", port}}};
  }
  std::filesystem::path file() const { return registry_.folder() / to_hex(id_.view()); }
  std::string found() {
    const auto room = must(registry_.find(id_));
    return room ? net::to_string(room->addresses.front()) : "nothing";
  }
  // What a host that was killed leaves.
  void leave_behind(const RoomId& id) {
    const pid_t child = ::fork();
    if (child == 0) {
      const auto listing = registry_.list({id, {{"127.0.0.1", 1}}});
      ::raise(SIGKILL);
    }
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  }

  SeededEntropy entropy_{1};
  RoomId id_ = RoomId::random(entropy_);
  TempDir dir_;
  RoomRegistry registry_{dir_ / "user" / "rooms"};
};

TEST_F(Registry, ARoomIsFoundWhileItIsListed) {
  EXPECT_EQ(found(), "nothing");
  {
    const auto listing = must(registry_.list(listed()));
    EXPECT_EQ(found(), "[::1]:4711");
    EXPECT_EQ(must(registry_.find(id_))->addresses.size(), 2U);
    EXPECT_FALSE(must(registry_.find(RoomId::random(entropy_))));
  }
  EXPECT_EQ(found(), "nothing");
  EXPECT_FALSE(std::filesystem::exists(file()));
}

TEST_F(Registry, NobodyElseMayLook) {
  const auto listing = must(registry_.list(listed()));
  struct stat entry{};
  ASSERT_EQ(::stat(file().c_str(), &entry), 0);
  EXPECT_EQ(entry.st_mode & 0777, 0600U);
  ASSERT_EQ(::stat(registry_.folder().c_str(), &entry), 0);
  EXPECT_EQ(entry.st_mode & 0777, 0700U);
}

TEST_F(Registry, WhatAKilledHostLeftIsNotFoundAndRemoved) {
  leave_behind(id_);
  ASSERT_TRUE(std::filesystem::exists(file()));
  EXPECT_EQ(found(), "nothing");
  EXPECT_FALSE(std::filesystem::exists(file()));
}

TEST_F(Registry, WhoeverListsCleansUpAfterTheDead) {
  for (int i = 0; i < 3; ++i) leave_behind(RoomId::random(entropy_));
  const auto listing = must(registry_.list(listed()));
  const std::filesystem::directory_iterator entries(registry_.folder());
  EXPECT_EQ(std::distance(begin(entries), end(entries)), 1);
  EXPECT_EQ(found(), "[::1]:4711");
}

TEST_F(Registry, OfTwoHostsOfOneRoomTheLastIsFound) {
  auto first = std::make_optional(must(registry_.list(listed(1025))));
  const auto second = must(registry_.list(listed(1026)));
  EXPECT_EQ(found(), "[::1]:1026");
  first.reset();  // takes only its own along
  EXPECT_EQ(found(), "[::1]:1026");
}

TEST_F(Registry, AListingMoves) {
  auto listing = must(registry_.list(listed()));
  auto moved = std::move(listing);
  EXPECT_EQ(found(), "[::1]:4711");
  moved = must(registry_.list({RoomId::random(entropy_), {{"::1", 1}}}));
  EXPECT_EQ(found(), "nothing");
}

TEST_F(Registry, AFolderThatOthersMayWriteToIsNotUsed) {
  std::filesystem::create_directories(registry_.folder());
  ::chmod(registry_.folder().c_str(), 0777);
  EXPECT_EQ(error_of(registry_.list(listed())), "registry.unusable");
  EXPECT_EQ(error_of(registry_.find(id_)), "registry.unusable");
}

TEST_F(Registry, ALinkInThePlaceOfTheFolderIsNotFollowed) {
  std::filesystem::create_directories(dir_ / "elsewhere");
  std::filesystem::create_directories(dir_ / "user");
  std::filesystem::create_directory_symlink(dir_ / "elsewhere", registry_.folder());
  EXPECT_EQ(error_of(registry_.list(listed())), "registry.unusable");
}

TEST_F(Registry, ALinkInThePlaceOfAListingIsNotFollowed) {
  must(registry_.list(listed()));
  std::filesystem::create_symlink("/etc/passwd", file());
  EXPECT_EQ(error_of(registry_.find(id_)), "registry.unusable");
  const auto listing = must(registry_.list(listed()));
  EXPECT_EQ(found(), "[::1]:4711");
}

TEST_F(Registry, AListingThatSomebodyMadeUpLeadsNowhere) {
  auto listing = must(registry_.list(listed()));
  std::ofstream(file()) << R"({"addresses":["x"]})";
  EXPECT_EQ(found(), "nothing");
}

TEST_F(Registry, AListingIsReadAsItWasWritten) {
  const auto room = decode_listing(id_, encode_listing(listed()));
  ASSERT_TRUE(room);
  EXPECT_EQ(room->addresses, listed().addresses);
  for (const char* other : {"", "{}", "[]", R"({"addresses":[]})", R"({"addresses":"a:1"})",
                            R"({"addresses":["a:0"]})", R"({"addresses":[7]})",
                            R"({"addresses":["x.onion:80"]})"}) {
    EXPECT_FALSE(decode_listing(id_, other)) << other;
  }
}

TEST(RegistryFolder, IsTheRuntimeFolderOfTheUser) {
  const char* before = std::getenv("XDG_RUNTIME_DIR");
  const std::string kept = before == nullptr ? "" : before;
  ::setenv("XDG_RUNTIME_DIR", "/a/place", 1);
  EXPECT_EQ(RoomRegistry().folder(), "/a/place/sotto/rooms");
  ::setenv("XDG_RUNTIME_DIR", "relative", 1);  // its standard: as if it were not set
  EXPECT_NE(RoomRegistry().folder().string().find("sotto"), std::string::npos);
  EXPECT_TRUE(RoomRegistry().folder().is_absolute());
  before == nullptr ? ::unsetenv("XDG_RUNTIME_DIR")
                    : ::setenv("XDG_RUNTIME_DIR", kept.c_str(), 1);
}

}  // namespace
}  // namespace sotto::node
