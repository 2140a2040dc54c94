#include "node/room_password.h"

#include <gtest/gtest.h>

#include "support/results.h"

namespace sotto::node {
namespace {

std::string normalized(std::string_view typed) {
  const auto password = room_password(Secret(as_bytes(typed)));
  return password ? std::string(as_text(password->view())) : password.error().name();
}

TEST(RoomPassword, WhatLooksTheSameIsTheSame) {
  EXPECT_EQ(normalized("correct horse"), "correct horse");
  EXPECT_EQ(normalized("caf\u00e9"), "caf\u00e9");
  EXPECT_EQ(normalized("cafe\u0301"), "caf\u00e9");
  EXPECT_EQ(normalized("\u1112\u1161\u11ab"), "\ud55c");                // Hangul
  EXPECT_EQ(normalized("a\u0323\u0307"), normalized("a\u0307\u0323"));  // order of the marks
}

TEST(RoomPassword, NothingElseIsChanged) {
  EXPECT_EQ(normalized(" Two  Spaces "), " Two  Spaces ");
  EXPECT_NE(normalized("\ufb01"), "fi");  // a ligature is a letter of its own
  EXPECT_NE(normalized("A"), normalized("a"));
}

TEST(RoomPassword, EmptyTooLongAndOtherBytesAreRefused) {
  EXPECT_EQ(normalized(""), "password.invalid");
  EXPECT_EQ(normalized(std::string(1024, 'x')), std::string(1024, 'x'));
  EXPECT_EQ(normalized(std::string(1025, 'x')), "password.invalid");
  EXPECT_EQ(normalized("\xff"), "password.invalid");
  EXPECT_EQ(normalized("cut \xc3"), "password.invalid");
}

TEST(RoomPassword, APasswordOpensTheRoom) {
  HostRequest request;
  must(settle_door(request));
  EXPECT_FALSE(request.open);
  request.password = Secret(as_bytes("cafe\u0301"));
  must(settle_door(request));
  EXPECT_TRUE(request.open);
  EXPECT_EQ(as_text(request.password->view()), "caf\u00e9");
  request.password = Secret(as_bytes("\xff"));
  EXPECT_EQ(error_of(settle_door(request)), "password.invalid");
}

}  // namespace
}  // namespace sotto::node
