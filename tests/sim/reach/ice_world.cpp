#include "ice_world.h"

#include <algorithm>
#include <gtest/gtest.h>

namespace sotto::sim {
namespace {

using namespace reach;

const Endpoint stun_server = *parse_endpoint("5.5.0.10:3478");
constexpr int step = 2;             // of counting NATs
constexpr std::size_t guesses = 8;  // at their next ports

IceOptions options_of(bool controlling, const IceCredentials& credentials) {
  IceOptions options;
  options.controlling = controlling;
  options.credentials = credentials;
  options.refused = {{stun_server.address, 0}};
  return options;
}

}  // namespace

std::string to_string(NatKind kind) {
  constexpr const char* names[] = {"open",      "full cone", "restricted", "port-restricted",
                                   "symmetric", "counting"};
  return names[static_cast<std::size_t>(kind)];
}

NatRules rules_of(NatKind kind) {
  using enum Dependence;
  switch (kind) {
    case NatKind::open:
    case NatKind::full_cone:
      return {endpoint_independent, endpoint_independent, PortPattern::random};
    case NatKind::restricted:
      return {endpoint_independent, address_dependent, PortPattern::random};
    case NatKind::port_restricted:
      return {endpoint_independent, address_and_port_dependent, PortPattern::random};
    case NatKind::symmetric:
      return {address_and_port_dependent, address_and_port_dependent, PortPattern::random};
    case NatKind::counting:
      break;
  }
  return {address_and_port_dependent, address_and_port_dependent, PortPattern::counting, step};
}

// --- a person

IcePerson::IcePerson(IceWorld& world, NatKind kind, const char* inside, const char* outside,
                     bool controlling)
    : world_(world),
      nat_(rules_of(kind), parse_endpoint(outside)->address, world.world().draw(0, 1 << 30)),
      open_(kind == NatKind::open),
      address_(parse_endpoint(open_ ? outside : inside)->address),
      credentials_(IceCredentials::random(world.world().entropy())),
      agent_(options_of(controlling, credentials_), world.world().entropy()) {
  sockets_.push_back({address_, 50'000});
}

void IcePerson::gather(bool predicts, const std::optional<Endpoint>& relayed) {
  const auto add = [this](CandidateKind kind, const Endpoint& at, std::size_t base,
                          std::uint16_t preference) {
    LocalCandidate local{
        kind, CandidateTransport::udp, at, base, sockets_[base].address, {}, preference};
    if (kind != CandidateKind::host) local.server = stun_server.address;
    candidates_.push_back(agent_.add_local(local));
  };
  add(CandidateKind::host, sockets_[0], 0, 100);
  if (!open_) {
    const Endpoint mapped = nat_.send(sockets_[0], stun_server);
    const bool counts = nat_.rules().ports == PortPattern::counting;
    if (counts && predicts) {
      std::uint16_t preference = 100;
      for (const Endpoint& guess : predict(mapped, step, guesses)) {
        add(CandidateKind::server_reflexive, guess, 0, preference--);
      }
    } else {
      add(CandidateKind::server_reflexive, mapped, 0, 100);
    }
  }
  if (relayed) {
    relayed_base_ = sockets_.size();
    sockets_.push_back(*relayed);
    add(CandidateKind::relayed, *relayed, *relayed_base_, 100);
  }
}

void IcePerson::meet(const IcePerson& other) {
  agent_.set_remote(other.credentials_, world_.world().now());
  turn();
}

void IcePerson::hear(const Candidate& candidate) {
  EXPECT_TRUE(agent_.add_remote(candidate));
  turn();
}

void IcePerson::open_many_sockets(const Endpoint& to) {
  const BirthdayOptions options;
  const std::size_t first = sockets_.size();
  for (std::size_t i = 0; i < options.sockets; ++i) {
    sockets_.push_back({address_, static_cast<std::uint16_t>(51'000 + i)});
    agent_.add_guessing({CandidateKind::host,
                         CandidateTransport::udp,
                         sockets_.back(),
                         first + i,
                         address_,
                         {},
                         0});
  }
  plan_ = BirthdayPlan::from_many_sockets(to, options, world_.world().now());
  turn();
}

void IcePerson::try_many_ports(const IpAddress& address) {
  plan_ =
      BirthdayPlan::to_many_ports(address, {}, world_.world().entropy(), world_.world().now());
  turn();
}

void IcePerson::run_plan() {
  if (!plan_ || selected_) return;
  const std::size_t first =
      sockets_.size() > 2 ? sockets_.size() - BirthdayOptions().sockets : 0;
  for (const BirthdayProbe& probe : plan_->produce(world_.world().now())) {
    send(first + probe.socket, probe.to, agent_.probe());
  }
}

std::optional<std::size_t> IcePerson::base_at(const Endpoint& to, const Endpoint& from) {
  Endpoint inside = to;
  const bool relayed = relayed_base_ && to == sockets_[*relayed_base_];
  if (!open_ && !relayed) {
    if (to.address != nat_.outside()) return std::nullopt;
    const auto found = nat_.receive(to.port, from);
    if (!found) return std::nullopt;
    inside = *found;
  }
  const auto socket = std::ranges::find(sockets_, inside);
  if (socket == sockets_.end()) return std::nullopt;
  return static_cast<std::size_t>(socket - sockets_.begin());
}

void IcePerson::receive(std::size_t base, const Endpoint& from, const Bytes& bytes) {
  if (!agent_.on_bytes(base, from, bytes, world_.world().now())) {
    heard_.push_back(sotto::to_string(bytes));
  }
  turn();
}

void IcePerson::send(std::size_t base, const Endpoint& to, const Bytes& bytes) {
  // Networks at home are not connected with each other.
  if (is_private(to.address)) return;
  const bool relayed = relayed_base_ == base;
  const Endpoint from = open_ || relayed ? sockets_[base] : nat_.send(sockets_[base], to);
  world_.carry(from, to, bytes);
}

void IcePerson::turn() {
  const SteadyTime now = world_.world().now();
  agent_.on_time(now);
  run_plan();
  for (const IceSend& one : agent_.take_sends()) send(one.base, one.to, one.bytes);
  for (const IceEvent& event : agent_.take_events()) {
    if (const auto* chosen = std::get_if<IceSelected>(&event)) selected_ = *chosen;
    if (const auto* end = std::get_if<IceEnded>(&event)) ended_ = end->error.name();
  }
  auto next = agent_.next_deadline(now);
  if (plan_ && !selected_ && plan_->next_deadline()) {
    next = next ? std::min(*next, *plan_->next_deadline()) : *plan_->next_deadline();
  }
  if (!next) return;
  // One alarm; an earlier one that rings for nothing does no harm.
  const SteadyTime at = std::max(*next, now + milliseconds(1));
  if (alarm_ && *alarm_ > now && *alarm_ <= at) return;
  alarm_ = at;
  world_.world().at(at, [this] { turn(); });
}

void IcePerson::say(const std::string& text) {
  send(selected_->base, selected_->remote.address, to_bytes(text));
}

// --- the world

IceWorld::IceWorld(std::uint64_t seed, const IceSetting& setting)
    : setting_(setting),
      world_(seed),
      anna_(*this, setting.anna, "192.168.1.10:0", "5.5.0.20:0", true),
      ben_(*this, setting.ben, "192.168.2.10:0", "5.5.0.30:0", setting.same_role) {
  const auto relay = [&](const char* at) {
    return setting.relays ? parse_endpoint(at) : std::nullopt;
  };
  anna_.gather(true, relay("5.5.0.40:49152"));
  ben_.gather(true, relay("5.5.0.40:49153"));
  const auto introduce = [this](IcePerson& to, IcePerson& about) {
    world_.after(world_.draw(milliseconds(10), milliseconds(60)),
                 [&to, &about] { to.meet(about); });
    // All in one message: two NATs that count meet when both sides try in the same order.
    world_.after(world_.draw(milliseconds(10), milliseconds(200)), [&to, &about] {
      for (const Candidate& candidate : about.candidates()) to.hear(candidate);
    });
  };
  introduce(anna_, ben_);
  introduce(ben_, anna_);
  if (!setting.birthday) return;
  // Anna's NAT draws its ports, Ben's shows one.
  world_.after(milliseconds(500), [this] {
    anna_.open_many_sockets(ben_.candidates().back().address);
    ben_.try_many_ports(anna_.nat().outside());
  });
}

void IceWorld::carry(const Endpoint& from, const Endpoint& to, const Bytes& bytes) {
  if (cut_ || world_.chance(setting_.weather.loss)) return;
  world_.after(world_.draw(setting_.weather.least, setting_.weather.most),
               [this, from, to, bytes] {
                 deliver(anna_, from, to, bytes);
                 deliver(ben_, from, to, bytes);
               });
}

void IceWorld::deliver(IcePerson& person, const Endpoint& from, const Endpoint& to,
                       const Bytes& bytes) {
  const auto base = person.base_at(to, from);
  if (base) person.receive(*base, from, bytes);
}

bool IceWorld::run() {
  const auto done = [](const IcePerson& person) {
    return person.selected().has_value() || !person.ended().empty();
  };
  world_.run_until([&] { return done(anna_) && done(ben_); }, std::chrono::minutes(2));
  // A later nomination may still be on its way.
  world_.run_for(seconds(20));
  return anna_.selected() && ben_.selected() && anna_.ended().empty() && ben_.ended().empty();
}

bool IceWorld::can_talk() {
  for (int i = 0; i < 50; ++i) {
    anna_.say("hello Ben");
    ben_.say("hello Anna");
  }
  world_.run_for(seconds(1));
  return !anna_.heard().empty() && !ben_.heard().empty();
}

}  // namespace sotto::sim
