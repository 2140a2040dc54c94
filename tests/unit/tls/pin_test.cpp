#include "tls/pin.h"

#include <gtest/gtest.h>

namespace sotto::tls {
namespace {

TEST(Pin, IsFortyThreeLetters) {
  SpkiHash hash;
  for (std::size_t i = 0; i < hash.size(); ++i) hash[i] = static_cast<std::byte>(i * 8);
  const std::string text = pin_text(hash);
  EXPECT_EQ(text, "AAgQGCAoMDhASFBYYGhweICIkJigqLC4wMjQ2ODo8Pg");
  EXPECT_EQ(pin_from(text), hash);
}

TEST(Pin, NothingElseIsOne) {
  const std::string pin = pin_text(SpkiHash{});
  EXPECT_FALSE(pin_from(""));
  EXPECT_FALSE(pin_from(pin.substr(1)));
  EXPECT_FALSE(pin_from(pin + "A"));
  EXPECT_FALSE(pin_from(pin + "="));
  EXPECT_FALSE(pin_from(pin.substr(1) + "B"));  // stray bits
  EXPECT_FALSE(pin_from("+" + pin.substr(1)));
  EXPECT_FALSE(pin_from(" " + pin.substr(1)));
}

}  // namespace
}  // namespace sotto::tls
