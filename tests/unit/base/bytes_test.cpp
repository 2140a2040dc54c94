#include "base/bytes.h"

#include <gtest/gtest.h>

namespace sotto {
namespace {

TEST(Bytes, TextSurvivesTheWayThereAndBack) {
  const std::string text("caf\xc3\xa9\0!", 7);
  EXPECT_EQ(to_string(to_bytes(text)), text);
  EXPECT_EQ(as_text(as_bytes(text)), text);
}

TEST(Bytes, AppendTakesAView) {
  Bytes out = to_bytes("so");
  append(out, as_bytes("tto"));
  append(out, {});
  EXPECT_EQ(as_text(out), "sotto");
}

}  // namespace
}  // namespace sotto
