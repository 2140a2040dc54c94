#include "transport/memory_stream.h"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "support/run_async.h"
#include "transport/errors.h"
#include "transport/read_exactly.h"

namespace sotto::transport {
namespace {

class MemoryStream : public testing::Test {
 protected:
  static constexpr std::size_t capacity = 8;

  Result<std::string> read(ByteStream& stream, std::size_t at_most = 64) {
    Bytes out(at_most);
    const auto n = run(io_, stream.read_some(out));
    if (!n) return std::unexpected(n.error());
    return to_string(ByteView(out).first(*n));
  }

  void write(ByteStream& stream, std::string_view text) {
    EXPECT_TRUE(run(io_, stream.write_all(as_bytes(text))));
  }

  boost::asio::io_context io_;
  std::pair<std::unique_ptr<ByteStream>, std::unique_ptr<ByteStream>> pair_ =
      memory_pair(io_.get_executor(), capacity);
  ByteStream& one_ = *pair_.first;
  ByteStream& two_ = *pair_.second;
};

TEST_F(MemoryStream, CarriesBytesBothWays) {
  write(one_, "to two");
  write(two_, "to one");
  EXPECT_EQ(read(two_).value(), "to two");
  EXPECT_EQ(read(one_).value(), "to one");
}

TEST_F(MemoryStream, ReadsAPrefixAndKeepsTheRest) {
  write(one_, "abcdef");
  EXPECT_EQ(read(two_, 4).value(), "abcd");
  EXPECT_EQ(read(two_, 4).value(), "ef");
}

TEST_F(MemoryStream, AReaderWaitsForBytes) {
  Bytes out(4);
  const auto reading = start(io_, two_.read_some(out));
  EXPECT_FALSE(reading.ended());
  write(one_, "hi");
  settle(io_);
  ASSERT_TRUE(reading.ended());
  EXPECT_EQ(reading.value().value(), 2U);
  EXPECT_EQ(as_text(ByteView(out).first(2)), "hi");
}

TEST_F(MemoryStream, AWriterWaitsForRoom) {
  const std::string text = "more than eight bytes";
  const auto writing = start(io_, one_.write_all(as_bytes(text)));
  EXPECT_FALSE(writing.ended());
  Bytes out(text.size());
  EXPECT_TRUE(run(io_, read_exactly(two_, out)));
  EXPECT_EQ(as_text(out), text);
  settle(io_);
  ASSERT_TRUE(writing.ended());
  EXPECT_TRUE(writing.value());
}

TEST_F(MemoryStream, WritesOfNothingEndAtOnce) {
  EXPECT_TRUE(run(io_, one_.write_all({})));
}

TEST_F(MemoryStream, ClosingIsAnOrderlyEndForThePeerAfterWhatWasWritten) {
  write(one_, "last");
  one_.close();
  EXPECT_EQ(read(two_).value(), "last");
  EXPECT_EQ(read(two_).value(), "");
  EXPECT_EQ(read(two_).value(), "");
}

TEST_F(MemoryStream, DestructionIsAnOrderlyEndToo) {
  pair_.first.reset();
  EXPECT_EQ(read(two_).value(), "");
}

TEST_F(MemoryStream, ClosingEndsOwnPendingCallsWithClosed) {
  Bytes out(4);
  const auto reading = start(io_, one_.read_some(out));
  const auto writing = start(io_, one_.write_all(as_bytes("more than eight bytes")));
  EXPECT_FALSE(reading.ended());
  EXPECT_FALSE(writing.ended());
  one_.close();
  one_.close();
  settle(io_);
  ASSERT_TRUE(reading.ended());
  ASSERT_TRUE(writing.ended());
  EXPECT_TRUE(reading.value().error().is(Errc::closed));
  EXPECT_TRUE(writing.value().error().is(Errc::closed));
}

TEST_F(MemoryStream, CallsAfterOwnCloseEndWithClosed) {
  write(two_, "unread");
  one_.close();
  EXPECT_TRUE(read(one_).error().is(Errc::closed));
  const auto written = run(io_, one_.write_all(as_bytes("x")));
  ASSERT_FALSE(written);
  EXPECT_TRUE(written.error().is(Errc::closed));
}

TEST_F(MemoryStream, WritingToAPeerThatHasClosedIsLost) {
  two_.close();
  const auto written = run(io_, one_.write_all(as_bytes("x")));
  ASSERT_FALSE(written);
  EXPECT_TRUE(written.error().is(Errc::lost));
}

TEST_F(MemoryStream, AWriterThatWaitsLearnsThatThePeerHasClosed) {
  const auto writing = start(io_, one_.write_all(as_bytes("more than eight bytes")));
  two_.close();
  settle(io_);
  ASSERT_TRUE(writing.ended());
  EXPECT_TRUE(writing.value().error().is(Errc::lost));
}

}  // namespace
}  // namespace sotto::transport
