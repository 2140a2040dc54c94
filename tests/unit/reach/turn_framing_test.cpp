#include "reach/turn_framing.h"

#include <gtest/gtest.h>
#include <string>

#include "base/encoding.h"
#include "reach/stun_message.h"
#include "support/mutations.h"
#include "support/results.h"

namespace sotto::reach {
namespace {

const Bytes data = to_bytes("hello");

TEST(TurnFraming, ChannelDataIsThatOfRfc8656) {
  EXPECT_EQ(to_hex(encode_channel_data({0x4001, data}, false)), "4001000568656c6c6f");
  EXPECT_EQ(to_hex(encode_channel_data({0x4001, data}, true)), "4001000568656c6c6f000000");
  const Bytes padded = *from_hex("40ff000568656c6c6f000000");
  const auto read = read_channel_data(padded);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->channel, 0x40ff);
  EXPECT_EQ(as_text(read->data), "hello");
  EXPECT_TRUE(read_channel_data(*from_hex("40000000"))->data.empty());
}

TEST(TurnFraming, NothingElseIsChannelData) {
  for_each_truncation(*from_hex("4001000568656c6c6f"),
                      [](ByteView prefix) { EXPECT_FALSE(read_channel_data(prefix)); });
  for (const char* text : {"50000000", "41000000", "3fff0000", "ffff0000", "00010000"}) {
    EXPECT_FALSE(read_channel_data(*from_hex(text))) << text;
  }
}

TEST(TurnFraming, AStreamIsCutWhereItsMessagesEnd) {
  const Bytes stun =
      StunMessage(StunMethod::binding, StunClass::success, StunTransaction()).encode();
  const Bytes channel = encode_channel_data({0x4001, data}, true);
  Bytes all = stun;
  append(all, channel);
  append(all, stun);
  for (std::size_t piece = 1; piece <= all.size(); ++piece) {
    TurnStream stream;
    std::vector<Bytes> messages;
    for (std::size_t at = 0; at < all.size(); at += piece) {
      stream.append(ByteView(all).subspan(at, std::min(piece, all.size() - at)));
      while (const auto message = must(stream.next())) messages.push_back(to_bytes(*message));
    }
    EXPECT_EQ(messages, (std::vector<Bytes>{stun, channel, stun})) << piece;
  }
}

TEST(TurnFraming, OtherStreamsAreRefused) {
  for (const char* text :
       {"HTTP/1.1 400", "\x16\x03\x01\x02", "\x80\x01\x02\x03", "\x50\1\2\3"}) {
    TurnStream stream;
    stream.append(as_bytes(text));
    EXPECT_EQ(error_of(stream.next()), "stun.malformed") << text;
  }
}

}  // namespace
}  // namespace sotto::reach
