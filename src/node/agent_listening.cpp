// Clients that hold all rooms, or none: `listen` and `agent`.
#include <boost/asio/post.hpp>

#include "node/agent.h"
#include "room/errors.h"
#include "store/rooms.h"

namespace sotto::node {
namespace {

// The names of the rooms that this profile hosts.
Result<std::vector<std::string>> hosted_names(store::Database& database) {
  const auto rooms = store::Rooms(database).all();
  if (!rooms) return std::unexpected(rooms.error());
  std::vector<std::string> names;
  for (const auto& room : *rooms) {
    if (room.hosted) names.push_back(room.name);
  }
  if (names.empty()) {
    return fail(room::Errc::unknown,
                "This profile hosts no room yet: `sotto listen ROOM` makes one.");
  }
  return names;
}

}  // namespace

Async<HeldReply> Agent::listen(ClientId client, ListenRequest request) {
  using Names = std::vector<std::string>;
  auto job = [](store::Database& database) { return hosted_names(database); };
  auto names = co_await runtime_.store().run<Names>(std::move(job));
  if (!names) co_return std::unexpected(names.error());
  for (const std::string& name : *names) {
    HostRequest one;
    one.room = name;
    one.bind = request.bind;
    one.runs_commands = request.runs_commands;
    one.tor = request.tor;
    one.relay = request.relay.copy();
    one.files = request.files;
    one.publish = request.publish;
    const auto opened = co_await host(client, std::move(one));
    if (!opened) co_return std::unexpected(opened.error());
  }
  HeldReply reply{std::move(*names)};
  co_return reply;
}

Async<HeldReply> Agent::attend(ClientId, NoRequest) {
  co_return HeldReply{};
}

Async<bool> Agent::stop(ClientId, NoRequest) {
  // Not at once: whoever asks hears the answer first.
  auto tell_all = [this, alive = std::weak_ptr(opening_)] {
    if (alive.expired()) return;
    const auto clients = clients_;
    for (const auto& [client, on_notice] : clients) on_notice("stopping", Json::Object());
    close_idle();
  };
  boost::asio::post(runtime_.executor(), std::move(tell_all));
  co_return true;
}

}  // namespace sotto::node
