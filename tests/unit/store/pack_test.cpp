#include "store/pack.h"

#include <gtest/gtest.h>

#include "base/fixed_bytes.h"
#include "crypto/keys.h"

namespace sotto::store {
namespace {

Bytes packed() {
  Packer fields;
  fields.integer(std::uint16_t{0x0102})
      .flag(true)
      .text("name")
      .variable({})
      .time(from_unix_ms(-1))
      .fixed(RoomId().view());
  return to_bytes(fields.view());
}

TEST(Pack, LaysFieldsOutAsDocumented) {
  EXPECT_EQ(
      as_text(packed()),
      std::string("\x01\x02\x01\0\0\0\4name\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff", 23) +
          std::string(16, '\0'));
}

TEST(Pack, ReadsWhatItWrote) {
  const Bytes bytes = packed();
  Unpacker fields(bytes);
  EXPECT_EQ(fields.integer<std::uint16_t>(), 0x0102);
  EXPECT_TRUE(fields.flag());
  EXPECT_EQ(fields.text(), "name");
  EXPECT_TRUE(fields.variable().empty());
  EXPECT_EQ(unix_ms(fields.time()), -1);
  EXPECT_FALSE(fields.complete());
  EXPECT_EQ(fields.fixed<RoomId>(), RoomId());
  EXPECT_TRUE(fields.complete());
}

TEST(Pack, ATruncatedRowIsNeverComplete) {
  const Bytes bytes = packed();
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    Unpacker fields(ByteView(bytes).first(length));
    fields.integer<std::uint16_t>();
    fields.flag();
    fields.text();
    fields.variable();
    fields.time();
    fields.fixed<crypto::SymmetricKey>();
    EXPECT_FALSE(fields.complete()) << length;
  }
}

TEST(Pack, ALengthBeyondTheEndYieldsNothing) {
  const Bytes bytes = to_bytes(std::string_view("\xff\xff\xff\xffrest", 8));
  Unpacker fields(bytes);
  EXPECT_TRUE(fields.variable().empty());
  EXPECT_TRUE(fields.secret().empty());
  EXPECT_EQ(fields.array<2>(), (std::array<std::byte, 2>{}));
  EXPECT_FALSE(fields.complete());
}

}  // namespace
}  // namespace sotto::store
