#include "wire/frame.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <vector>

#include "base/big_endian.h"

namespace sotto::wire {
namespace {

constexpr std::size_t any = 0xffff;

struct Shape {
  FrameType type;
  std::size_t least;  // bytes of a body
  std::size_t most;
};

constexpr Shape shapes[] = {
    {FrameType::ping, 8, 8},    {FrameType::pong, 8, 8},      {FrameType::goodbye, 1, 1},
    {FrameType::ack, 8, 8},     {FrameType::welcome, 0, any}, {FrameType::refused, 0, any},
    {FrameType::data, 13, any}, {FrameType::open, 13, any},   {FrameType::credit, 16, 16},
    {FrameType::close, 13, 13},
};

Bytes frame(std::uint8_t type, std::size_t body_bytes, std::byte filler = std::byte{0x5a}) {
  Bytes out;
  append_be(out, type);
  append_be(out, static_cast<std::uint16_t>(body_bytes));
  out.resize(out.size() + body_bytes, filler);
  return out;
}

Bytes frame(FrameType type, std::size_t body_bytes, std::byte filler = std::byte{0x5a}) {
  return frame(static_cast<std::uint8_t>(type), body_bytes, filler);
}

// All frames up to the end, or the error.
Result<std::vector<Frame>> read_all(ByteView plaintext) {
  FrameReader reader(plaintext);
  std::vector<Frame> frames;
  while (true) {
    const auto next = reader.next();
    if (!next) return std::unexpected(next.error());
    if (!*next) return frames;
    frames.push_back(**next);
  }
}

bool is_malformed(ByteView plaintext) {
  const auto frames = read_all(plaintext);
  return !frames && frames.error().is(Errc::malformed);
}

TEST(FrameReader, AnEmptyPlaintextHasNoFrames) {
  EXPECT_TRUE(read_all({}).value().empty());
  EXPECT_FALSE(FrameReader().next().value().has_value());
}

TEST(FrameReader, ReadsEveryTypeAtItsShortestAndItsLongest) {
  for (const Shape& shape : shapes) {
    for (const std::size_t length : {shape.least, shape.most}) {
      const Bytes plaintext = frame(shape.type, length);
      const auto frames = read_all(plaintext);
      ASSERT_TRUE(frames) << static_cast<int>(shape.type) << ", " << length << " bytes";
      ASSERT_EQ(frames->size(), 1U);
      EXPECT_EQ(frames->front().type, shape.type);
      EXPECT_EQ(frames->front().body.size(), length);
      EXPECT_EQ(frames->front().body.data(), plaintext.data() + frame_header_bytes);
    }
  }
}

TEST(FrameReader, RefusesEveryOtherLength) {
  for (const Shape& shape : shapes) {
    for (std::size_t length = 0; length < 64; ++length) {
      if (length >= shape.least && length <= shape.most) continue;
      EXPECT_TRUE(is_malformed(frame(shape.type, length)))
          << static_cast<int>(shape.type) << ", " << length << " bytes";
    }
    if (shape.most != any) {
      EXPECT_TRUE(is_malformed(frame(shape.type, any)));
    }
  }
}

TEST(FrameReader, RefusesEveryUnknownType) {
  for (int type = 1; type < 256; ++type) {
    const bool known = std::ranges::any_of(
        shapes, [type](const Shape& shape) { return static_cast<int>(shape.type) == type; });
    if (known) continue;
    for (const std::size_t length : {0U, 1U, 8U, 13U, 16U, 100U}) {
      EXPECT_TRUE(is_malformed(frame(static_cast<std::uint8_t>(type), length))) << type;
    }
  }
}

TEST(FrameReader, RefusesAFrameThatIsCutAnywhere) {
  for (const Shape& shape : shapes) {
    const Bytes whole = frame(shape.type, std::clamp<std::size_t>(20, shape.least, shape.most));
    for (std::size_t length = 1; length < whole.size(); ++length) {
      EXPECT_TRUE(is_malformed(ByteView(whole).first(length)))
          << static_cast<int>(shape.type) << " cut to " << length;
    }
  }
}

TEST(FrameReader, ReadsFramesInTheirOrderUpToThePadding) {
  Bytes plaintext = frame(FrameType::ping, 8);
  append(plaintext, frame(FrameType::data, 40));
  append(plaintext, frame(FrameType::ack, 8));
  plaintext.resize(plaintext.size() + 100);
  const auto frames = read_all(plaintext);
  ASSERT_TRUE(frames);
  ASSERT_EQ(frames->size(), 3U);
  EXPECT_EQ((*frames)[0].type, FrameType::ping);
  EXPECT_EQ((*frames)[1].type, FrameType::data);
  EXPECT_EQ((*frames)[2].type, FrameType::ack);
}

TEST(FrameReader, PaddingOfAnyLengthIsTheEnd) {
  for (std::size_t length = 1; length < 20; ++length) {
    EXPECT_TRUE(read_all(Bytes(length)).value().empty()) << length;
  }
}

TEST(FrameReader, RefusesPaddingThatIsNotZero) {
  const Bytes before = frame(FrameType::ping, 8);
  for (std::size_t at = 1; at < 30; ++at) {
    Bytes plaintext = before;
    plaintext.resize(before.size() + 30);
    plaintext[before.size() + at] = std::byte{1};
    EXPECT_TRUE(is_malformed(plaintext)) << at;
  }
}

TEST(FrameReader, FramesBeforeAMalformedOneAreReadFirst) {
  Bytes plaintext = frame(FrameType::ping, 8);
  append(plaintext, frame(FrameType::ping, 7));
  FrameReader reader(plaintext);
  ASSERT_TRUE(reader.next().value().has_value());
  EXPECT_FALSE(reader.next().has_value());
}

TEST(FrameReader, TheErrorTellsThePersonWhatToDo) {
  const auto frames = read_all(frame(200, 0));
  ASSERT_FALSE(frames);
  EXPECT_TRUE(frames.error().text().ends_with('.'));
}

TEST(SessionFrame, TheTypesFromDataToCloseAreTheSessions) {
  for (const Shape& shape : shapes) {
    EXPECT_EQ(is_session_frame(shape.type), static_cast<int>(shape.type) >= 16);
  }
}

TEST(SessionFrame, HeaderAndBodyAreTakenApart) {
  Bytes body;
  append_be<std::uint64_t>(body, 0x0102'0304'0506'0708);
  append_be<std::uint32_t>(body, 0x0a0b'0c0d);
  append(body, as_bytes("!text"));
  const Frame data{FrameType::data, body};
  EXPECT_EQ(session_header(data).seq, 0x0102'0304'0506'0708U);
  EXPECT_EQ(session_header(data).channel, 0x0a0b'0c0dU);
  EXPECT_EQ(as_text(session_body(data)), "!text");
}

}  // namespace
}  // namespace sotto::wire
