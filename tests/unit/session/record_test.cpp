#include "session/record.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "base/big_endian.h"
#include "session/errors.h"
#include "support/mutations.h"
#include "support/seeded_entropy.h"
#include "support/transport_pair.h"

namespace sotto::session {
namespace {

using wire::FrameType;

// Adds a Welcome, the type whose body may have any length, of `length` bytes.
void add(RecordSealer& sealer, std::size_t length, std::uint8_t filler = 0x5a) {
  std::ranges::fill(sealer.add(FrameType::welcome, length), std::byte{filler});
}

Bytes seal(RecordSealer& sealer) {
  return to_bytes(sealer.seal().value());
}

Bytes seal_one(RecordSealer& sealer, std::size_t length, std::uint8_t filler = 0x5a) {
  add(sealer, length, filler);
  return seal(sealer);
}

// Hands `bytes` to the opener as a stream would, at most `chunk` at a time, and collects what
// opens; stops at an error.
Result<std::vector<Bytes>> feed(RecordOpener& opener, ByteView bytes,
                                std::size_t chunk = 1 << 20) {
  std::vector<Bytes> plaintexts;
  while (!bytes.empty()) {
    const MutableBytes space = opener.space();
    const std::size_t n = std::min({space.size(), bytes.size(), chunk});
    EXPECT_GT(n, 0U);
    std::ranges::copy(bytes.first(n), space.begin());
    opener.filled(n);
    bytes = bytes.subspan(n);
    while (true) {
      const auto plaintext = opener.next();
      if (!plaintext) return std::unexpected(plaintext.error());
      if (!*plaintext) break;
      plaintexts.push_back(to_bytes(**plaintext));
    }
  }
  return plaintexts;
}

bool is_lost(const Result<std::vector<Bytes>>& opened) {
  return !opened && opened.error().is(Errc::link_lost);
}

class Record : public testing::Test {
 protected:
  std::pair<noise::Transport, noise::Transport> ends_ = transport_pair();
  RecordSealer sealer_{std::move(ends_.first.send)};
  RecordOpener opener_{std::move(ends_.second.receive)};

