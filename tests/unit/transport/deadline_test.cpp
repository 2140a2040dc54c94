#include "transport/deadline.h"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>
#include <memory>

#include "support/fake_timer.h"
#include "support/run_async.h"
#include "transport/memory_stream.h"

namespace sotto::transport {
namespace {

class Deadline : public testing::Test {
 protected:
  boost::asio::io_context io_;
  FakeClock clock_{io_};
  FakeTimer timer_{clock_};
  std::pair<std::unique_ptr<ByteStream>, std::unique_ptr<ByteStream>> pair_ =
      memory_pair(io_.get_executor());
  Bytes buffer_ = Bytes(16);
};

TEST_F(Deadline, YieldsWhatTheOperationEndsWith) {
  const auto reading = start(
      io_, within(pair_.first->read_some(buffer_), timer_, clock_.now() + seconds(2), "slow"));
  EXPECT_FALSE(reading.ended());
  clock_.advance(milliseconds(1'999));
  EXPECT_FALSE(reading.ended());
  EXPECT_TRUE(run(io_, pair_.second->write_all(as_bytes("abc"))));
  settle(io_);
  ASSERT_TRUE(reading.ended());
  EXPECT_EQ(reading.value().value(), 3U);
}

TEST_F(Deadline, AnOperationThatEndsAtOnceNeedsNoTime) {
  EXPECT_TRUE(run(io_, within(pair_.first->write_all(as_bytes("abc")), timer_,
                              clock_.now() + seconds(2), "slow")));
}

TEST_F(Deadline, ErrorsOfTheOperationPassThrough) {
  pair_.first->close();
  const auto read = run(
      io_, within(pair_.first->read_some(buffer_), timer_, clock_.now() + seconds(2), "slow"));
  ASSERT_FALSE(read);
  EXPECT_TRUE(read.error().is(Errc::closed));
}

TEST_F(Deadline, TimesOutAtTheDeadlineAndSaysWhatWasSlow) {
  const auto reading = start(
      io_, within(pair_.first->read_some(buffer_), timer_, clock_.now() + seconds(2), "Slow."));
  clock_.advance(seconds(2));
  ASSERT_TRUE(reading.ended());
  ASSERT_FALSE(reading.value());
  EXPECT_TRUE(reading.value().error().is(Errc::timeout));
  EXPECT_EQ(reading.value().error().text(), "Slow.");
}

TEST_F(Deadline, TheOperationIsCancelledAndTheStreamStaysUsable) {
  const auto reading = start(
      io_, within(pair_.first->read_some(buffer_), timer_, clock_.now() + seconds(2), "Slow."));
  clock_.advance(seconds(2));
  ASSERT_TRUE(reading.ended());
  EXPECT_TRUE(run(io_, pair_.second->write_all(as_bytes("later"))));
  EXPECT_EQ(run(io_, pair_.first->read_some(buffer_)).value(), 5U);
}

TEST_F(Deadline, ADeadlineInThePastStillStopsWhatWouldWait) {
  clock_.advance(seconds(10));
  const auto read = run(
      io_, within(pair_.first->read_some(buffer_), timer_, clock_.now() - seconds(1), "Slow."));
  ASSERT_FALSE(read);
  EXPECT_TRUE(read.error().is(Errc::timeout));
}

}  // namespace
}  // namespace sotto::transport
