#include "reach/nat_probe.h"

#include <deque>
#include <gtest/gtest.h>

#include "support/fake_nat.h"
#include "support/results.h"
#include "support/seeded_entropy.h"

namespace sotto::reach {
namespace {

IpAddress address(const char* text) {
  return boost::asio::ip::make_address(text);
}

constexpr Dependence all_dependences[] = {Dependence::endpoint_independent,
                                          Dependence::address_dependent,
                                          Dependence::address_and_port_dependent};

struct Server {
  IpAddress first = address("5.5.0.10");
  IpAddress second = address("5.5.0.11");
  bool tells_other = true;
  bool changes = true;
  bool answers = true;
};

// A probe of a machine behind a NAT, and servers; everything arrives at once.
class World {
 public:
  World(const NatRules& rules, const Server& server, bool hairpin = false,
        std::vector<Endpoint> servers = {{address("5.5.0.10"), 3478}})
      : nat_(rules, address("5.5.0.20"), 9), server_(server) {
    ProbeOptions options{std::move(servers), {}, hairpin};
    for (std::uint16_t i = 0; i < probe_sockets; ++i) {
      options.sockets.push_back(
          {address("192.168.1.10"), static_cast<std::uint16_t>(50'000 + 3 * i)});
    }
    sockets_ = options.sockets;
    probe_.emplace(options, entropy_, now_);
  }

  void lose(int packets) { lost_ = packets; }

  NatBehaviour run() {
    for (int round = 0; round < 200 && !probe_->done(); ++round) {
      deliver();
      if (const auto next = probe_->next_deadline()) {
        now_ = std::max(now_, *next);
        probe_->on_time(now_);
      }
    }
    EXPECT_TRUE(probe_->done());
    EXPECT_FALSE(probe_->next_deadline());
    return probe_->behaviour();
  }
  NatProbe& probe() { return *probe_; }
  SteadyTime now() const { return now_; }

 private:
  void deliver() {
    for (auto batch = probe_->take_datagrams(); !batch.empty();
         batch = probe_->take_datagrams()) {
      for (const ProbeDatagram& datagram : batch) {
        const Endpoint source = nat_.send(sockets_[datagram.socket], datagram.to);
        if (lost_ > 0) {
          --lost_;
        } else if (datagram.to.address == nat_.outside()) {
          if (nat_.rules().hairpins) come(datagram.to, source, datagram.bytes);
        } else {
          answer(datagram, source);
        }
      }
    }
  }

  void answer(const ProbeDatagram& datagram, const Endpoint& source) {
    if (!server_.answers) return;
    const auto request = must(StunMessage::decode(datagram.bytes));
    const std::uint32_t change =
        server_.changes ? request.u32(StunType::change_request).value_or(0) : 0;
    const Endpoint at = datagram.to;
    const Endpoint other{at.address == server_.first ? server_.second : server_.first,
                         static_cast<std::uint16_t>(at.port == 3478 ? 3479 : 3478)};
    const Endpoint from{(change & 4) != 0 ? other.address : at.address,
                        (change & 2) != 0 ? other.port : at.port};
    StunMessage out(StunMethod::binding, StunClass::success, request.transaction());
    out.add_address(StunType::xor_mapped_address, source);
    if (server_.tells_other) out.add_address(StunType::other_address, other);
    come(source, from, out.encode());
  }

  void come(const Endpoint& to, const Endpoint& from, const Bytes& bytes) {
    const auto inside = nat_.receive(to.port, from);
    if (!inside) return;
    const auto socket = std::ranges::find(sockets_, *inside) - sockets_.begin();
    probe_->on_datagram(static_cast<std::size_t>(socket), from, bytes, now_);
  }

  FakeNat nat_;
  Server server_;
  std::vector<Endpoint> sockets_;
  SeededEntropy entropy_{5};
  SteadyTime now_{};
  std::optional<NatProbe> probe_;
  int lost_ = 0;
};

TEST(NatProbe, FindsMappingFilteringAndPortsOfEveryNat) {
  for (const Dependence mapping : all_dependences) {
    for (const Dependence filtering : all_dependences) {
      for (const PortPattern ports : {PortPattern::counting, PortPattern::random}) {
        const auto found = World({mapping, filtering, ports, 3}, {}).run();
        EXPECT_TRUE(found.answered);
        EXPECT_TRUE(found.translated);
        EXPECT_EQ(found.mapped.address, address("5.5.0.20"));
        EXPECT_EQ(found.mapping, mapping);
        EXPECT_EQ(found.filtering, filtering);
        EXPECT_EQ(found.ports, ports);
        EXPECT_EQ(found.step, ports == PortPattern::counting ? 3 : 0);
        EXPECT_FALSE(found.hairpins);
      }
    }
  }
}

TEST(NatProbe, PortsThatAreKept) {
  const auto found = World({}, {}).run();
  EXPECT_EQ(found.ports, PortPattern::kept);
  EXPECT_EQ(to_string(found.mapped), "5.5.0.20:50000");
  EXPECT_EQ(old_name(found), "full cone");
}

TEST(NatProbe, AFewLostPacketsChangeNothing) {
  World world({Dependence::address_dependent, Dependence::address_dependent, PortPattern::kept},
              {});
  world.lose(2);
  const auto found = world.run();
  EXPECT_EQ(found.mapping, Dependence::address_dependent);
  EXPECT_EQ(found.filtering, Dependence::address_dependent);
}

TEST(NatProbe, HairpinsAreTriedWhenAskedForOnly) {
  for (const bool hairpins : {false, true}) {
    NatRules rules;
    rules.hairpins = hairpins;
    EXPECT_EQ(World(rules, {}, true).run().hairpins, hairpins);
    rules.filtering = Dependence::address_and_port_dependent;
    EXPECT_EQ(World(rules, {}, true).run().hairpins, hairpins);
    EXPECT_EQ(World(rules, {}, false).run().hairpins, std::nullopt);
  }
}

TEST(NatProbe, WithoutAnAnswerNothingIsKnown) {
  Server silent;
  silent.answers = false;
  World world({}, silent, true, {{address("5.5.0.10"), 3478}, {address("5.5.0.12"), 3478}});
  const auto found = world.run();
  EXPECT_FALSE(found.answered);
  EXPECT_EQ(found.mapping, Dependence::unknown);
  EXPECT_EQ(old_name(found), "blocked");
  EXPECT_EQ(world.now() - SteadyTime{}, milliseconds(6'600));
  SeededEntropy entropy(1);
  EXPECT_TRUE(NatProbe({{}, std::vector<Endpoint>(4), false}, entropy, {}).done());
}

TEST(NatProbe, TwoSimpleServersTellTheMapping) {
  Server simple;
  simple.tells_other = false;
  const std::vector<Endpoint> two{{address("5.5.0.10"), 3478}, {address("5.5.0.12"), 3478}};
  NatRules rules;
  rules.filtering = Dependence::address_and_port_dependent;
  auto found = World(rules, simple, false, two).run();
  EXPECT_EQ(found.mapping, Dependence::endpoint_independent);
  EXPECT_EQ(found.filtering, Dependence::unknown);
  EXPECT_EQ(old_name(found), "unknown");
  rules.mapping = Dependence::address_and_port_dependent;
  rules.ports = PortPattern::random;
  found = World(rules, simple, false, two).run();
  EXPECT_EQ(found.mapping, Dependence::address_and_port_dependent);
  EXPECT_EQ(old_name(found), "symmetric");
  // One alone tells an address and ports.
  found = World(rules, simple).run();
  EXPECT_EQ(found.mapping, Dependence::unknown);
  EXPECT_EQ(found.ports, PortPattern::random);
}

TEST(NatProbe, AServerThatChangesNothingTellsNothingAboutTheFilter) {
  Server stubborn;
  stubborn.changes = false;
  const auto found = World({}, stubborn).run();
  EXPECT_EQ(found.filtering, Dependence::unknown);
  EXPECT_EQ(found.mapping, Dependence::endpoint_independent);
}

TEST(NatProbe, AnOtherAddressThatIsNoneIsNotAsked) {
  for (const char* nobody : {"127.0.0.1", "224.0.0.1", "5.5.0.10"}) {
    Server lying;
    lying.second = address(nobody);
    EXPECT_EQ(World({}, lying).run().mapping, Dependence::unknown) << nobody;
  }
}

}  // namespace
}  // namespace sotto::reach
