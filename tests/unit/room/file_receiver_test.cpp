#include "room/file_receiver.h"

#include <gtest/gtest.h>

namespace sotto::room {
namespace {

using State = FileReceiver::State;

wire::FileFrame bytes(std::size_t count) {
  static const Bytes some(1'000);
  return wire::FileData{ByteView(some).first(count)};
}

TEST(FileReceiver, GoesFromTheOfferToWhatIsKept) {
  FileReceiver receiver(100);
  receiver.accept(0);
  EXPECT_TRUE(receiver.take(bytes(99)));
  EXPECT_EQ(receiver.state(), State::flowing);
  EXPECT_TRUE(receiver.take(bytes(1)));
  EXPECT_EQ(receiver.state(), State::complete);
  receiver.keep();
  EXPECT_EQ(receiver.state(), State::kept);
}

TEST(FileReceiver, GoesOnFromWhatIsThere) {
  FileReceiver receiver(100);
  receiver.accept(70);
  EXPECT_FALSE(receiver.take(bytes(31)));
  EXPECT_TRUE(receiver.take(bytes(30)));
  EXPECT_EQ(receiver.received(), 100U);
}

TEST(FileReceiver, NothingMoreComesOfWhatIsWholeOrEmpty) {
  FileReceiver whole(100);
  whole.accept(100);
  EXPECT_EQ(whole.state(), State::complete);
  EXPECT_FALSE(whole.take(bytes(1)));
  FileReceiver empty(0);
  empty.accept(0);
  EXPECT_EQ(empty.state(), State::complete);
}

TEST(FileReceiver, WhatBreaksTheRulesIsSaid) {
  FileReceiver receiver(100);
  EXPECT_FALSE(receiver.take(bytes(1)));  // before it was accepted
  receiver.accept(0);
  EXPECT_FALSE(receiver.take(bytes(0)));
  EXPECT_FALSE(receiver.take(bytes(101)));
  EXPECT_FALSE(receiver.take(wire::FileKept()));
  EXPECT_FALSE(receiver.take(wire::FileAccepted{0}));
  EXPECT_FALSE(receiver.take(wire::FileRefused{wire::FileRefusal::busy}));
  EXPECT_TRUE(receiver.take(bytes(100)));
  EXPECT_FALSE(receiver.take(bytes(1)));  // beyond the size
  receiver.keep();
  EXPECT_FALSE(receiver.take(bytes(1)));
}

TEST(FileReceiver, WhatWasRefusedIsOver) {
  FileReceiver receiver(100);
  receiver.refuse();
  EXPECT_EQ(receiver.state(), State::over);
  EXPECT_FALSE(receiver.take(bytes(1)));
}

}  // namespace
}  // namespace sotto::room
