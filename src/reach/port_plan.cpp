#include "reach/port_plan.h"

#include <algorithm>
#include <cassert>

#include "reach/chance.h"

namespace sotto::reach {
namespace {

constexpr std::uint16_t first_port = 1024;
constexpr std::uint16_t last_port = 65'535;
constexpr std::size_t ports = last_port - first_port + 1;
constexpr std::chrono::minutes between_tries{1};

}  // namespace

std::vector<Endpoint> predict(const Endpoint& last, int step, std::size_t count) {
  assert(step > 0 && step < 1024 && count <= ports / 1024);
  std::vector<Endpoint> out;
  std::uint16_t port = last.port;
  while (out.size() < count) {
    port = static_cast<std::uint16_t>(port + step);
    if (port < first_port) port = static_cast<std::uint16_t>(first_port + port % step);
    out.push_back({last.address, port});
  }
  return out;
}

BirthdayPlan BirthdayPlan::from_many_sockets(const Endpoint& to, const BirthdayOptions& options,
                                             SteadyTime now) {
  std::vector<BirthdayProbe> probes;
  probes.reserve(options.sockets);
  for (std::size_t socket = 0; socket < options.sockets; ++socket)
    probes.push_back({socket, to});
  return {std::move(probes), options, now};
}

// Each port once: a second packet to the same one finds nothing that the first did not.
BirthdayPlan BirthdayPlan::to_many_ports(const IpAddress& nat, const BirthdayOptions& options,
                                         Entropy& entropy, SteadyTime now) {
  assert(options.probes <= ports / 2);
  std::vector<BirthdayProbe> probes;
  probes.reserve(options.probes);
  std::set<std::uint16_t> chosen;
  while (chosen.size() < options.probes) {
    const auto port = static_cast<std::uint16_t>(draw_between(entropy, first_port, last_port));
    if (chosen.insert(port).second) probes.push_back({0, {nat, port}});
  }
  return {std::move(probes), options, now};
}

std::vector<BirthdayProbe> BirthdayPlan::produce(SteadyTime now) {
  if (sent_ == probes_.size() || now < next_) return {};
  const std::size_t count = std::min(options_.batch, probes_.size() - sent_);
  const auto begin = probes_.begin() + static_cast<std::ptrdiff_t>(sent_);
  sent_ += count;
  next_ = now + options_.every;
  return {begin, begin + static_cast<std::ptrdiff_t>(count)};
}

std::optional<SteadyTime> BirthdayPlan::next_deadline() const {
  if (sent_ == probes_.size()) return std::nullopt;
  return next_;
}

bool BirthdayLimit::allows(const std::string& peer, SteadyTime now) {
  if (tried_.contains(peer) || (last_ && now < *last_ + between_tries)) return false;
  tried_.insert(peer);
  last_ = now;
  return true;
}

}  // namespace sotto::reach
