#include "wire/candidates.h"

#include <gtest/gtest.h>

#include "support/mutations.h"
#include "support/protobuf.h"
#include "wire/limits.h"
#include "wire/room_frame.h"

namespace sotto::wire {
namespace {

Candidates sample() {
  return {3,
          milliseconds(300'000),
          {{CandidateKind::host, CandidateTransport::tcp, Bytes(4, std::byte{9}), 4711,
            2'130'706'431, "1"},
           {CandidateKind::mapped, CandidateTransport::udp, Bytes(16, std::byte{7}), 65'535, 0,
            "aZ09+/"}}};
}

// What a frame with these says, if it is one.
Result<Candidates> decoded(ByteView bytes) {
  auto frame = decode_room_frame(bytes);
  if (!frame) return std::unexpected(frame.error());
  return std::get<Candidates>(*frame);
}

// One candidate, and what `change` adds: of a field that comes twice the last one counts.
template <class Change>
bool reads(Change change) {
  ProtobufWriter one;
  one.varint(1, 1).varint(2, 2).bytes(3, Bytes(4)).varint(4, 4711).varint(5, 1).text(6, "1");
  change(one);
  ProtobufWriter all;
  all.varint(1, 1).varint(2, 1000).message(3, one);
  return decoded(ProtobufWriter().message(11, all)).has_value();
}
bool reads_all(std::uint64_t generation, std::uint64_t lifetime) {
  ProtobufWriter all;
  all.varint(1, generation).varint(2, lifetime);
  return decoded(ProtobufWriter().message(11, all)).has_value();
}

TEST(Candidates, RoundTrip) {
  const auto read = decoded(encode(RoomFrame(sample())));
  ASSERT_TRUE(read.has_value()) << read.error().text();
  EXPECT_EQ(read->generation, 3U);
  EXPECT_EQ(read->lifetime, milliseconds(300'000));
  EXPECT_EQ(read->candidates, sample().candidates);
  const auto none = decoded(encode(RoomFrame(Candidates{1, milliseconds(0), {}})));
  ASSERT_TRUE(none.has_value());
  EXPECT_TRUE(none->candidates.empty());
}

TEST(Candidates, OnlyWhatMakesSenseIsRead) {
  EXPECT_TRUE(reads_all(1, 600'000));
  EXPECT_FALSE(reads_all(0, 1'000));
  EXPECT_FALSE(reads_all(1, 600'001));
  EXPECT_FALSE(reads_all(1, ~0ULL));
  EXPECT_TRUE(reads([](ProtobufWriter&) {}));
  for (const std::uint32_t kind : {0U, 6U, ~0U}) {
    EXPECT_FALSE(reads([&](ProtobufWriter& one) { one.varint(1, kind); })) << kind;
  }
  for (const std::uint32_t transport : {0U, 3U}) {
    EXPECT_FALSE(reads([&](ProtobufWriter& one) { one.varint(2, transport); })) << transport;
  }
  for (const std::size_t length : {0U, 3U, 5U, 15U, 17U}) {
    EXPECT_FALSE(reads([&](ProtobufWriter& one) { one.bytes(3, Bytes(length)); })) << length;
  }
  for (const std::uint32_t port : {0U, 65'536U}) {
    EXPECT_FALSE(reads([&](ProtobufWriter& one) { one.varint(4, port); })) << port;
  }
  for (const std::string& text : {std::string(), std::string(33, 'a'), std::string("a b"),
                                  std::string("\xff"), std::string("a\0b", 3)}) {
    EXPECT_FALSE(reads([&](ProtobufWriter& one) { one.text(6, text); })) << text;
  }
  EXPECT_TRUE(reads([](ProtobufWriter& one) { one.text(6, std::string(32, 'a')); }));
}

TEST(Candidates, AreNotMoreThanTheLimit) {
  auto all = sample();
  all.candidates.resize(candidates_limit, sample().candidates.front());
  EXPECT_TRUE(decoded(encode(RoomFrame(all))).has_value());
  all.candidates.push_back(sample().candidates.front());
  const auto read = decoded(encode(RoomFrame(all)));
  ASSERT_FALSE(read.has_value());
  EXPECT_TRUE(read.error().is(Errc::over_limit));
}

TEST(Candidates, DamageHarmsNothing) {
  const Bytes bytes = encode(RoomFrame(sample()));
  const auto check = [](ByteView damaged) {
    const auto frame = decode_room_frame(damaged);
    if (!frame) return;
    if (const auto* read = std::get_if<Candidates>(&*frame)) {
      EXPECT_LE(read->candidates.size(), candidates_limit);
    }
  };
  for_each_truncation(bytes, check);
  for_each_flipped_bit(bytes, check);
}

}  // namespace
}  // namespace sotto::wire
