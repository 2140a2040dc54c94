#include "node/presence.h"

#include "base/text.h"
#include "node/agent.h"
#include "room/errors.h"

namespace sotto::node {
namespace {

using Identities = std::vector<crypto::Ed25519PublicKey>;

PresenceReply of_hosted(HostedRoom& room) {
  PresenceReply reply{room.row().name, true, true, room.route(), {}};
  for (auto& one : room.presence()) {
    reply.people.push_back({one.who.name, crypto::to_string(one.who.fingerprint),
                            one.who.verified, false, one.linked, std::move(one.address),
                            one.round_trip});
  }
  return reply;
}

PresenceReply of_joined(JoinedRoom& room) {
  const Joiner& joiner = room.joiner();
  const bool linked = joiner.is_linked();
  PresenceReply reply{room.row().name, false, linked, joiner.route(), {}};
  reply.people.push_back({joiner.host_name(),
                          crypto::to_string(crypto::fingerprint(joiner.host())),
                          joiner.host_verified(), true, linked,
                          linked ? joiner.address() : std::string(), room.round_trip()});
  return reply;
}

}  // namespace

Async<PresenceReply> show_presence(Agent& agent, RoomRequest request) {
  std::shared_ptr<OpenRoom> open;
  for (auto& room : agent.open_rooms()) {
    if (room->row().name == request.room) open = std::move(room);
  }
  if (const auto hosted = std::dynamic_pointer_cast<HostedRoom>(open)) {
    co_return of_hosted(*hosted);
  }
  const auto joined = std::dynamic_pointer_cast<JoinedRoom>(open);
  if (!joined) {
    co_return fail(room::Errc::unknown,
                   "The room " + displayable(request.room) + " is not open at the moment.");
  }
  PresenceReply reply = of_joined(*joined);
  const auto& here = joined->others_here();
  if (!reply.linked || here.empty()) co_return reply;
  auto job = [others = Identities(here.begin(), here.end())](
                 store::Database& database) -> Result<std::vector<store::ContactRow>> {
    std::vector<store::ContactRow> found;
    for (const auto& who : others) {
      auto contact = store::Contacts(database).by_identity(who);
      if (!contact) return pass(contact);
      if (*contact) found.push_back(std::move(**contact));
    }
    return found;
  };
  const auto others =
      co_await agent.runtime().store().run<std::vector<store::ContactRow>>(std::move(job));
  if (!others) co_return std::unexpected(others.error());
  for (const auto& who : *others) {
    reply.people.push_back(
        {who.name, crypto::to_string(who.fingerprint), who.verified, false, false, {}, {}});
  }
  co_return reply;
}

}  // namespace sotto::node
