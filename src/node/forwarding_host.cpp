#include "node/forwarding_host.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <utility>

#include "base/text.h"

namespace sotto::node {
namespace {

namespace asio = boost::asio;

constexpr milliseconds dial_limit{10'000};
constexpr milliseconds between_notices{5'000};

}  // namespace

// The streams of one member's session.
class ExposedServices::Served final : public ForwardSession,
                                      public std::enable_shared_from_this<Served> {
 public:
  Served(std::shared_ptr<ExposedServices> services, session::Session& session,
         std::vector<std::string> allowed)
      : ForwardSession(services->executor_, session, {true, std::move(allowed)}),
        services_(std::move(services)) {}

 private:
  bool on_wanted(room::StreamId id, const std::string& name) override {
    const net::ServiceAddress* const target = services_->find(name);
    if (target == nullptr) return false;
    // Streams whose channel is closed but whose bytes the service has not all taken count, too.
    if (size() >= session::channels_limit) {
      forwards().refuse(id, wire::ForwardRefusal::busy);
      return true;
    }
    add(id, name);
    asio::co_spawn(executor(), reach(weak_from_this(), executor(), id, name, *target),
                   asio::detached);
    return true;
  }

  static asio::awaitable<void> reach(std::weak_ptr<Served> served,
                                     asio::any_io_executor executor, room::StreamId id,
                                     std::string name, net::ServiceAddress target) {
    auto socket = co_await net::dial_service(executor, std::move(target),
                                             std::chrono::steady_clock::now() + dial_limit);
    const auto self = served.lock();
    if (self) self->reached(id, name, std::move(socket));
  }

  void reached(room::StreamId id, const std::string& name,
               Result<std::unique_ptr<transport::DuplexStream>> socket) {
    const auto stream = find(id);
    if (stream == nullptr) return;
    if (!socket) {
      drop(id);
      forwards().refuse(id, wire::ForwardRefusal::unreachable);
      services_->not_reached(name, socket.error());
      return;
    }
    forwards().accept(id);
    stream->start(id, std::move(*socket));
  }

  std::shared_ptr<ExposedServices> services_;
};

ExposedServices::ExposedServices(asio::any_io_executor executor,
                                 std::function<void(const Error&)> tell)
    : executor_(std::move(executor)), tell_(std::move(tell)), seldom_(between_notices) {}

Result<void> ExposedServices::add(ClientId client, const std::vector<Exposure>& exposures) {
  for (const Exposure& exposure : exposures) {
    const net::ServiceAddress* const target = find(exposure.name);
    if (target == nullptr || *target == exposure.target) continue;
    return fail(Errc::exposed_otherwise,
                "The room exposes " + exposure.name + " already, as " +
                    displayable(net::to_string(*target)) +
                    ". Choose another name, or end the `host` that exposes it.");
  }
  for (const Exposure& exposure : exposures) {
    services_.try_emplace(exposure.name, Service{exposure.target, {}})
        .first->second.holders.insert(client);
  }
  return {};
}

void ExposedServices::remove(ClientId client) {
  for (auto at = services_.begin(); at != services_.end();) {
    const auto& [name, service] = *at;
    if (at->second.holders.erase(client) == 0 || !service.holders.empty()) {
      ++at;
      continue;
    }
    for_each_served([&name](Served& served) { served.reset_streams_of(name); });
    at = services_.erase(at);
  }
}

void ExposedServices::close() {
  tell_ = {};
  services_.clear();
  for_each_served([](Served& served) { served.reset_streams(); });
}

std::shared_ptr<room::ChannelUser> ExposedServices::serve(session::Session& session,
                                                          std::vector<std::string> allowed) {
  auto served = std::make_shared<Served>(shared_from_this(), session, std::move(allowed));
  std::erase_if(served_, [](const auto& one) { return one.expired(); });
  served_.push_back(served);
  return served;
}

const net::ServiceAddress* ExposedServices::find(const std::string& name) const {
  const auto at = services_.find(name);
  return at == services_.end() ? nullptr : &at->second.target;
}

void ExposedServices::not_reached(const std::string& name, const Error& why) {
  if (!tell_ || !seldom_.may_say(name, std::chrono::steady_clock::now())) return;
  tell_({Errc::forward_unreachable,
         "A member wanted the service " + name + ", which does not answer: " + why.text()});
}

template <class Act>
void ExposedServices::for_each_served(Act act) {
  for (const auto& one : served_) {
    if (const auto served = one.lock()) act(*served);
  }
}

}  // namespace sotto::node