  // One that has the same key and has opened nothing yet.
  static RecordOpener fresh_opener() {
    return RecordOpener(std::move(transport_pair().second.receive));
  }
};

TEST_F(Record, HasOneOfFourSizesAndNoOther) {
  constexpr std::size_t overhead = wire::frame_header_bytes + noise::tag_bytes;
  for (std::size_t body = 0; body <= record_payload_limit - wire::frame_header_bytes;
       body += body < 5'000 ? 1 : 997) {
    const Bytes record = seal_one(sealer_, body);
    const std::size_t smallest = *std::ranges::lower_bound(record_sizes, body + overhead);
    ASSERT_EQ(record.size(), record_header_bytes + smallest) << body;
    ASSERT_EQ(load_be<std::uint16_t>(record), smallest) << body;
  }
}

TEST_F(Record, FillsEachSizeToItsLastByte) {
  for (const std::size_t size : record_sizes) {
    const std::size_t fits = size - noise::tag_bytes - wire::frame_header_bytes;
    const auto opened = feed(opener_, seal_one(sealer_, fits));
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->front().size(), size - noise::tag_bytes);
  }
}

TEST_F(Record, PacksFramesAndPadsWithZeros) {
  add(sealer_, 10, 1);
  add(sealer_, 20, 2);
  const auto opened = feed(opener_, seal(sealer_));
  ASSERT_TRUE(opened);
  ASSERT_EQ(opened->size(), 1U);
  wire::FrameReader reader(opened->front());
  EXPECT_EQ(to_bytes(reader.next().value()->body), Bytes(10, std::byte{1}));
  EXPECT_EQ(to_bytes(reader.next().value()->body), Bytes(20, std::byte{2}));
  EXPECT_FALSE(reader.next().value().has_value());
}

TEST_F(Record, NothingOfAnEarlierRecordIsInThePadding) {
  ASSERT_TRUE(feed(opener_, seal_one(sealer_, 400, 0xff)));
  const auto opened = feed(opener_, seal_one(sealer_, 1, 0xff));
  ASSERT_TRUE(opened);
  const ByteView padding = ByteView(opened->front()).subspan(wire::frame_header_bytes + 1);
  EXPECT_TRUE(std::ranges::all_of(padding, [](std::byte b) { return b == std::byte{0}; }));
}

TEST_F(Record, RoomIsWhatOneMoreFrameMayHave) {
  EXPECT_TRUE(sealer_.empty());
  const std::size_t whole = record_payload_limit - wire::frame_header_bytes;
  EXPECT_EQ(sealer_.room(), whole);
  add(sealer_, 100);
  EXPECT_FALSE(sealer_.empty());
  EXPECT_EQ(sealer_.room(), whole - 100 - wire::frame_header_bytes);
  add(sealer_, sealer_.room());
  EXPECT_EQ(sealer_.room(), 0U);
  seal(sealer_);
  EXPECT_TRUE(sealer_.empty());
  EXPECT_EQ(sealer_.room(), whole);
}

TEST_F(Record, NoRoomIsLeftForLessThanAFrame) {
  for (std::size_t left = 0; left <= wire::frame_header_bytes; ++left) {
    add(sealer_, record_payload_limit - wire::frame_header_bytes - left);
    EXPECT_EQ(sealer_.room(), 0U) << left;
    seal(sealer_);
  }
}

TEST_F(Record, EveryTruncationWaitsForMore) {
  for_each_truncation(seal_one(sealer_, 1), [](ByteView part) {
    RecordOpener opener = fresh_opener();
    const auto opened = feed(opener, part);
    ASSERT_TRUE(opened);
    EXPECT_TRUE(opened->empty());
  });
}

TEST_F(Record, OpensWhateverPiecesItArrivesIn) {
  Bytes stream;
  for (const std::size_t body : {1U, 3'000U, 9'000U, 60'000U, 2U}) {
    append(stream, seal_one(sealer_, body));
  }
  for (const std::size_t chunk : {1U, 7U, 513U, 4'098U, 65'537U, 1U << 20}) {
    RecordOpener opener = fresh_opener();
    const auto opened = feed(opener, stream, chunk);
    ASSERT_TRUE(opened) << chunk;
    ASSERT_EQ(opened->size(), 5U) << chunk;
    EXPECT_EQ((*opened)[3].size(), record_payload_limit);
  }
}

TEST_F(Record, EveryFlippedBitIsALostLink) {
  const Bytes small = seal_one(sealer_, 1);
  for_each_flipped_bit(small, [](ByteView damaged) {
    RecordOpener opener = fresh_opener();
    const auto opened = feed(opener, damaged);
    ASSERT_TRUE(is_lost(opened));
  });
}

TEST_F(Record, AFlippedBitInAnyByteOfALargeRecordIsALostLink) {
  RecordSealer sealer{std::move(transport_pair().first.send)};
  Bytes record = seal_one(sealer, 60'000);
  for (std::size_t at = 0; at < record.size(); at += at < 64 ? 1 : 131) {
    record[at] ^= std::byte{0x10};
    RecordOpener opener = fresh_opener();
    EXPECT_TRUE(is_lost(feed(opener, record))) << at;
    record[at] ^= std::byte{0x10};
  }
}

TEST_F(Record, EveryLengthThatIsNoneOfTheFourIsALostLinkAtOnce) {
  for (std::size_t length = 0; length < 65'536; ++length) {
    Bytes header;
    append_be(header, static_cast<std::uint16_t>(length));
    RecordOpener opener = fresh_opener();
    ASSERT_EQ(is_lost(feed(opener, header)), !std::ranges::binary_search(record_sizes, length))
        << length;
  }
}

TEST_F(Record, AReplayedRecordIsALostLink) {
  const Bytes record = seal_one(sealer_, 1);
  ASSERT_TRUE(feed(opener_, record));
  EXPECT_TRUE(is_lost(feed(opener_, record)));
}

TEST_F(Record, ADroppedRecordIsALostLink) {
  seal_one(sealer_, 1);
  EXPECT_TRUE(is_lost(feed(opener_, seal_one(sealer_, 2))));
}

TEST_F(Record, ARecordOfTheOtherDirectionIsALostLink) {
  RecordSealer other{std::move(ends_.second.send)};
  EXPECT_TRUE(is_lost(feed(opener_, seal_one(other, 1))));
}

TEST_F(Record, TenThousandGoThroughWithTheirKeysReplaced) {
  std::pair<noise::Transport, noise::Transport> ends = transport_pair(7);
  RecordSealer there{std::move(ends.first.send)};
  RecordOpener there_opener{std::move(ends.second.receive)};
  RecordSealer back{std::move(ends.second.send)};
  RecordOpener back_opener{std::move(ends.first.receive)};
  for (std::uint32_t i = 0; i < 10'000; ++i) {
    for (auto [sealer, opener] :
         {std::pair(&there, &there_opener), std::pair(&back, &back_opener)}) {
      store_be(sealer->add(FrameType::welcome, 4), i);
      const auto opened = feed(*opener, sealer->seal().value());
      ASSERT_TRUE(opened) << i;
      ASSERT_EQ(load_be<std::uint32_t>(ByteView(opened->front()).subspan(3)), i);
    }
  }
}

TEST_F(Record, TheKeyIsReplacedAfterEvery4096thRecord) {
  noise::CipherState cipher = std::move(transport_pair().second.receive);
  for (std::uint64_t i = 1; i <= 2 * records_per_key + 1; ++i) {
    const Bytes record = seal_one(sealer_, 1);
    const ByteView message = ByteView(record).subspan(record_header_bytes);
    Bytes plaintext(message.size());
    if (i == records_per_key + 1) {
      // Under the old key it does not open.
      EXPECT_FALSE(cipher.decrypt_with_ad({}, message, plaintext));
    }
    if (i > 1 && (i - 1) % records_per_key == 0) cipher.rekey();
    ASSERT_TRUE(cipher.decrypt_with_ad({}, message, plaintext)) << i;
  }
}

TEST_F(Record, ACounterAtItsEndSealsNoMore) {
  noise::CipherState cipher = std::move(transport_pair().second.send);
  cipher.set_nonce(~std::uint64_t{0} - 1);
  RecordSealer sealer(std::move(cipher));
  add(sealer, 1);
  EXPECT_TRUE(sealer.seal());
  add(sealer, 1);
  const auto sealed = sealer.seal();
  ASSERT_FALSE(sealed);
  EXPECT_TRUE(sealed.error().is(noise::Errc::nonce_exhausted));
}

TEST_F(Record, BulkKeepsItsContentAndItsOrder) {
  SeededEntropy entropy(3);
  Bytes stream;
  std::vector<Bytes> bodies;
  for (int i = 0; i < 32; ++i) {
    Bytes body(record_payload_limit - wire::frame_header_bytes);
    entropy.fill(body);
    std::ranges::copy(body, sealer_.add(FrameType::welcome, body.size()).begin());
    append(stream, sealer_.seal().value());
    bodies.push_back(std::move(body));
  }
  const auto opened = feed(opener_, stream, 50'000);
  ASSERT_TRUE(opened);
  ASSERT_EQ(opened->size(), bodies.size());
  for (std::size_t i = 0; i < bodies.size(); ++i) {
    EXPECT_TRUE(std::ranges::equal(ByteView((*opened)[i]).subspan(wire::frame_header_bytes),
                                   bodies[i]));
  }
}

}  // namespace
}  // namespace sotto::session
