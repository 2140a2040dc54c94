#include "node/handshake_gate.h"

#include <gtest/gtest.h>
#include <optional>
#include <vector>

namespace sotto::node {
namespace {

class FakeStream final : public transport::ByteStream {
 public:
  Async<std::size_t> read_some(MutableBytes) override { co_return std::size_t{0}; }
  Async<void> write_all(ByteView) override { co_return Result<void>(); }
  void close() noexcept override { closed = true; }

  bool closed = false;
};

struct Visitor {
  explicit Visitor(HandshakeGate& gate) : place(gate, stream) {}
  FakeStream stream;
  HandshakeGate::Place place;
};

class HandshakeGateTest : public testing::Test {
 protected:
  Visitor& come() { return *visitors_.emplace_back(std::make_unique<Visitor>(gate_)); }
  void fill() {
    while (gate_.waiting() < HandshakeGate::limit) come();
  }
  std::size_t closed() const {
    std::size_t count = 0;
    for (const auto& visitor : visitors_) count += visitor->stream.closed ? 1 : 0;
    return count;
  }

  HandshakeGate gate_;
  std::vector<std::unique_ptr<Visitor>> visitors_;
};

TEST_F(HandshakeGateTest, EachTakesAPlaceUntilItGoes) {
  come();
  come().place.leave();
  EXPECT_EQ(gate_.waiting(), 1U);
  visitors_[1]->place.leave();
  visitors_.clear();
  EXPECT_EQ(gate_.waiting(), 0U);
}

TEST_F(HandshakeGateTest, UpToTheLimitNobodyIsDropped) {
  fill();
  EXPECT_EQ(closed(), 0U);
}

TEST_F(HandshakeGateTest, TheOneThatHasBeenSilentLongestMakesRoom) {
  fill();
  Visitor& late = come();
  EXPECT_EQ(gate_.waiting(), HandshakeGate::limit);
  EXPECT_TRUE(visitors_[0]->stream.closed);
  come();
  EXPECT_TRUE(visitors_[1]->stream.closed);
  EXPECT_FALSE(late.stream.closed);
  EXPECT_EQ(closed(), 2U);
}

TEST_F(HandshakeGateTest, WhoHasSpokenStays) {
  fill();
  visitors_[0]->place.heard_hello();
  visitors_[1]->place.heard_hello();
  come();
  EXPECT_FALSE(visitors_[0]->stream.closed);
  EXPECT_FALSE(visitors_[1]->stream.closed);
  EXPECT_TRUE(visitors_[2]->stream.closed);
}

TEST_F(HandshakeGateTest, ACrowdOfSilentOnesLocksNobodyOut) {
  Visitor& honest = come();
  honest.place.heard_hello();
  for (int i = 0; i < 1000; ++i) come();
  EXPECT_FALSE(honest.stream.closed);
  EXPECT_EQ(gate_.waiting(), HandshakeGate::limit);
}

TEST_F(HandshakeGateTest, WhereAllHaveSpokenTheOldestGoes) {
  fill();
  for (const auto& visitor : visitors_) visitor->place.heard_hello();
  come();
  EXPECT_TRUE(visitors_[0]->stream.closed);
  EXPECT_EQ(closed(), 1U);
}

TEST_F(HandshakeGateTest, WhoWasDroppedMayLeaveAsIfNothingHadHappened) {
  fill();
  come();
  visitors_[0]->place.heard_hello();
  visitors_[0]->place.leave();
  visitors_.erase(visitors_.begin());
  EXPECT_EQ(gate_.waiting(), HandshakeGate::limit);
}

TEST_F(HandshakeGateTest, AllMayBeSentAway) {
  for (int i = 0; i < 3; ++i) come().place.heard_hello();
  gate_.close_all();
  EXPECT_EQ(closed(), 3U);
  EXPECT_EQ(gate_.waiting(), 3U);  // each leaves by itself, now that it can
}

}  // namespace
}  // namespace sotto::node
