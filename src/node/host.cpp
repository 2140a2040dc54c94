// `sotto host`: opens a room, shows what happens in it, takes typed lines.
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "base/text.h"
#include "node/chat.h"
#include "node/commands.h"
#include "node/connection_files.h"
#include "node/errors.h"
#include "node/host_room.h"
#include "node/invites.h"
#include "node/rendering.h"
#include "node/system.h"
#include "store/profile.h"

namespace sotto::node {
namespace {

std::vector<std::uint16_t> ports_to_try(const HostOptions& options, std::uint16_t kept) {
  if (options.port) return {*options.port};
  std::vector<std::uint16_t> ports;
  const auto in_range = [&](std::uint16_t port) {
    return !options.port_range ||
           (port >= options.port_range->first && port <= options.port_range->second);
  };
  // Connection files that were given out name the port of before.
  if (kept != 0 && in_range(kept)) ports.push_back(kept);
  if (!options.port_range) return ports;
  for (unsigned port = options.port_range->first; port <= options.port_range->second; ++port) {
    ports.push_back(static_cast<std::uint16_t>(port));
  }
  return ports;
}

std::vector<std::string> reachable_hosts(const HostOptions& options) {
  if (options.bind && *options.bind != "0.0.0.0" && *options.bind != "::")
    return {*options.bind};
  std::vector<std::string> hosts = net::interface_addresses();
  if (options.bind == "0.0.0.0") {
    std::erase_if(hosts, [](const std::string& host) { return host.find(':') != host.npos; });
  }
  if (hosts.size() > wire::direct_addresses_limit) hosts.resize(wire::direct_addresses_limit);
  return hosts;
}

class HostCommand final : public HostRoomListener {
 public:
  HostCommand(Runtime& runtime, const HostOptions& options, store::RoomRow room)
      : runtime_(runtime),
        options_(options),
        row_(std::move(room)),
        stopped_(runtime.executor()),
        chat_(runtime, [this] { room_->pump_all(); }, [] {}) {
    stopped_.expires_at(SteadyTime::max());
  }

  Async<void> run() {
    auto listener = net::TcpListener::open(runtime_.executor(),
                                           {options_.bind, ports_to_try(options_, row_.port)},
                                           system_entropy());
    if (!listener) co_return std::unexpected(listener.error());
    const ReadyEvent ready = describe(listener->port());
    if (auto saved = save(listener->port()); !saved) co_return saved;
    if (options_.export_file) {
      const auto exported = export_invite(runtime_.profile(), *options_.export_file);
      if (!exported) co_return std::unexpected(exported.error());
    }
    room_ = std::make_shared<HostRoom>(
        runtime_, std::move(*listener),
        HostRoom::Parameters{.room = row_.id, .max_members = options_.max_members}, *this);
    const auto shown = co_await chat_.show_missed(row_.id);
    if (!shown) co_return shown;
    boost::asio::co_spawn(runtime_.executor(), room_->run(), boost::asio::detached);
    runtime_.emit(ready);
    chat_.start_input(options_.input, row_);
    if (!stopping_) {
      co_await stopped_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    }
    chat_.stop_input();
    co_await room_->close();
    runtime_.emit(ClosedEvent{reason_});
    co_return Result<void>();
  }

  void stop() { finish("stopped"); }

 private:
  void finish(const char* reason) {
    if (std::exchange(stopping_, true)) return;
    reason_ = reason;
    stopped_.cancel();
  }

  ReadyEvent describe(std::uint16_t port) {
    ReadyEvent ready{row_.name, {}, std::nullopt};
    wire::Reach reach;
    for (const std::string& host : reachable_hosts(options_)) {
      reach.direct.push_back({host, port});
      ready.routes.push_back({"direct", net::to_string({host, port})});
    }
    row_.reach = wire::encode(reach);
    if (options_.export_file) ready.invite = options_.export_file->file.string();
    return ready;
  }

  // The store's thread is not needed yet: nobody is connected.
  Result<void> save(std::uint16_t port) {
    if (row_.port == 0 || options_.port || options_.port_range) row_.port = port;
    return store::Rooms(runtime_.profile().database()).put(row_);
  }

  void on_linked(const LinkEvent& link) override { runtime_.emit(link); }

  void on_member(const store::ContactRow& who, bool here) override {
    runtime_.emit(member_event(who, here));
    if (!here && options_.once) finish("the first member left");
  }

  void on_message(std::int64_t seq, const wire::Message& message,
                  const store::ContactRow& author) override {
    chat_.show(seq, message_event(message, author, false));
  }

  void on_delivered(const MessageId& id) override {
    runtime_.emit(DeliveredEvent{id_text(id)});
  }

  void on_trouble(const Error& what) override {
    runtime_.emit(ErrorEvent{what.name(), what.text()});
  }

  Runtime& runtime_;
  const HostOptions& options_;
  store::RoomRow row_;
  boost::asio::steady_timer stopped_;
  Chat chat_;
  std::shared_ptr<HostRoom> room_;
  bool stopping_ = false;
  std::string reason_;
};

}  // namespace

Result<void> host(Profile& profile, const HostOptions& options, EventSink& sink) {
  auto owner = store::OwnerLock::take(profile.home());
  if (!owner) return pass(owner);
  if (options.export_file) {
    const auto writable = check_writable(options.export_file->file, options.export_file->force);
    if (!writable) return writable;
  }
  auto room = open_own_room(profile, options.room);
  if (!room) return pass(room);
  Runtime runtime(profile, sink);
  HostCommand command(runtime, options, std::move(*room));
  return runtime.run(command.run(), [&command] { command.stop(); });
}

}  // namespace sotto::node
