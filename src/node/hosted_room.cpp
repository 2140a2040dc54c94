#include "node/hosted_room.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/encoding.h"
#include "base/log.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "node/mail.h"
#include "node/relay_directory.h"
#include "node/rendering.h"
#include "node/system.h"
#include "node/target_text.h"
#include "room/onion_access.h"

namespace sotto::node {
namespace {

namespace asio = boost::asio;

// For directories to be told that the room is gone.
constexpr milliseconds farewell{3'000};

// The onion service asks for no key: whoever has the address reaches the room.
NoticeEvent open_to_all() {
  return {"tor.open",
          "Whoever has the address reaches this room: an open room cannot keep strangers from "
          "its onion service, so what `sotto invites revoke` takes back is refused by the room "
          "itself."};
}

}  // namespace

HostedRoom::HostedRoom(Runtime& runtime, RoomObserver& observer, HostRequest request,
                       store::RoomRow row)
    : runtime_(runtime),
      observer_(observer),
      request_(std::move(request)),
      row_(std::move(row)),
      exposed_(std::make_shared<ExposedServices>(
          runtime.executor(),
          [this](const Error& what) { tell(NoticeEvent{what.name(), what.text()}); })),
      files_(std::make_shared<RoomFiles>(runtime.executor(), runtime.disk(), row_.name,
                                         [this](const Event& event) { tell(event); })) {}

HostedRoom::~HostedRoom() {
  if (publisher_) publisher_->close();
  exposed_->close();
  files_->close();
}

// Forwards are for those who are here; files also come from those who only send.
std::shared_ptr<room::ChannelUser> HostedRoom::attach(session::Session& session,
                                                      const room::Admission& admission,
                                                      wire::Purpose purpose) {
  const bool is_here = purpose == wire::Purpose::enter;
  const bool may = admission.permissions.files;
  const store::ContactRow& who = admission.contact;
  auto files = files_->attach(session, {who.identity_pk, crypto::to_string(who.fingerprint),
                                        who.name, who.verified, may, may && is_here});
  auto forwards = is_here ? exposed_->serve(session, admission.permissions.forwards) : nullptr;
  return std::make_shared<room::ChannelUsers>(session, std::move(files), std::move(forwards));
}

Async<std::unique_ptr<HostedRoom>> HostedRoom::open(Runtime& runtime, RoomObserver& observer,
                                                    HostRequest request, store::RoomRow row,
                                                    std::function<void(const Event&)> waiting) {
  const auto over_tor = goes_over_tor(request, row);
  if (!over_tor) co_return std::unexpected(over_tor.error());
  Secret reach_before = row.reach.copy();
  auto wish = wished_relays(request, row, *over_tor);
  if (!wish) co_return std::unexpected(wish.error());
  if (*over_tor && !row.tor_only) {
    // The promise stands before anything could leave: also when tor is not there today.
    row.tor_only = true;
    wire::Reach none;
    none.tor_only = true;
    row.reach = wire::encode(none);
    auto job = [&row](store::Database& database) -> Result<bool> {
      auto put = store::Rooms(database).put(row);
      if (!put) return pass(put);
      return true;
    };
    const auto promised = co_await runtime.store().run<bool>(std::move(job));
    if (!promised) co_return std::unexpected(promised.error());
  }
  Result<Doorway> door =
      *over_tor || wish->alone ? Doorway() : open_tcp_doorway(runtime, request, row);
  if (*over_tor) door = co_await open_onion_doorway(runtime, request, row);
  if (!door) co_return std::unexpected(door.error());
  RelayListener* relays = nullptr;
  if (!wish->relays.empty()) {
    auto opening =
        open_relay_doorway(runtime, std::move(*wish), row, *door, std::move(waiting));
    const auto opened = co_await std::move(opening);
    if (!opened) co_return std::unexpected(opened.error());
    relays = *opened;
  }
  row.reach = wire::encode(door->reach);
  row.tor_only = *over_tor;
  std::unique_ptr<HostedRoom> self(
      new HostedRoom(runtime, observer, std::move(request), std::move(row)));
  auto clients = co_await self->save();
  if (!clients) co_return std::unexpected(clients.error());
  self->describe(*door);
  self->direct_ = std::move(door->direct);
  self->reach_before_ = std::move(reach_before);
  HostRoom::Parameters parameters{.room = self->row_.id,
                                  .max_members = self->request_.max_members,
                                  .open_door = self->make_door(),
                                  .relays = relay_urls(self->row_)};
  // The sessions of its members end with it.
  parameters.channels = [room = self.get(), alive = std::weak_ptr(self->alive_)](
                            session::Session& session, const room::Admission& admission,
                            wire::Purpose purpose) -> std::shared_ptr<room::ChannelUser> {
    return alive.expired() ? nullptr : room->attach(session, admission, purpose);
  };
  parameters.candidates =
      [room = self.get(),
       alive = std::weak_ptr(self->alive_)]() -> std::optional<std::vector<wire::Candidate>> {
    if (alive.expired() || room->direct_.port == 0) return std::nullopt;
    return room->candidates_;
  };
  self->candidates_ = tcp_candidates(door->reach.direct, self->direct_.advertised);
  self->room_ = std::make_shared<HostRoom>(runtime, std::move(door->entrances),
                                           std::move(parameters), *self);
  if (relays != nullptr) {
    self->relays_ = relays;
    relays->set_on_change(
        [room = self.get(), alive = std::weak_ptr(self->alive_)](const RelayStatus& status) {
          if (!alive.expired()) room->on_relay(status);
        });
  }
  if (self->request_.open) self->list(door->local);
  if (door->onion) self->prepare(std::move(*door->onion), std::move(*clients));
  co_return self;
}

// Stores the room; yields the keys that its onion service has to know.
Async<HostedRoom::ClientKeys> HostedRoom::save() {
  auto job = [&kept = row_](store::Database& database) -> Result<ClientKeys> {
    // Files may have been written while tor came up: what they took is not given away again.
    auto stored = store::Rooms(database).by_id(kept.id);
    if (!stored) return pass(stored);
    if (*stored && (*stored)->onion_key) kept.onion_spares = std::move((*stored)->onion_spares);
    if (kept.tor_only) room::prepare_onion(kept, system_entropy());
    auto put = store::Rooms(database).put(kept);
    if (!put) return pass(put);
    return room::onion_clients(database, kept, wall_now());
  };
  co_return co_await runtime_.store().run<ClientKeys>(std::move(job));
}

void HostedRoom::prepare(OnionHost::Parameters onion, ClientKeys clients) {
  onion_clients_ = clients;
  if (!request_.open) onion.clients = std::move(clients);
  onion.on_change = [this, alive = std::weak_ptr(alive_)](const OnionStatus& status) {
    if (!alive.expired()) on_onion(status);
  };
  onion_parameters_ = std::move(onion);
}

// From the first answer on the room is ready; before that, what it waits for.
void HostedRoom::on_onion(const OnionStatus& status) {
  if (announced_) return;
  if (status.reachable) {
    announced_ = true;
    for (const Event& event : greeting()) tell(event);
  } else if (status.trouble) {
    tell(ProgressEvent{"publish", "waiting", std::nullopt, status.trouble->text()});
  } else {
    tell(ProgressEvent{"publish", status.uploaded ? "uploaded" : "uploading", std::nullopt,
                       status.address});
  }
}

Async<void> HostedRoom::refresh_onion() {
  if (!onion_ || request_.open) co_return Result<void>();
  auto job = [id = row_.id](store::Database& database) -> Result<std::shared_ptr<Renewed>> {
    auto row = store::Rooms(database).by_id(id);
    if (!row) return pass(row);
    if (!*row) return std::make_shared<Renewed>();
    if (room::prepare_onion(**row, system_entropy())) {
      if (auto put = store::Rooms(database).put(**row); !put) return pass(put);
    }
    auto clients = room::onion_clients(database, **row, wall_now());
    if (!clients) return pass(clients);
    return std::make_shared<Renewed>(Renewed{std::move(**row), std::move(*clients)});
  };
  const auto renewed = co_await runtime_.store().run<std::shared_ptr<Renewed>>(std::move(job));
  if (!renewed) co_return std::unexpected(renewed.error());
  if (!onion_ || (*renewed)->clients == onion_clients_) co_return Result<void>();
  onion_clients_ = (*renewed)->clients;
  row_.onion_spares = std::move((*renewed)->row.onion_spares);
  const auto onion = onion_;
  co_return co_await onion->set_clients(std::move((*renewed)->clients));
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
void HostedRoom::list(const std::vector<std::string>& addresses) {
  if (addresses.empty()) return;  // of an onion service nobody else on this machine is told
  ListedRoom room{row_.id, {}};
  for (const std::string& address : addresses) {
    if (const auto parsed = parse_address(address); parsed && *parsed) {
      room.addresses.push_back(**parsed);
    }
  }
  auto listing = RoomRegistry().list(room);
  if (listing) {
    listing_ = std::move(*listing);
  } else {
    log(LogLevel::warning, listing.error().text());
  }
}

void HostedRoom::describe(const Doorway& door) {
  ready_.room = row_.name;
  if (request_.open) ready_.room_id = to_hex(row_.id.view());
  ready_.routes = door.routes;
  route_ = door.entrances.front().route;
}

// Members hear nothing of it: they find another way by themselves.
void HostedRoom::on_relay(const RelayStatus& status) {
  std::erase_if(ready_.routes, [&](const RouteAddress& route) {
    return route.kind == "relay" && route.address == status.address;
  });
  if (status.held) {
    ready_.routes.push_back({"relay", status.address});
    tell(NoticeEvent{"relay.back",
                     "The relay " + displayable(status.address) + " holds the room now."});
  } else if (status.trouble) {
    tell(NoticeEvent{"relay.lost",
                     "The relay " + displayable(status.address) +
                         " does not hold the room any more: " + status.trouble->text()});
  }
}

void HostedRoom::start() {
  room_->start();
  if (onion_parameters_) {
    tor_watch_.emplace(runtime_.tor(), [this](const Event& event) { tell(event); });
    onion_ = runtime_.tor().publish(std::move(*onion_parameters_));
  }
  publish();
  if (!request_.ttl) return;
  countdown_.emplace(
      runtime_.executor(), *request_.ttl, [this](milliseconds left) { warn_of_end(left); },
      [this] { finish(time_is_over, wire::GoodbyeReason::expired); });
  room_->set_end(countdown_->end());
}

void HostedRoom::publish() {
  Publisher::Parameters parameters;
  parameters.room = row_.id;
  const bool commands = !is_over_tor() || request_.tor.allow_external;
  parameters.directories =
      directories(runtime_.executor(), runtime_.disk(), request_.publish, commands);
  // The relays of before are where those look who have not heard of others.
  add_relay_directories(runtime_.relays(), request_.publish,
                        {row_.reach.view(), reach_before_.view()}, is_over_tor(),
                        parameters.directories);
  parameters.ways = [this] { return look_around(); };
  parameters.tell = [this](const NoticeEvent& notice) { tell(notice); };
  publisher_ = std::make_shared<Publisher>(runtime_, std::move(parameters));
  publisher_->start();
}

void HostedRoom::refresh_records() {
  if (publisher_) publisher_->refresh();
}

// Where the room is now: interfaces may have come or gone since it was opened, and connection
// files that are written from now on say so, too.
rendezvous::Whereabouts HostedRoom::look_around() {
  auto reach = wire::decode_reach(row_.reach.view());
  if (!reach) return {};  // ours, and just encoded
  if (direct_.port != 0) {
    auto addresses = addresses_now(request_, direct_);
    if (addresses != reach->direct) {
      reach->direct = std::move(addresses);
      candidates_ = tcp_candidates(reach->direct, direct_.advertised);
      row_.reach = wire::encode(*reach);
      keep_reach();
    }
  }
  return room::whereabouts_of(*reach, direct_.advertised);
}

void HostedRoom::keep_reach() {
  auto job = [id = row_.id, reach = std::make_shared<Secret>(row_.reach.copy())](
                 store::Database& database) -> Result<void> {
    store::Rooms rooms(database);
    auto row = rooms.by_id(id);
    if (!row) return pass(row);
    if (!*row) return {};
    (*row)->reach = reach->copy();
    return rooms.put(**row);
  };
  auto done = [](const Result<void>& kept) {
    if (!kept) log(LogLevel::warning, kept.error().text());
  };
  runtime_.store().post(std::move(job), std::move(done));
}

bool HostedRoom::is_present(const std::string& fingerprint) const {
  return std::ranges::any_of(room_->present(), [&](const store::ContactRow& who) {
    return crypto::to_string(who.fingerprint) == fingerprint;
  });
}

bool HostedRoom::is_connected(const crypto::Ed25519PublicKey& identity) const {
  return std::ranges::any_of(room_->present(), [&](const store::ContactRow& who) {
    return who.identity_pk == identity;
  });
}

std::vector<Event> HostedRoom::greeting() const {
  if (is_over_tor() && !announced_) return {};  // comes once the service answers
  std::vector<Event> events{ready_};
  if (is_over_tor() && request_.open) events.emplace_back(open_to_all());
  if (countdown_) {
    const auto left = countdown_->end() - std::chrono::steady_clock::now();
    events.push_back(ending_notice(std::chrono::duration_cast<milliseconds>(left)));
  }
  return events;
}

void HostedRoom::warn_of_end(milliseconds left) {
  tell(ending_notice(left));
  room_->warn_of_end(left);
}

void HostedRoom::finish(const char* reason, wire::GoodbyeReason goodbye) {
  if (std::exchange(finishing_, true)) return;
  files_->close_sending();
  listing_.reset();
  countdown_.reset();
  tor_watch_.reset();
  asio::co_spawn(runtime_.executor(), end(*this, reason, goodbye), asio::detached);
}

void HostedRoom::on_contact_changed(const store::ContactRow& who) {
  room_->update(who);
  if (who.blocked) room_->dismiss(who.identity_pk);
  refresh_records();
}

asio::awaitable<void> HostedRoom::end(HostedRoom& self, const char* reason,
                                      wire::GoodbyeReason goodbye) {
  // Not at once: whoever closes rooms may be walking through them.
  co_await asio::post(asio::use_awaitable);
  co_await self.room_->close(goodbye);
  if (self.publisher_ && self.retiring_) {
    co_await self.publisher_->withdraw_all(std::chrono::steady_clock::now() + farewell);
  }
  if (self.publisher_) self.publisher_->close();
  // Not before: what was said last is on its way through the service.
  if (self.onion_) co_await self.onion_->close();
  self.tell(ClosedEvent{reason});
  self.observer_.on_room_ended(self.row_.id, {});
}

void HostedRoom::on_linked(const LinkEvent& link) {
  LinkEvent event = link;
  event.room = row_.name;
  tell(event);
  refresh_records();  // whoever came may have a secret of their own now
}

void HostedRoom::on_member(const store::ContactRow& who, bool here) {
  tell(member_event(who, here, row_.name));
  if (!here) observer_.on_away(row_.id);
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
