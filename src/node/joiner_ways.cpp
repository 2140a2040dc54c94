// The ways to a host, in the order in which they are tried: direct or onion, then relays; what
// has worked before comes first.
#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>

#include "net/errors.h"
#include "node/joiner.h"
#include "node/relay_errors.h"
#include "node/relay_failures.h"
#include "node/relay_url.h"
#include "node/tor_request.h"

namespace sotto::node {
namespace {

// What addresses of its own may take to answer where relays lead to the host as well.
constexpr milliseconds direct_before_relays{2'000};
constexpr milliseconds onion_before_relays{20'000};

}  // namespace

// leave() and abandon_link() end it at once.
Async<Dialed> Joiner::unless_ended(Async<Dialed> dial) {
  using namespace boost::asio::experimental::awaitable_operators;
  auto race = std::move(dial) || retry_timer_.wait_until(SteadyTime::max());
  auto first = co_await std::move(race);
  if (first.index() == 0) co_return std::get<0>(std::move(first));
  co_return fail(session::Errc::link_lost, "The attempt to connect was ended.");
}

Async<void> Joiner::one_link() {
  auto reach = wire::decode_reach(room().reach.view());
  if (!reach) co_return std::unexpected(reach.error());
  const bool over_tor = room().tor_only;
  // A promise of Tor holds whatever a later connection file says.
  if (over_tor && !reach->onion && reach->relays.empty()) {
    co_return leaves_tor(
        "This room is to be reached through Tor alone, and its connection file has no onion "
        "address. Ask the host for one made with `sotto host --tor`, or give the promise up "
        "with --leave-tor.");
  }
  const bool has_relays = !reach->relays.empty();
  std::optional<Error> before;
  // What has worked is tried first.
  if (route_ == "relay" && has_relays) {
    const auto ended = co_await one_link_by_relays(reach->relays, over_tor, std::nullopt);
    if (!may_go_on(ended)) co_return ended;
    before = ended.error();
  }
  const SteadyTime now = std::chrono::steady_clock::now();
  const bool by_onion = reach->onion && (over_tor || reach->direct.empty());
  if (by_onion) {
    const SteadyTime limit = has_relays ? now + onion_before_relays : SteadyTime::max();
    const auto ended = co_await one_onion_link(std::move(*reach->onion), limit);
    if (!has_relays || !may_go_on(ended)) co_return ended;
    if (!before) before = ended.error();
  } else if (!over_tor && (!reach->direct.empty() || !has_relays)) {
    std::vector<net::HostPort> addresses;
    for (const auto& direct : reach->direct) addresses.push_back({direct.host, direct.port});
    const SteadyTime limit = has_relays ? now + direct_before_relays : SteadyTime::max();
    const auto ended = co_await one_direct_link(std::move(addresses), limit);
    if (!has_relays || !may_go_on(ended)) co_return ended;
    if (!before) before = ended.error();
  }
  // They have had their turn where they came first.
  if (route_ == "relay") co_return std::unexpected(*before);
  co_return co_await one_link_by_relays(std::move(reach->relays), over_tor, std::move(before));
}

// Another way may still lead to the host; not once there was a link, or the host has refused.
bool Joiner::may_go_on(const Result<void>& ended) const {
  return !ended && !went_well_ && !leaving_ && !renewing_ && !fatal_ && !moved_ &&
         ended.error().kind() != Kind::refused && ended.error().kind() != Kind::identity &&
         ended.error().kind() != Kind::store;
}

Async<void> Joiner::one_onion_link(wire::OnionAddress address, SteadyTime dial_by) {
  const SteadyTime limit = was_linked_ && parameters_.reconnect
                               ? attempt_started_ + session::onion_pace.handshake
                               : parameters_.first_link_by;
  auto connection = co_await unless_ended(
      dial_onion(runtime_, std::move(address), isolation_, std::min(limit, dial_by)));
  if (!connection) co_return std::unexpected(connection.error());
  phases_.connect = std::chrono::steady_clock::now() - attempt_started_;
  linking_ = true;
  auto ended = co_await over(std::move(*connection), limit);
  linking_ = false;
  co_return ended;
}

// Makes a link to the first address that answers as the host: whoever else listens at one of
// them (the same private address in another network, a page that answers everything) only costs
// time.
Async<void> Joiner::one_direct_link(std::vector<net::HostPort> addresses, SteadyTime dial_by) {
  const SteadyTime limit = was_linked_ && parameters_.reconnect
                               ? attempt_started_ + session::direct_pace.handshake
                               : parameters_.first_link_by;
  while (true) {
    auto connection =
        co_await unless_ended(dial_direct(runtime_, addresses, std::min(limit, dial_by)));
    if (!connection) co_return std::unexpected(connection.error());
    phases_.connect = std::chrono::steady_clock::now() - attempt_started_;
    const net::HostPort peer = *connection->peer;
    linking_ = true;
    auto ended = co_await over(std::move(*connection), limit);
    linking_ = false;
    const bool other_listener = !ended && ended.error().is(session::Errc::handshake);
    std::erase(addresses, peer);
    if (!other_listener || addresses.empty() || leaving_ || renewing_) co_return ended;
  }
}

// The one that worked comes first, unless its link broke: then it is the last.
std::vector<wire::RelaySlot> Joiner::in_order(std::vector<wire::RelaySlot> relays) const {
  runtime_.relays().order(relays);
  const auto last = std::ranges::find(relays, relay_, &wire::RelaySlot::url);
  if (last == relays.end()) return relays;
  if (relay_failed_) {
    std::rotate(last, last + 1, relays.end());
  } else {
    std::rotate(relays.begin(), last, last + 1);
  }
  return relays;
}

// Each of the relays once, until one leads to the host.  `before`: what was tried otherwise.
Async<void> Joiner::one_link_by_relays(std::vector<wire::RelaySlot> relays, bool over_tor,
                                       std::optional<Error> before) {
  relays = in_order(std::move(relays));
  RelayFailures failures(std::move(before));
  for (std::size_t i = 0; i < relays.size(); ++i) {
    const auto ended = co_await one_relay_link(relays[i], over_tor);
    if (!may_go_on(ended)) co_return ended;
    const Error why = relay_trouble(ended.error(), relays[i]);
    failures.add(why);
    // A relay that lies is no matter of trying again: the person hears which one it was.
    const bool lies = why.is(RelayErrc::not_host) || why.is(RelayErrc::protocol) ||
                      why.is(net::DialErrc::relay_pin);
    if (lies && i + 1 < relays.size()) listener_.on_notice(why);
  }
  co_return std::unexpected(failures.result());
}

Async<void> Joiner::one_relay_link(wire::RelaySlot relay, bool over_tor) {
  const auto url = RelayUrl::parse(relay.url);
  const bool by_tor = over_tor || (url && url->is_onion());
  const milliseconds patience =
      by_tor ? session::onion_pace.handshake : session::relay_pace.handshake;
  SteadyTime limit = std::chrono::steady_clock::now() + patience;
  if (!was_linked_ || !parameters_.reconnect)
    limit = std::min(limit, parameters_.first_link_by);
  auto connection = co_await unless_ended(dial_relay(runtime_, relay, over_tor, limit));
  if (!connection) co_return std::unexpected(connection.error());
  phases_.connect = std::chrono::steady_clock::now() - attempt_started_;
  linking_ = true;
  auto ended = co_await over(std::move(*connection), limit);
  linking_ = false;
  if (went_well_) {
    relay_ = relay.url;
    relay_failed_ = !ended;
  }
  co_return ended;
}

}  // namespace sotto::node
