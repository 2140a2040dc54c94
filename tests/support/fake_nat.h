// A NAT as RFC 4787 describes them, in memory: what becomes of a packet's source on its way
// out, and of its destination on its way in.  It forgets nothing by itself.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "reach/chance.h"
#include "reach/nat_behaviour.h"
#include "support/seeded_entropy.h"

namespace sotto {

struct NatRules {
  reach::Dependence mapping = reach::Dependence::endpoint_independent;
  reach::Dependence filtering = reach::Dependence::endpoint_independent;
  reach::PortPattern ports = reach::PortPattern::kept;
  int step = 1;
  bool hairpins = false;
};

class FakeNat {
 public:
  using Endpoint = reach::Endpoint;

  FakeNat(const NatRules& rules, const reach::IpAddress& outside, std::uint64_t seed)
      : rules_(rules), outside_(outside), entropy_(seed) {
    next_port_ = static_cast<std::uint16_t>(reach::draw_between(entropy_, 20'000, 40'000));
  }

  const reach::IpAddress& outside() const { return outside_; }
  const NatRules& rules() const { return rules_; }

  // The source of what `inside` sends to `to`.
  Endpoint send(const Endpoint& inside, const Endpoint& to) {
    const Key key{inside, part_of(rules_.mapping, to)};
    auto found = ports_.find(key);
    if (found == ports_.end()) {
      found = ports_.emplace(key, new_port(inside)).first;
      insides_[found->second] = inside;
    }
    sent_to_.emplace(found->second, part_of(rules_.filtering, to));
    return {outside_, found->second};
  }

  // Who inside gets what comes from `from` to our port; nobody, often.
  std::optional<Endpoint> receive(std::uint16_t port, const Endpoint& from) const {
    const auto inside = insides_.find(port);
    if (inside == insides_.end()) return std::nullopt;
    if (!sent_to_.contains({port, part_of(rules_.filtering, from)})) return std::nullopt;
    return inside->second;
  }

  void forget() {
    ports_.clear();
    insides_.clear();
    sent_to_.clear();
  }

 private:
  using Key = std::pair<Endpoint, Endpoint>;

  // What of the other end counts.
  static Endpoint part_of(reach::Dependence dependence, const Endpoint& to) {
    switch (dependence) {
      case reach::Dependence::address_dependent:
        return {to.address, 0};
      case reach::Dependence::address_and_port_dependent:
        return to;
      default:
        return {};
    }
  }

  std::uint16_t new_port(const Endpoint& inside) {
    std::uint16_t port = inside.port;
    if (rules_.ports == reach::PortPattern::counting) {
      next_port_ = static_cast<std::uint16_t>(next_port_ + rules_.step);
      port = next_port_;
    }
    while (rules_.ports == reach::PortPattern::random || insides_.contains(port)) {
      port = static_cast<std::uint16_t>(reach::draw_between(entropy_, 1024, 65'535));
      if (!insides_.contains(port)) break;
    }
    return port;
  }

  NatRules rules_;
  reach::IpAddress outside_;
  SeededEntropy entropy_;
  std::uint16_t next_port_ = 0;
  std::map<Key, std::uint16_t> ports_;
  std::map<std::uint16_t, Endpoint> insides_;
  std::set<std::pair<std::uint16_t, Endpoint>> sent_to_;
};

}  // namespace sotto
