#include "wire/file_frame.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "support/results.h"

namespace sotto::wire {
namespace {

template <class Frame>
Frame again(const FileFrame& frame) {
  return std::get<Frame>(must(decode_file_frame(encode(frame))));
}

bool is_malformed(const auto& result) {
  return !result && result.error().is(Errc::malformed);
}

FileOffer an_offer() {
  FileOffer offer;
  offer.id = *FileId::from(as_bytes("sixteen bytes id"));
  offer.name = "report.pdf";
  offer.size = 34'567;
  offer.hash.fill(std::byte{7});
  return offer;
}

bool is_refused(auto change) {
  FileOffer offer = an_offer();
  change(offer);
  return is_malformed(decode_file_offer(encode(offer)));
}

TEST(FileFrame, AnOfferComesBack) {
  EXPECT_EQ(must(decode_file_offer(encode(an_offer()))), an_offer());
  FileOffer largest = an_offer();
  largest.size = file_size_limit;
  EXPECT_EQ(must(decode_file_offer(encode(largest))), largest);
}

TEST(FileFrame, AnOfferWithANameOrSizeThatIsNoneIsMalformed) {
  for (const char* name : {"", "..", "/etc/passwd", "a/b", ".bashrc", "a\nb", "a\xff"}) {
    EXPECT_TRUE(is_refused([&](FileOffer& offer) { offer.name = name; })) << name;
  }
  EXPECT_TRUE(is_refused([](FileOffer& offer) { offer.size = file_size_limit + 1; }));
  EXPECT_TRUE(is_refused([](FileOffer& offer) { offer.size = ~std::uint64_t{0}; }));
}

TEST(FileFrame, AnOfferWithoutItsIdOrHashIsMalformed) {
  EXPECT_TRUE(is_malformed(decode_file_offer({})));
  EXPECT_TRUE(is_malformed(decode_file_offer(to_bytes("\x12\x01x"))));
}

TEST(FileFrame, BytesOfTheFileAreAViewBehindOneByte) {
  const Bytes message = encode(FileFrame(FileData{as_bytes("hello")}));
  EXPECT_EQ(message.size(), file_data_header + 5);
  EXPECT_EQ(message[0], file_data_kind);
  const auto data = std::get<FileData>(must(decode_file_frame(message)));
  EXPECT_EQ(as_text(data.bytes), "hello");
  EXPECT_EQ(data.bytes.data(), message.data() + file_data_header);
}

TEST(FileFrame, WhatIsSaidOfAFileComesBack) {
  EXPECT_EQ(again<FileProgress>(FileProgress{1 << 30}).bytes, 1U << 30);
  EXPECT_EQ(again<FileAccepted>(FileAccepted{0}).offset, 0U);
  EXPECT_EQ(again<FileAccepted>(FileAccepted{file_size_limit}).offset, file_size_limit);
  again<FileKept>(FileKept());
  for (int reason = 1; reason <= static_cast<int>(FileRefusal::failed); ++reason) {
    const auto refusal = static_cast<FileRefusal>(reason);
    EXPECT_EQ(again<FileRefused>(FileRefused{refusal}).reason, refusal);
  }
}

// The example of docs/protocol.md.
TEST(FileFrame, TheBytesAreThoseOfTheSpecification) {
  FileOffer offer;
  offer.name = "hi";
  offer.size = 2;
  EXPECT_EQ(to_hex(encode(offer)),
            "0a10" + std::string(32, '0') + "1202686918022220" + std::string(64, '0'));
  EXPECT_EQ(to_hex(encode(FileFrame(FileAccepted{0}))), "011200");
  EXPECT_EQ(to_hex(encode(FileFrame(FileData{as_bytes("hi")}))), "006869");
  EXPECT_EQ(to_hex(encode(FileFrame(FileKept()))), "012200");
}

TEST(FileFrame, WhatIsOfNoKnownKindOrTooMuchIsMalformed) {
  EXPECT_TRUE(is_malformed(decode_file_frame({})));
  EXPECT_TRUE(is_malformed(decode_file_frame(to_bytes("\x02hello"))));
  EXPECT_TRUE(is_malformed(decode_file_frame(to_bytes("\x01"))));
  const auto unknown = FileFrame(FileRefused{static_cast<FileRefusal>(8)});
  EXPECT_TRUE(is_malformed(decode_file_frame(encode(unknown))));
  const auto beyond = FileFrame(FileAccepted{file_size_limit + 1});
  EXPECT_TRUE(is_malformed(decode_file_frame(encode(beyond))));
  EXPECT_FALSE(decode_file_frame(Bytes(100, std::byte{1})));
}

}  // namespace
}  // namespace sotto::wire
