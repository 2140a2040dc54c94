#include "base/secret.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <thread>
#include <vector>

namespace sotto {
namespace {

bool all_zero(ByteView bytes) {
  return std::ranges::all_of(bytes, [](std::byte b) { return b == std::byte{0}; });
}

// The sizes around each step of the arena, and past its chunks.
constexpr std::size_t sizes[] = {1,   15,  16,   17,   31,   32,    33,    64,     65,
                                 127, 128, 4095, 4096, 4097, 16384, 16385, 100'000};

TEST(Secret, IsZeroAtFirstEvenInUsedMemory) {
  for (const std::size_t size : sizes) {
    for (int round = 0; round < 3; ++round) {
      Secret secret(size);
      ASSERT_EQ(secret.size(), size);
      EXPECT_TRUE(all_zero(secret.view())) << size;
      std::ranges::fill(secret.mutable_view(), std::byte{0xaa});
    }
  }
}

TEST(Secret, ReleasedMemoryIsWipedAndUsedAgain) {
  const std::byte* place = nullptr;
  {
    Secret secret(as_bytes("the quick brown fox jumps over t"));
    place = secret.view().data();
  }
  const Secret next(std::size_t{32});
  EXPECT_EQ(next.view().data(), place);  // the free list is a stack
  EXPECT_TRUE(all_zero(next.view()));
}

TEST(Secret, SecretsDoNotOverlap) {
  std::vector<Secret> secrets;
  for (int round = 0; round < 50; ++round) {
    for (const std::size_t size : sizes) {
      secrets.emplace_back(size);
      std::ranges::fill(secrets.back().mutable_view(), static_cast<std::byte>(secrets.size()));
    }
  }
  for (std::size_t i = 0; i < secrets.size(); ++i) {
    const auto expected = static_cast<std::byte>(i + 1);
    EXPECT_TRUE(
        std::ranges::all_of(secrets[i].view(), [&](std::byte b) { return b == expected; }));
  }
}

TEST(Secret, MovesWithoutACopy) {
  Secret first(as_bytes("key"));
  const std::byte* place = first.view().data();
  Secret second = std::move(first);
  EXPECT_EQ(second.view().data(), place);
  EXPECT_EQ(as_text(second.view()), "key");

  Secret third(as_bytes("other"));
  third = std::move(second);
  EXPECT_EQ(third.view().data(), place);
}

TEST(Secret, CopyIsAnotherPlace) {
  const Secret first(as_bytes("key"));
  const Secret second = first.copy();
  EXPECT_NE(second.view().data(), first.view().data());
  EXPECT_EQ(as_text(second.view()), "key");
}

TEST(Secret, OfNothingIsEmpty) {
  EXPECT_TRUE(Secret().empty());
  EXPECT_TRUE(Secret(std::size_t{0}).empty());
  EXPECT_TRUE(Secret(ByteView{}).copy().empty());
}

TEST(Secret, MayBeMadeAndReleasedByManyThreads) {
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([t] {
      for (int i = 0; i < 2000; ++i) {
        Secret secret(std::size_t{32});
        ASSERT_TRUE(all_zero(secret.view()));
        std::ranges::fill(secret.mutable_view(), static_cast<std::byte>(t + 1));
        const Secret copy = secret.copy();
        ASSERT_EQ(copy.view()[31], static_cast<std::byte>(t + 1));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(Secret, SaysWhetherItsMemoryIsLocked) {
  const Secret secret(std::size_t{32});
  static_cast<void>(secrets_are_locked());  // either answer is right: the kernel decides
}

TEST(Wipe, LeavesZeros) {
  Bytes bytes = to_bytes("passphrase");
  wipe(bytes);
  EXPECT_TRUE(all_zero(bytes));
  wipe({});
}

}  // namespace
}  // namespace sotto
