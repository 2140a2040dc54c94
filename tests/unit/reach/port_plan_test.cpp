#include "reach/port_plan.h"

#include <gtest/gtest.h>

#include "support/seeded_entropy.h"

namespace sotto::reach {
namespace {

std::vector<std::uint16_t> ports_of(const std::vector<Endpoint>& endpoints) {
  std::vector<std::uint16_t> out;
  out.reserve(endpoints.size());
  for (const Endpoint& endpoint : endpoints) out.push_back(endpoint.port);
  return out;
}

TEST(PortPlan, PredictsWhatACountingNatGivesNext) {
  const auto last = *parse_endpoint("5.5.0.20:40000");
  EXPECT_EQ(ports_of(predict(last, 2, 3)), (std::vector<std::uint16_t>{40002, 40004, 40006}));
  EXPECT_EQ(predict(last, 2, 1)[0].address, last.address);
  EXPECT_EQ(ports_of(predict({last.address, 65'534}, 1, 3)),
            (std::vector<std::uint16_t>{65'535, 1024, 1025}));
  EXPECT_TRUE(predict(last, 1, 0).empty());
}

TEST(PortPlan, ManySocketsSendToOneAddressInBatches) {
  const auto to = *parse_endpoint("5.5.0.20:40000");
  auto plan = BirthdayPlan::from_many_sockets(to, {40, 0, 16, milliseconds(10)}, SteadyTime{});
  SteadyTime now{};
  std::set<std::size_t> sockets;
  std::vector<std::size_t> batches;
  while (plan.next_deadline()) {
    now = *plan.next_deadline();
    const auto probes = plan.produce(now);
    EXPECT_TRUE(plan.produce(now).empty());
    batches.push_back(probes.size());
    for (const BirthdayProbe& probe : probes) {
      EXPECT_EQ(probe.to, to);
      sockets.insert(probe.socket);
    }
  }
  EXPECT_EQ(batches, (std::vector<std::size_t>{16, 16, 8}));
  EXPECT_EQ(sockets.size(), 40U);
  EXPECT_EQ(now - SteadyTime{}, milliseconds(20));
  EXPECT_TRUE(plan.produce(now + seconds(1)).empty());
}

TEST(PortPlan, WhoIsLateDoesNotSendMoreAtOnce) {
  auto plan = BirthdayPlan::from_many_sockets({}, {}, SteadyTime{});
  EXPECT_EQ(plan.produce(SteadyTime{} + seconds(60)).size(), 16U);
  EXPECT_EQ(*plan.next_deadline(), SteadyTime{} + seconds(60) + milliseconds(10));
}

TEST(PortPlan, EachPortOfTheOtherIsTriedOnce) {
  SeededEntropy entropy(1);
  auto plan = BirthdayPlan::to_many_ports(parse_endpoint("5.5.0.20:1")->address, {}, entropy,
                                          SteadyTime{});
  std::set<std::uint16_t> ports;
  SteadyTime now{};
  while (plan.next_deadline()) {
    now = *plan.next_deadline();
    for (const BirthdayProbe& probe : plan.produce(now)) {
      EXPECT_GE(probe.to.port, 1024);
      EXPECT_EQ(probe.socket, 0U);
      ports.insert(probe.to.port);
    }
  }
  EXPECT_EQ(ports.size(), 1024U);
  EXPECT_LT(now - SteadyTime{}, seconds(1));
}

TEST(PortPlan, APeerIsTriedOnceAndNobodyRightAfterAnother) {
  BirthdayLimit limit;
  SteadyTime now{};
  EXPECT_TRUE(limit.allows("anna", now));
  EXPECT_FALSE(limit.allows("ben", now + seconds(59)));
  EXPECT_TRUE(limit.allows("ben", now + seconds(60)));
  EXPECT_FALSE(limit.allows("anna", now + std::chrono::hours(1)));
}

}  // namespace
}  // namespace sotto::reach
