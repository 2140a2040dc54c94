#include "reach/gateway_mapping.h"

#include <gtest/gtest.h>
#include <memory>
#include <set>

#include "base/big_endian.h"
#include "support/seeded_entropy.h"

namespace sotto::reach {
namespace {

IpAddress address(const char* text) {
  return boost::asio::ip::make_address(text);
}

const Endpoint gateway{address("192.168.1.1"), mapping_port};

// A mapping, and a gateway that says what the test wants.
class GatewayMappingTest : public testing::Test {
 protected:
  GatewayMappingTest() { restart(); }

  void restart() {
    mapping_ = std::make_unique<GatewayMapping>(options_, entropy_, now_);
    begun_ = now_;
  }

  // --- what the gateway says

  Bytes pcp(std::uint8_t result, seconds lifetime, const char* external, std::uint32_t epoch) {
    const Endpoint outside = *parse_endpoint(external);
    // The answer differs from a request in its head only.
    Bytes out =
        pcp_map_request({MappedProtocol::tcp, options_.internal_port, outside.port, lifetime},
                        mapping_->nonce(), address("0.0.0.0"), outside.address);
    out[1] |= std::byte{0x80};
    out[3] = std::byte{result};
    store_be(MutableBytes(out).subspan(8), epoch);
    std::fill(out.begin() + 12, out.begin() + 24, std::byte{0});
    return out;
  }
  static Bytes announcement(std::uint32_t epoch) {
    Bytes out(24);
    out[0] = std::byte{2};
    out[1] = std::byte{0x80};
    store_be(MutableBytes(out).subspan(8), epoch);
    return out;
  }
  static Bytes nat_pmp_address(const char* external, std::uint32_t epoch,
                               std::uint16_t result = 0) {
    Bytes out{std::byte{0}, std::byte{128}};
    append_be(out, result);
    append_be(out, epoch);
    append_be(out, address(external).to_v4().to_uint());
    return out;
  }
  Bytes nat_pmp(std::uint16_t external, seconds lifetime, std::uint32_t epoch,
                std::uint16_t result = 0) const {
    Bytes out{std::byte{0}, std::byte{130}};
    append_be(out, result);
    append_be(out, epoch);
    append_be(out, options_.internal_port);
    append_be(out, external);
    append_be(out, static_cast<std::uint32_t>(lifetime.count()));
    return out;
  }
  static Bytes other_version() {
    return {std::byte{0}, std::byte{128}, std::byte{0}, std::byte{1}};
  }

  void answer(const Bytes& datagram) { mapping_->on_datagram(gateway, datagram, now_); }
  void pass(milliseconds duration) { now_ += duration; }

  // --- what the mapping does

  // Lets time pass up to its next deadline; how long that was.
  milliseconds wait() {
    const auto deadline = mapping_->next_deadline();
    EXPECT_TRUE(deadline);
    const auto waited = std::chrono::ceil<milliseconds>(*deadline - now_);
    now_ = std::max(now_, now_ + waited);
    mapping_->on_time(now_);
    return waited;
  }
  Bytes sent() {
    const auto all = mapping_->take_datagrams();
    EXPECT_EQ(all.size(), 1U);
    return all.empty() ? Bytes() : all.back();
  }
  bool is_silent() { return mapping_->take_datagrams().empty(); }
  template <class T>
  T event() {
    auto all = mapping_->take_events();
    EXPECT_EQ(all.size(), 1U);
    if (all.empty() || !std::holds_alternative<T>(all[0]))
      throw std::logic_error("other event");
    return std::get<T>(std::move(all[0]));
  }
  bool nothing_happens() { return mapping_->take_events().empty(); }
  void hold(seconds lifetime = std::chrono::minutes(75)) {
    sent();
    answer(pcp(0, lifetime, "5.5.0.20:40000", 600));
    event<MappingMade>();
  }
  void turn_to_nat_pmp() {
    sent();
    answer(other_version());
    EXPECT_EQ(sent(), nat_pmp_address_request());
  }
  std::string refusal() { return event<MappingFailed>().error.text(); }

