// The Agent's part in live verifications: finds the room in which two people meet, and records
// what they have confirmed.
#include <algorithm>

#include "base/text.h"
#include "node/agent.h"
#include "node/errors.h"
#include "node/moderation.h"
#include "node/people.h"
#include "store/members.h"
#include "store/rooms.h"

namespace sotto::node {
namespace {

namespace asio = boost::asio;

room::VerificationPeer peer_of(const crypto::Card& card) {
  return {card.identity_pk, crypto::fingerprint(card)};
}

// Whom to verify, and the rooms that lead to them whether or not they are open.
struct Meeting {
  store::ContactRow contact;
  std::vector<RoomId> theirs;  // that they host
  std::vector<RoomId> ours;    // of ours, that they belong to
};

Result<Meeting> find_meeting(store::Database& database, const std::string& who) {
  auto contact = find_contact(database, who);
  if (!contact) return pass(contact);
  Meeting meeting{std::move(*contact), {}, {}};
  const auto rooms = store::Rooms(database).all();
  if (!rooms) return std::unexpected(rooms.error());
  store::Members members(database);
  for (const auto& room : *rooms) {
    if (!room.hosted) {
      if (room.host == meeting.contact.identity_pk) meeting.theirs.push_back(room.id);
      continue;
    }
    const auto member = members.find(room.id, meeting.contact.identity_pk);
    if (!member) return std::unexpected(member.error());
    if (*member && !(*member)->removed) meeting.ours.push_back(room.id);
  }
  return meeting;
}

std::unexpected<Error> nowhere(const std::string& name) {
  return fail(
      Errc::verification_no_answer,
      displayable(name) +
          " is in none of the rooms that are open here. Run `sotto host` or `sotto join` "
          "for the room that you share, then verify.");
}

}  // namespace

// Both sides see the same rooms open, and take the same one: the one with the lowest id.
std::optional<RoomId> Agent::meeting_room(const crypto::Ed25519PublicKey& contact,
                                          const std::vector<RoomId>& ours) const {
  for (const auto& [id, entry] : rooms_) {
    if (entry.room->closing()) continue;
    const auto joined = std::dynamic_pointer_cast<JoinedRoom>(entry.room);
    if (joined ? joined->row().host == contact || joined->is_here(contact)
               : std::ranges::find(ours, id) != ours.end()) {
      return id;
    }
  }
  return std::nullopt;
}

Async<LiveReply> Agent::compare(ClientId client, LiveRequest request) {
  const SteadyTime deadline = std::chrono::steady_clock::now() + request.timeout;
  auto find = [who =
                   request.who](store::Database& database) -> Result<std::shared_ptr<Meeting>> {
    auto meeting = find_meeting(database, who);
    if (!meeting) return pass(meeting);
    return std::make_shared<Meeting>(std::move(*meeting));
  };
  const auto found = co_await runtime_.store().run<std::shared_ptr<Meeting>>(std::move(find));
  if (!found) co_return std::unexpected(found.error());
  const store::ContactRow& contact = (*found)->contact;
  auto room = meeting_room(contact.identity_pk, (*found)->ours);
  if (!room && !(*found)->theirs.empty()) {
    auto open = [id = (*found)->theirs.front()](
                    store::Database& database) -> Result<std::shared_ptr<room::JoinedRoom>> {
      auto row = store::Rooms(database).by_id(id);
      if (!row) return pass(row);
      if (!*row) return fail(room::Errc::unknown, "The room was removed in the meantime.");
      auto joined = room::joined_room(database, std::move(**row));
      if (!joined) return pass(joined);
      return std::make_shared<room::JoinedRoom>(std::move(*joined));
    };
    auto target =
        co_await runtime_.store().run<std::shared_ptr<room::JoinedRoom>>(std::move(open));
    if (!target) co_return std::unexpected(target.error());
    room = (*target)->room.id;
    const auto opened = co_await open_for_sending(std::move(**target), deadline);
    if (!opened) co_return std::unexpected(opened.error());
  }
  if (!room) co_return nowhere(contact.name);
  const crypto::Card& self = runtime_.profile().card();
  const auto joined = std::dynamic_pointer_cast<JoinedRoom>(rooms_.at(*room).room);
  const bool with_host = joined && joined->row().host == contact.identity_pk;
  const bool commits = with_host || (joined && self.identity_pk < contact.identity_pk);
  const LiveVerifications::Pair pair{
      *room, peer_of(self), {contact.identity_pk, contact.fingerprint}, commits};
  if (joined) joined->keep_until(deadline);
  comparing_.insert_or_assign(client, *room);
  rooms_.at(*room).watchers.insert(client);
  const auto sas = co_await live_.compare(client, pair, deadline);
  unwatch(*room, client);
  if (!sas) {
    end_comparison(client);
    co_return std::unexpected(sas.error());
  }
  LiveReply reply;
  reply.contact = contact.name;
  reply.fingerprint = crypto::to_string(contact.fingerprint);
  for (const std::size_t index : sas->emoji()) {
    const crypto::SasEmoji& emoji = crypto::sas_emoji()[index];
    reply.emoji.emplace_back(emoji.emoji, emoji.name);
  }
  std::ranges::copy(sas->numbers(), std::back_inserter(reply.numbers));
  co_return reply;
}

Async<ContactInfo> Agent::confirm(ClientId client, ConfirmRequest request) {
  const SteadyTime deadline = std::chrono::steady_clock::now() + request.timeout;
  auto find = [who = request.fingerprint](
                  store::Database& database) -> Result<crypto::Ed25519PublicKey> {
    const auto contact = find_contact(database, who);
    if (!contact) return std::unexpected(contact.error());
    return contact->identity_pk;
  };
  const auto peer = co_await runtime_.store().run<crypto::Ed25519PublicKey>(std::move(find));
  if (!peer) co_return std::unexpected(peer.error());
  const auto agreed = co_await live_.answer(client, *peer, request.same, deadline);
  end_comparison(client);
  if (!agreed) co_return std::unexpected(agreed.error());
  VerifyRequest record{request.fingerprint, request.fingerprint};
  co_return co_await verify_in_rooms(*this, std::move(record));
}

// A room that was opened to compare in stays open while the person looks, and a little longer.
void Agent::end_comparison(ClientId client) {
  const auto at = comparing_.find(client);
  if (at == comparing_.end()) return;
  const auto room = rooms_.find(at->second);
  comparing_.erase(at);
  if (room == rooms_.end()) return;
  const auto joined = std::dynamic_pointer_cast<JoinedRoom>(room->second.room);
  if (joined && joined->purpose() == wire::Purpose::send && !joined->is_waited_for()) {
    joined->linger(warm_for);
  }
}

void Agent::give_up(ClientId client) {
  live_.give_up(client);
  end_comparison(client);
}

void Agent::send_step(const RoomId& room, const wire::VerificationStep& step,
                      const std::optional<crypto::Hash64>& binding) {
  const auto at = rooms_.find(room);
  if (at != rooms_.end()) at->second.room->send(step, binding);
}

void Agent::on_verification(const RoomId& room, const wire::VerificationStep& step,
                            const crypto::Hash64& binding) {
  if (!live_.on_step(room, step, binding)) return;
  auto name = std::make_shared<std::string>();
  auto find = [from = step.from, name](store::Database& database) -> Result<void> {
    const auto contact = store::Contacts(database).by_identity(from);
    if (!contact) return std::unexpected(contact.error());
    if (*contact && !(*contact)->blocked) *name = (*contact)->name;
    return {};
  };
  runtime_.store().post(std::move(find), [this, room, name](const Result<void>& found) {
    if (!found || name->empty()) return;
    on_room_event(room,
                  NoticeEvent{"verification.requested",
                              displayable(*name) +
                                  " wants to verify that nobody sits between you: run `sotto "
                                  "verify '" +
                                  displayable(*name) + "' --live`."},
                  std::nullopt);
  });
}

}  // namespace sotto::node
