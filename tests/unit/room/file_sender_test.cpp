#include "room/file_sender.h"

#include <gtest/gtest.h>

namespace sotto::room {
namespace {

using State = FileSender::State;

TEST(FileSender, GoesFromTheOfferToWhatIsKept) {
  FileSender sender(100);
  EXPECT_EQ(sender.state(), State::offered);
  EXPECT_TRUE(sender.take(wire::FileAccepted{0}));
  EXPECT_EQ(sender.state(), State::flowing);
  sender.gave(60);
  EXPECT_EQ(sender.next(), 60U);
  EXPECT_TRUE(sender.take(wire::FileProgress{40}));
  EXPECT_EQ(sender.arrived(), 40U);
  sender.gave(40);
  EXPECT_EQ(sender.state(), State::sent);
  EXPECT_TRUE(sender.take(wire::FileKept()));
  EXPECT_EQ(sender.state(), State::kept);
  EXPECT_EQ(sender.arrived(), 100U);
}

TEST(FileSender, GoesOnWhereThePeerSays) {
  FileSender sender(100);
  EXPECT_TRUE(sender.take(wire::FileProgress{70}));  // it looks at what it has
  EXPECT_TRUE(sender.take(wire::FileAccepted{70}));
  EXPECT_EQ(sender.next(), 70U);
  EXPECT_EQ(sender.offset(), 70U);
  EXPECT_EQ(sender.arrived(), 70U);
}

TEST(FileSender, NothingIsLeftToSendOfWhatIsThereOrEmpty) {
  FileSender whole(100);
  EXPECT_TRUE(whole.take(wire::FileAccepted{100}));
  EXPECT_EQ(whole.state(), State::sent);
  FileSender empty(0);
  EXPECT_TRUE(empty.take(wire::FileAccepted{0}));
  EXPECT_EQ(empty.state(), State::sent);
}

TEST(FileSender, MayBeRefusedUntilItIsKept) {
  for (int step = 0; step < 3; ++step) {
    FileSender sender(10);
    if (step > 0) {
      EXPECT_TRUE(sender.take(wire::FileAccepted{0}));
    }
    if (step > 1) sender.gave(10);
    EXPECT_TRUE(sender.take(wire::FileRefused{wire::FileRefusal::no_space}));
    EXPECT_EQ(sender.state(), State::refused);
    EXPECT_EQ(sender.refusal(), wire::FileRefusal::no_space);
    EXPECT_FALSE(sender.take(wire::FileKept()));
  }
}

TEST(FileSender, WhatBreaksTheRulesIsSaid) {
  FileSender sender(100);
  EXPECT_FALSE(sender.take(wire::FileKept()));
  EXPECT_FALSE(sender.take(wire::FileAccepted{101}));
  EXPECT_FALSE(sender.take(wire::FileProgress{101}));
  EXPECT_FALSE(sender.take(wire::FileData{as_bytes("to the sender")}));
  EXPECT_TRUE(sender.take(wire::FileAccepted{10}));
  EXPECT_FALSE(sender.take(wire::FileAccepted{10}));
  EXPECT_FALSE(sender.take(wire::FileKept()));
  EXPECT_FALSE(sender.take(wire::FileProgress{9}));   // less than it has said
  EXPECT_FALSE(sender.take(wire::FileProgress{11}));  // more than was sent
  sender.gave(90);
  EXPECT_TRUE(sender.take(wire::FileKept()));
  EXPECT_FALSE(sender.take(wire::FileRefused{wire::FileRefusal::busy}));
}

}  // namespace
}  // namespace sotto::room