  static bool is_release(const Bytes& pcp_request) {
    return load_be<std::uint32_t>(ByteView(pcp_request).subspan(4)) == 0;
  }

  MappingOptions options_{gateway.address, address("192.168.1.10"), MappedProtocol::tcp, 4321,
                          40000};
  SeededEntropy entropy_{7};
  SteadyTime now_ = SteadyTime{} + std::chrono::hours(1);
  SteadyTime begun_{};
  std::unique_ptr<GatewayMapping> mapping_;
};

TEST_F(GatewayMappingTest, AsksByPcpForSeventyFiveMinutes) {
  EXPECT_EQ(sent(), pcp_map_request({MappedProtocol::tcp, 4321, 40000, seconds(4500)},
                                    mapping_->nonce(), address("192.168.1.10"), {}));
}

TEST_F(GatewayMappingTest, HoldsWhatPcpMade) {
  sent();
  answer(pcp(0, seconds(4500), "5.5.0.20:40000", 600));
  const auto made = event<MappingMade>();
  EXPECT_EQ(to_string(made.external), "5.5.0.20:40000");
  EXPECT_EQ(made.lifetime, seconds(4500));
  EXPECT_EQ(made.means, MappingMeans::pcp);
  EXPECT_TRUE(made.as_wished);
  EXPECT_TRUE(is_silent());
}

TEST_F(GatewayMappingTest, AnotherPortThanWishedIsTold) {
  sent();
  answer(pcp(0, seconds(4500), "100.64.3.4:50000", 600));
  const auto made = event<MappingMade>();
  EXPECT_EQ(made.external.port, 50000);
  EXPECT_FALSE(made.as_wished);
  EXPECT_TRUE(is_carrier(made.external.address));
}

TEST_F(GatewayMappingTest, RenewsAtARandomMomentAndAsksForTheSame) {
  std::set<milliseconds> waits;
  for (int run = 0; run < 20; ++run) {
    restart();
    hold(seconds(1600));
    const auto waited = wait();
    EXPECT_GE(waited, seconds(800));
    EXPECT_LE(waited, seconds(1000));
    waits.insert(waited);
    EXPECT_EQ(sent(),
              pcp_map_request({MappedProtocol::tcp, 4321, 40000, seconds(4500)},
                              mapping_->nonce(), address("192.168.1.10"), address("5.5.0.20")));
  }
  EXPECT_GT(waits.size(), 10U);
}

TEST_F(GatewayMappingTest, ARenewalHoldsAnew) {
  hold();
  const auto waited = wait();
  sent();
  answer(pcp(0, seconds(4500), "5.5.0.20:40000",
             600 + static_cast<std::uint32_t>(std::chrono::floor<seconds>(waited).count())));
  EXPECT_EQ(event<MappingMade>().lifetime, seconds(4500));
  EXPECT_GE(wait(), seconds(2250));
}

TEST_F(GatewayMappingTest, UnansweredRenewalsComeFasterUntilItIsLost) {
  hold(seconds(1600));
  const SteadyTime ends = now_ + seconds(1600);
  int renewals = 0;
  while (true) {
    wait();
    if (now_ >= ends) break;
    ++renewals;
    sent();
    EXPECT_TRUE(nothing_happens());
  }
  EXPECT_EQ(now_, ends);
  EXPECT_GE(renewals, 5);
  EXPECT_LE(renewals, 12);
  EXPECT_FALSE(event<MappingLost>().gateway_restarted);
  sent();  // again, from the beginning
}

TEST_F(GatewayMappingTest, SilenceTurnsToNatPmpThenRestsAndBeginsAnew) {
  const Bytes first = sent();
  const auto second_at = wait();
  EXPECT_GE(second_at, milliseconds(2700));
  EXPECT_LE(second_at, milliseconds(3300));
  EXPECT_EQ(sent(), first);
  wait();
  for (int i = 0; i < 9; ++i) {
    EXPECT_EQ(sent(), nat_pmp_address_request());
    EXPECT_TRUE(nothing_happens());
    EXPECT_EQ(wait(), milliseconds(250 << i));
  }
  EXPECT_TRUE(is_silent());
  const auto failed = event<MappingFailed>();
  EXPECT_TRUE(failed.error.is(Errc::mapping_timeout));
  EXPECT_EQ(wait(), std::chrono::minutes(30));
  EXPECT_EQ(sent(), first);
}

TEST_F(GatewayMappingTest, NatPmpAsksForTheAddressThenForThePort) {
  turn_to_nat_pmp();
  answer(nat_pmp_address("5.5.0.20", 600));
  EXPECT_EQ(sent(), nat_pmp_map_request({MappedProtocol::tcp, 4321, 40000, seconds(4500)}));
  answer(nat_pmp(40001, seconds(3600), 600));
  const auto made = event<MappingMade>();
  EXPECT_EQ(to_string(made.external), "5.5.0.20:40001");
  EXPECT_EQ(made.means, MappingMeans::nat_pmp);
  EXPECT_FALSE(made.as_wished);
  const auto waited = wait();
  EXPECT_GE(waited, seconds(1800));
  EXPECT_EQ(sent(), nat_pmp_address_request());
  const auto epoch = 600 + static_cast<std::uint32_t>(waited.count() / 1000);
  answer(nat_pmp_address("5.5.0.21", epoch));
  EXPECT_EQ(sent(), nat_pmp_map_request({MappedProtocol::tcp, 4321, 40001, seconds(4500)}));
  answer(nat_pmp(40001, seconds(3600), epoch));
  EXPECT_EQ(to_string(event<MappingMade>().external), "5.5.0.21:40001");
}

TEST_F(GatewayMappingTest, BelievesTheGatewayAlone) {
  sent();
  const Bytes right = pcp(0, seconds(4500), "5.5.0.20:40000", 600);
  mapping_->on_datagram({address("192.168.1.66"), mapping_port}, right, now_);
  mapping_->on_datagram({gateway.address, 5350}, right, now_);
  Bytes other_nonce = right;
  other_nonce[24] ^= std::byte{1};
  answer(other_nonce);
  Bytes other_port = right;
  other_port[41] ^= std::byte{1};
  answer(other_port);
  Bytes other_protocol = right;
  other_protocol[36] = std::byte{17};
  answer(other_protocol);
  answer(to_bytes(ByteView(right).first(59)));
  Bytes large = right;
  large.resize(1104);
  answer(large);
  answer(nat_pmp(40000, seconds(4500), 600));  // not asked
  answer(nat_pmp_address("5.5.0.20", 600));
  EXPECT_TRUE(nothing_happens());
  EXPECT_TRUE(is_silent());
  answer(right);
  event<MappingMade>();
}

TEST_F(GatewayMappingTest, ReportsRefusalsWithTheirWordsAndRests) {
  sent();
  answer(pcp(8, seconds(60), "0.0.0.0:0", 600));
  const std::string text = refusal();
  EXPECT_NE(text.find("192.168.1.1"), std::string::npos);
  EXPECT_NE(text.find("the gateway has no more ports"), std::string::npos);
  EXPECT_EQ(wait(), seconds(60));
  sent();
  // However short or long it says, it is asked again within half a minute to half an hour.
  answer(pcp(2, seconds(0), "0.0.0.0:0", 660));
  refusal();
  EXPECT_EQ(wait(), seconds(30));
  sent();
  answer(pcp(2, seconds(UINT32_MAX), "0.0.0.0:0", 690));
  refusal();
  EXPECT_EQ(wait(), std::chrono::minutes(30));
}

TEST_F(GatewayMappingTest, APortThatCannotBeGivenIsNotWishedAgain) {
  sent();
  answer(pcp(11, seconds(30), "5.5.0.20:40000", 600));
  EXPECT_TRUE(nothing_happens());
  EXPECT_EQ(sent(), pcp_map_request({MappedProtocol::tcp, 4321, 0, seconds(4500)},
                                    mapping_->nonce(), address("192.168.1.10"), {}));
  answer(pcp(11, seconds(30), "5.5.0.20:40000", 600));
  refusal();
}

TEST_F(GatewayMappingTest, AnswersThatAreOfNoUseAreRefusals) {
  for (const char* nowhere : {"5.5.0.20:0", "0.0.0.0:40000", "127.0.0.1:40000",
                              "224.0.0.1:40000", "255.255.255.255:40000"}) {
    restart();
    sent();
    answer(pcp(0, seconds(4500), nowhere, 600));
    EXPECT_NE(refusal().find("leads nowhere"), std::string::npos) << nowhere;
  }
  for (const int lifetime : {0, 1, 29}) {
    restart();
    sent();
    answer(pcp(0, seconds(lifetime), "5.5.0.20:40000", 600));
    EXPECT_NE(refusal().find(std::to_string(lifetime) + " seconds only"), std::string::npos);
  }
  restart();
  sent();
  answer(pcp(0, seconds(UINT32_MAX), "5.5.0.20:40000", 600));
  EXPECT_EQ(event<MappingMade>().lifetime, std::chrono::hours(24));
}

TEST_F(GatewayMappingTest, NatPmpRefuses) {
  turn_to_nat_pmp();
  answer(nat_pmp_address("0.0.0.0", 600, 3));
  EXPECT_NE(refusal().find("the gateway has no network itself"), std::string::npos);
  restart();
  turn_to_nat_pmp();
  answer(nat_pmp_address("5.5.0.20", 600));
  sent();
  answer(nat_pmp(0, seconds(0), 600, 2));
  EXPECT_NE(refusal().find("the gateway does not allow it"), std::string::npos);
  restart();
  turn_to_nat_pmp();
  answer(other_version());
  EXPECT_NE(refusal().find("neither PCP nor NAT-PMP"), std::string::npos);
}

TEST_F(GatewayMappingTest, ARefusedRenewalKeepsWhatThereIs) {
  hold(seconds(1600));
  const auto waited = wait();
  sent();
  answer(pcp(8, seconds(60), "0.0.0.0:0",
             600 + static_cast<std::uint32_t>(waited.count() / 1000)));
  refusal();
  wait();
  sent();  // again, before it ends
  EXPECT_TRUE(nothing_happens());
}

TEST_F(GatewayMappingTest, AGatewayThatBeganAnewIsAskedAtOnce) {
  hold();
  pass(seconds(100));
  answer(announcement(700));
  EXPECT_TRUE(is_silent());
  pass(seconds(100));
  answer(announcement(2));
  EXPECT_TRUE(event<MappingLost>().gateway_restarted);
  sent();
  answer(pcp(0, seconds(4500), "5.5.0.20:40000", 2));
  event<MappingMade>();
}

TEST_F(GatewayMappingTest, AnAnswerThatShowsARestartMadeThePortAnew) {
  hold();
  wait();
  sent();
  answer(pcp(0, seconds(4500), "5.5.0.20:40007", 5));
  const auto events = mapping_->take_events();
  ASSERT_EQ(events.size(), 2U);
  EXPECT_TRUE(std::get<MappingLost>(events[0]).gateway_restarted);
  EXPECT_EQ(std::get<MappingMade>(events[1]).external.port, 40007);
}

TEST_F(GatewayMappingTest, NatPmpAnnouncesRestartsAndNewAddresses) {
  turn_to_nat_pmp();
  answer(nat_pmp_address("5.5.0.20", 600));
  sent();
  answer(nat_pmp(40000, seconds(4500), 600));
  event<MappingMade>();
  pass(seconds(80));
  answer(nat_pmp_address("5.5.0.20", 680));
  EXPECT_TRUE(is_silent());
  answer(nat_pmp_address("5.5.0.21", 680));
  EXPECT_EQ(sent(), nat_pmp_address_request());
  answer(nat_pmp_address("5.5.0.21", 680));
  sent();
  answer(nat_pmp(40000, seconds(4500), 680));
  EXPECT_EQ(to_string(event<MappingMade>().external), "5.5.0.21:40000");
  pass(seconds(80));
  answer(nat_pmp_address("5.5.0.21", 1));
  EXPECT_TRUE(event<MappingLost>().gateway_restarted);
  EXPECT_EQ(sent(), nat_pmp_address_request());
}

TEST_F(GatewayMappingTest, AnnouncementsEndARest) {
  sent();
  answer(pcp(8, seconds(1800), "0.0.0.0:0", 6000));
  refusal();
  answer(announcement(1));
  sent();
}

TEST_F(GatewayMappingTest, ReleasesWhatItHolds) {
  hold();
  mapping_->release(now_);
  EXPECT_EQ(sent(), pcp_map_request({MappedProtocol::tcp, 4321, 0, seconds(0)},
                                    mapping_->nonce(), address("192.168.1.10"), {}));
  answer(pcp(0, seconds(4500), "5.5.0.20:40000", 600));  // late, to what was asked before
  EXPECT_TRUE(nothing_happens());
  answer(pcp(0, seconds(0), "0.0.0.0:0", 600));
  EXPECT_TRUE(event<MappingReleased>().confirmed);
  EXPECT_TRUE(mapping_->ended());
  EXPECT_FALSE(mapping_->next_deadline());
  answer(pcp(0, seconds(4500), "5.5.0.20:40000", 600));
  mapping_->release(now_);
  EXPECT_TRUE(nothing_happens());
}

TEST_F(GatewayMappingTest, AReleaseThatNobodyAnswersIsSaidThreeTimes) {
  hold();
  mapping_->release(now_);
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(is_release(sent()));
    EXPECT_EQ(wait(), milliseconds(250 << i));
  }
  EXPECT_TRUE(is_silent());
  EXPECT_FALSE(event<MappingReleased>().confirmed);
}

TEST_F(GatewayMappingTest, WhatWasAskedForIsReleasedToo) {
  sent();
  mapping_->release(now_);
  EXPECT_TRUE(is_release(sent()));
  restart();
  turn_to_nat_pmp();
  answer(nat_pmp_address("5.5.0.20", 600));
  sent();
  mapping_->release(now_);
  EXPECT_EQ(sent(), nat_pmp_map_request({MappedProtocol::tcp, 4321, 0, seconds(0)}));
  answer(nat_pmp(0, seconds(0), 600));
  EXPECT_TRUE(event<MappingReleased>().confirmed);
  // Nothing was: nothing is to be taken back.
  restart();
  turn_to_nat_pmp();
  mapping_->release(now_);
  EXPECT_TRUE(is_silent());
  EXPECT_TRUE(event<MappingReleased>().confirmed);
}

TEST_F(GatewayMappingTest, TakesBackWhatAnEarlierRunLeft) {
  const MappingNonce nonce = mapping_->nonce();
  auto left = GatewayMapping::leftover(options_, MappingMeans::pcp, nonce, entropy_, now_);
  const auto datagrams = left.take_datagrams();
  ASSERT_EQ(datagrams.size(), 1U);
  EXPECT_EQ(datagrams[0], pcp_map_request({MappedProtocol::tcp, 4321, 0, seconds(0)}, nonce,
                                          address("192.168.1.10"), {}));
  left.on_datagram(gateway, pcp(0, seconds(0), "0.0.0.0:0", 600), now_);
  EXPECT_TRUE(left.ended());
}

TEST_F(GatewayMappingTest, PortsOfTheSystemAreNeverAskedFor) {
  options_.internal_port = 1023;
  EXPECT_DEATH(GatewayMapping(options_, entropy_, now_), "internal_port");
}

}  // namespace
}  // namespace sotto::reach
