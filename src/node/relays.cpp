#include "node/relays.h"

#include <algorithm>

#include "net/web_socket.h"
#include "node/system.h"
#include "node/tor_manager.h"
#include "node/tor_request.h"
#include "wire/limits.h"

namespace sotto::node {

struct Relays::Proxy {
  net::HostPort at;
  std::string user;
  Secret password;

  net::ThroughProxy route() const {
    net::ThroughProxy out{at, std::nullopt};
    if (!user.empty()) out.user = net::ProxyUser{user, password.copy()};
    return out;
  }
};

namespace {

Async<RelayChannel> connect(boost::asio::any_io_executor executor, TorManager* tor,
                            tor::Isolation isolation, net::WebSocketRoute route, RelayUrl url,
                            SteadyTime deadline) {
  if (tor != nullptr) {
    auto socks = co_await tor->socks(deadline);
    if (!socks) co_return std::unexpected(socks.error());
    net::ThroughTor through{std::move(*socks), std::move(isolation)};
    route = std::move(through);
  }
  net::WebSocketTarget target{url.at, url.pin, std::string(wire::relay_subprotocol),
                              std::string(wire::relay_exporter_label),
                              wire::relay_message_limit};
  auto dialing =
      net::WebSocket::dial(std::move(executor), std::move(target), std::move(route), deadline);
  auto socket = co_await std::move(dialing);
  if (!socket) co_return std::unexpected(socket.error());
  RelayChannel channel;
  channel.spki = (*socket)->binding().spki;
  channel.exporter = (*socket)->binding().exporter;
  channel.stream = std::move(*socket);
  co_return channel;
}

}  // namespace

Relays::Relays(boost::asio::any_io_executor executor, TorManager& tor)
    : executor_(std::move(executor)), tor_(tor) {}

Result<void> Relays::configure(const RelayRequest& request) {
  auto named = parse_relays(request.urls);
  if (!named) return pass(named);
  auto usual = parse_relays(request.usual);
  if (!usual) return pass(usual);
  auto tokens = request.tokens ? RelayTokens::parse(request.tokens->view()) : RelayTokens();
  if (!tokens) return pass(tokens);
  const auto& proxy_url = request.proxy ? request.proxy : request.usual_proxy;
  std::shared_ptr<const Proxy> proxy;
  if (proxy_url) {
    const auto parsed = RelayProxy::parse(*proxy_url);
    if (!parsed) return std::unexpected(parsed.error());
    Secret password;
    if (request.proxy_password) password = request.proxy_password->copy();
    proxy = std::make_shared<const Proxy>(Proxy{parsed->at, parsed->user, std::move(password)});
  }
  for (RelayUrl& url : *usual) {
    if (std::ranges::find(*named, url.at, &RelayUrl::at) == named->end()) {
      named->push_back(std::move(url));
    }
  }
  if (!named->empty()) preferred_ = std::move(*named);
  if (request.tokens) tokens_ = std::move(*tokens);
  if (proxy) proxy_ = std::move(proxy);
  return {};
}

void Relays::add_own(const std::vector<RelayUrl>& relays) {
  for (const RelayUrl& url : relays) {
    if (std::ranges::find(own_, url) == own_.end()) own_.push_back(url);
  }
}

std::vector<std::string> Relays::preferred_urls() const {
  std::vector<std::string> urls;
  for (const RelayUrl& url : preferred_) urls.push_back(url.to_string());
  return urls;
}

// A pin that somebody else says for the same address would lead the token to another key.
bool Relays::is_chosen(const RelayUrl& url) const {
  return std::ranges::find(preferred_, url) != preferred_.end() ||
         std::ranges::find(own_, url) != own_.end();
}

RelayPlace Relays::place(const RelayUrl& url, bool only_tor) const {
  const bool over_tor = only_tor || url.is_onion();
  RelayPlace place;
  place.name = url.address();
  place.token = tokens_.find(url.at, is_chosen(url));
  place.timing = over_tor ? relay_timing_over_tor : relay_timing;
  TorManager* const tor = over_tor ? &tor_ : nullptr;
  place.dial = [executor = executor_, tor, isolation = tor::Isolation::random(system_entropy()),
                proxy = proxy_, url](SteadyTime deadline) {
    net::WebSocketRoute route;
    if (tor == nullptr && proxy) route = proxy->route();
    return connect(executor, tor, isolation, std::move(route), url, deadline);
  };
  return place;
}

Result<std::shared_ptr<RelayDesk>> Relays::desk(const std::string& url, bool over_tor) const {
  const auto parsed = RelayUrl::parse(url);
  if (!parsed) return std::unexpected(parsed.error());
  return std::make_shared<RelayDesk>(executor_, place(*parsed, over_tor));
}

void Relays::order(std::vector<wire::RelaySlot>& slots) const {
  const auto rank = [this](const wire::RelaySlot& slot) {
    const auto url = RelayUrl::parse(slot.url);
    const auto at =
        url ? std::ranges::find(preferred_, url->at, &RelayUrl::at) : preferred_.end();
    return at - preferred_.begin();
  };
  std::ranges::stable_sort(slots, {}, rank);
}

Result<void> check_under_tor(const RelayRequest& request) {
  if (!request.proxy) return {};
  return leaves_tor(
      "--proxy leads to relays without Tor, and nothing here may go but through Tor: leave it "
      "out, or give the promise up with --leave-tor.");
}

}  // namespace sotto::node
