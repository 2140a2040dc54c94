#include "node/path_exchange.h"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

namespace sotto::node {
namespace {

using wire::CandidateKind;

TEST(TcpCandidates, AreOfAddressesAndNotOfNames) {
  const auto all = tcp_candidates(
      {{"192.0.2.7", 4711}, {"2001:db8::7", 4711}, {"host.example", 4711}, {"192.0.2.8", 1}},
      {{"192.0.2.8", 1}});
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].address, (Bytes{std::byte{192}, std::byte{0}, std::byte{2}, std::byte{7}}));
  EXPECT_EQ(all[0].port, 4711);
  EXPECT_EQ(all[0].kind, CandidateKind::host);
  EXPECT_EQ(all[0].transport, wire::CandidateTransport::tcp);
  EXPECT_EQ(all[1].address.size(), 16U);
  EXPECT_EQ(all[2].kind, CandidateKind::mapped);
  EXPECT_GT(all[0].priority, all[1].priority);
  EXPECT_NE(all[0].foundation, all[1].foundation);
}

class Exchanging : public testing::Test {
 protected:
  PathExchange exchange() {
    return {io_.get_executor(), [this] { return ours_; },
            [this](const wire::Candidates& told) { told_.push_back(told); }};
  }
  boost::asio::io_context io_;
  std::optional<std::vector<wire::Candidate>> ours_ = tcp_candidates({{"192.0.2.7", 9}});
  std::vector<wire::Candidates> told_;
};

TEST_F(Exchanging, TellsWhenALinkStandsAndNotAgainForNothing) {
  PathExchange paths = exchange();
  EXPECT_TRUE(told_.empty());
  paths.look();
  paths.look();
  ASSERT_EQ(told_.size(), 1U);
  EXPECT_EQ(told_[0].candidates, *ours_);
}

TEST_F(Exchanging, KeepsThePeers) {
  PathExchange paths = exchange();
  EXPECT_TRUE(paths.theirs().empty());
  paths.hear({1, milliseconds(60'000), *ours_});
  EXPECT_EQ(paths.theirs(), *ours_);
  paths.hear({2, milliseconds(0), *ours_});
  EXPECT_TRUE(paths.theirs().empty());
}

TEST_F(Exchanging, WherePathsMayNotBeKnownNoneAreToldOrKept) {
  ours_.reset();
  PathExchange paths = exchange();
  paths.look();
  paths.hear({1, milliseconds(60'000), tcp_candidates({{"192.0.2.7", 9}})});
  EXPECT_TRUE(told_.empty());
  EXPECT_TRUE(paths.theirs().empty());
}

}  // namespace
}  // namespace sotto::node
