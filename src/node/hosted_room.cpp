#include "node/hosted_room.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/encoding.h"
#include "base/log.h"
#include "crypto/hash.h"
#include "node/rendering.h"
#include "node/system.h"
#include "wire/limits.h"

namespace sotto::node {
namespace {

namespace asio = boost::asio;

std::vector<std::uint16_t> ports_to_try(const HostRequest& request, std::uint16_t kept) {
  if (request.port) return {*request.port};
  std::vector<std::uint16_t> ports;
  const auto in_range = [&](std::uint16_t port) {
    return !request.port_range ||
           (port >= request.port_range->first && port <= request.port_range->second);
  };
  // Connection files that were given out name the port of before.
  if (kept != 0 && in_range(kept)) ports.push_back(kept);
  if (!request.port_range) return ports;
  for (unsigned port = request.port_range->first; port <= request.port_range->second; ++port) {
    ports.push_back(static_cast<std::uint16_t>(port));
  }
  return ports;
}

std::vector<std::string> reachable_hosts(const std::optional<std::string>& bind) {
  if (bind && *bind != "0.0.0.0" && *bind != "::") return {*bind};
  std::vector<std::string> hosts = net::interface_addresses();
  if (bind == "0.0.0.0") {
    std::erase_if(hosts, [](const std::string& host) { return host.find(':') != host.npos; });
  }
  if (hosts.size() > wire::direct_addresses_limit) hosts.resize(wire::direct_addresses_limit);
  return hosts;
}

// Where this machine reaches it.
std::vector<std::string> local_hosts(const std::optional<std::string>& bind) {
  if (!bind || *bind == "::") return {"::1", "127.0.0.1"};
  if (*bind == "0.0.0.0") return {"127.0.0.1"};
  return {*bind};
}

}  // namespace

HostedRoom::HostedRoom(Runtime& runtime, RoomObserver& observer, HostRequest request,
                       store::RoomRow row)
    : runtime_(runtime),
      observer_(observer),
      request_(std::move(request)),
      row_(std::move(row)),
      exposed_(std::make_shared<ExposedServices>(runtime.executor(), [this](const Error& what) {
        tell(NoticeEvent{what.name(), what.text()});
      })) {}

HostedRoom::~HostedRoom() {
  exposed_->close();
}

Async<std::unique_ptr<HostedRoom>> HostedRoom::open(Runtime& runtime, RoomObserver& observer,
                                                    HostRequest request, store::RoomRow row) {
  auto listener = net::TcpListener::open(
      runtime.executor(), {request.bind, ports_to_try(request, row.port)}, system_entropy());
  if (!listener) co_return std::unexpected(listener.error());
  const bool moves = row.port == 0 || request.port || request.port_range;
  std::unique_ptr<HostedRoom> self(
      new HostedRoom(runtime, observer, std::move(request), std::move(row)));
  const std::uint16_t port = listener->port();
  if (moves) self->row_.port = port;
  self->describe(port);
  auto job = [&kept = self->row_](store::Database& database) -> Result<bool> {
    auto put = store::Rooms(database).put(kept);
    if (!put) return pass(put);
    return true;
  };
  const auto saved = co_await runtime.store().run<bool>(std::move(job));
  if (!saved) co_return std::unexpected(saved.error());
  HostRoom::Parameters parameters{.room = self->row_.id,
                                  .max_members = self->request_.max_members,
                                  .open_door = self->make_door(),
                                  .exposed = self->exposed_};
  self->room_ =
      std::make_shared<HostRoom>(runtime, std::move(*listener), std::move(parameters), *self);
  if (self->request_.open) self->list(port);
  co_return self;
}

std::unique_ptr<session::OpenDoor> HostedRoom::make_door() const {
  if (!request_.open) return nullptr;
  std::optional<Secret> password;
  if (request_.password) password = request_.password->copy();
  return std::make_unique<session::OpenDoor>(std::move(password));
}

bool HostedRoom::lets_in_as(const HostRequest& request) const {
  if (!request.open) return true;  // whoever attaches need not say it again
  if (!request_.open || request.password.has_value() != request_.password.has_value()) {
    return false;
  }
  return !request.password ||
         crypto::equal_constant_time(request.password->view(), request_.password->view());
}

// A room that cannot be listed is open all the same, to those who have its address.
void HostedRoom::list(std::uint16_t port) {
  ListedRoom room{row_.id, {}};
  for (const std::string& host : local_hosts(request_.bind)) {
    room.addresses.push_back({host, port});
  }
  auto listing = RoomRegistry().list(room);
  if (listing) {
    listing_ = std::move(*listing);
  } else {
    log(LogLevel::warning, listing.error().text());
  }
}

void HostedRoom::describe(std::uint16_t port) {
  wire::Reach reach;
  ready_.room = row_.name;
  if (request_.open) ready_.room_id = to_hex(row_.id.view());
  for (const std::string& host : reachable_hosts(request_.bind)) {
    reach.direct.push_back({host, port});
    ready_.routes.push_back({"direct", net::to_string({host, port})});
  }
  row_.reach = wire::encode(reach);
}

void HostedRoom::start() {
  asio::co_spawn(runtime_.executor(), room_->run(), asio::detached);
  if (!request_.ttl) return;
  countdown_.emplace(
      runtime_.executor(), *request_.ttl, [this](milliseconds left) { warn_of_end(left); },
      [this] { finish(time_is_over, wire::GoodbyeReason::expired); });
  room_->set_end(countdown_->end());
}

bool HostedRoom::is_present(const std::string& fingerprint) const {
  return std::ranges::any_of(room_->present(), [&](const store::ContactRow& who) {
    return crypto::to_string(who.fingerprint) == fingerprint;
  });
}

std::vector<Event> HostedRoom::greeting() const {
  if (!countdown_) return {ready_};
  const auto left = countdown_->end() - std::chrono::steady_clock::now();
  return {ready_, ending_notice(std::chrono::duration_cast<milliseconds>(left))};
}

void HostedRoom::warn_of_end(milliseconds left) {
  tell(ending_notice(left));
  room_->warn_of_end(left);
}

void HostedRoom::finish(const char* reason, wire::GoodbyeReason goodbye) {
  if (std::exchange(finishing_, true)) return;
  listing_.reset();
  countdown_.reset();
  asio::co_spawn(runtime_.executor(), end(*this, reason, goodbye), asio::detached);
}

void HostedRoom::on_contact_changed(const store::ContactRow& who) {
  room_->update(who);
  if (who.blocked) room_->dismiss(who.identity_pk);
}

asio::awaitable<void> HostedRoom::end(HostedRoom& self, const char* reason,
                                      wire::GoodbyeReason goodbye) {
  // Not at once: whoever closes rooms may be walking through them.
  co_await asio::post(asio::use_awaitable);
  co_await self.room_->close(goodbye);
  self.tell(ClosedEvent{reason});
  self.observer_.on_room_ended(self.row_.id, {});
}

void HostedRoom::on_member(const store::ContactRow& who, bool here) {
  tell(member_event(who, here));
  if (!here && request_.once) finish("the first member left", wire::GoodbyeReason::room_closed);
}

void HostedRoom::on_message(std::int64_t seq, const wire::Message& message,
                            const store::ContactRow& author) {
  observer_.on_room_event(row_.id, message_event(message, author, row_.name, false), seq);
}

void HostedRoom::on_delivered(const MessageId& id) {
  tell(DeliveredEvent{id_text(id)});
}

void HostedRoom::on_trouble(const Error& what) {
  tell(ErrorEvent{what.name(), what.text()});
}

}  // namespace sotto::node
