#include "transport/read_exactly.h"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>
#include <memory>

#include "support/run_async.h"
#include "transport/errors.h"
#include "transport/memory_stream.h"

namespace sotto::transport {
namespace {

class ReadExactly : public testing::Test {
 protected:
  void write(std::string_view text) {
    EXPECT_TRUE(run(io_, pair_.second->write_all(as_bytes(text))));
    settle(io_);
  }

  boost::asio::io_context io_;
  std::pair<std::unique_ptr<ByteStream>, std::unique_ptr<ByteStream>> pair_ =
      memory_pair(io_.get_executor());
  Bytes buffer_ = Bytes(6);
};

TEST_F(ReadExactly, FillsTheWholeFromPieces) {
  const auto reading = start(io_, read_exactly(*pair_.first, buffer_));
  write("ab");
  write("cd");
  EXPECT_FALSE(reading.ended());
  write("ef");
  ASSERT_TRUE(reading.ended());
  EXPECT_TRUE(reading.value());
  EXPECT_EQ(as_text(buffer_), "abcdef");
}

TEST_F(ReadExactly, TakesNoByteMore) {
  write("abcdefgh");
  EXPECT_TRUE(run(io_, read_exactly(*pair_.first, buffer_)));
  EXPECT_EQ(run(io_, pair_.first->read_some(buffer_)).value(), 2U);
  EXPECT_EQ(as_text(ByteView(buffer_).first(2)), "gh");
}

TEST_F(ReadExactly, NothingToReadEndsAtOnce) {
  EXPECT_TRUE(run(io_, read_exactly(*pair_.first, {})));
}

TEST_F(ReadExactly, AnEndBeforeTheLastByteIsLost) {
  write("abcde");
  pair_.second->close();
  const auto read = run(io_, read_exactly(*pair_.first, buffer_));
  ASSERT_FALSE(read);
  EXPECT_TRUE(read.error().is(Errc::lost));
}

TEST_F(ReadExactly, ErrorsOfTheStreamPassThrough) {
  pair_.first->close();
  const auto read = run(io_, read_exactly(*pair_.first, buffer_));
  ASSERT_FALSE(read);
  EXPECT_TRUE(read.error().is(Errc::closed));
}

}  // namespace
}  // namespace sotto::transport
