// Commands that only look: `sotto id`, `sotto history`.
#include "node/queries.h"

#include "base/text.h"
#include "node/commands.h"
#include "node/connection_files.h"
#include "node/rendering.h"
#include "room/errors.h"
#include "store/contacts.h"
#include "store/messages.h"
#include "store/rooms.h"

namespace sotto::node {
namespace {

std::string stage_name(store::Stage stage) {
  switch (stage) {
    case store::Stage::queued:
      return "queued";
    case store::Stage::cancelled:
      return "cancelled";
    case store::Stage::expired:
      return "expired";
    case store::Stage::relayed:
      return "relayed";
    case store::Stage::sent:
      return "sent";
    case store::Stage::delivered:
      return "delivered";
    case store::Stage::read:
      break;
  }
  return "read";
}

// A room by its name, or the room that a contact of that name hosts.
Result<store::RoomRow> room_of(store::Database& database, const std::string& who) {
  store::Rooms rooms(database);
  auto room = rooms.by_name(who);
  if (!room) return pass(room);
  if (*room) return std::move(**room);
  const auto contact = store::Contacts(database).by_name(who);
  if (!contact) return std::unexpected(contact.error());
  if (*contact) {
    auto all = rooms.all();
    if (!all) return pass(all);
    for (auto& candidate : *all) {
      if (candidate.host == (*contact)->identity_pk) return std::move(candidate);
    }
  }
  return fail(room::Errc::unknown,
              "There is no room or contact called " + displayable(who) + ".");
}

}  // namespace

FileProtection FileProtection::copy() const {
  FileProtection out;
  if (passphrase) out.passphrase = passphrase->copy();
  out.for_cards = for_cards;
  out.unsealed = unsealed;
  return out;
}

OwnCard own_card(const Profile& profile) {
  return {profile.name(), crypto::to_string(crypto::fingerprint(profile.card())),
          card_text(profile.card())};
}

Result<OwnCard> identify(Profile& profile, const NoRequest&) {
  return own_card(profile);
}

Result<HistoryReply> read_history(Profile& profile, const HistoryOptions& options) {
  store::Database& database = profile.database();
  const auto room = room_of(database, options.who);
  if (!room) return std::unexpected(room.error());
  const auto rows = store::Messages(database).history(room->id, {options.since, options.limit});
  if (!rows) return std::unexpected(rows.error());
  store::Contacts contacts(database);
  HistoryReply out;
  for (const auto& row : *rows) {
    const auto message = wire::decode_message(row.message);
    if (!message) return std::unexpected(message.error());
    HistoryEntry entry;
    entry.id = id_text(message->id);
    entry.time = message->time;
    entry.stage = stage_name(row.stage);
    entry.text = message->text;
    entry.own = row.author == profile.card().identity_pk;
    if (entry.own) {
      entry.name = profile.name();
      entry.from = crypto::to_string(crypto::fingerprint(profile.card()));
      entry.verified = true;
    } else {
      const auto author = contacts.by_identity(row.author);
      if (!author) return std::unexpected(author.error());
      if (*author) {
        entry.name = (*author)->name;
        entry.from = crypto::to_string((*author)->fingerprint);
        entry.verified = (*author)->verified;
      }
    }
    out.messages.push_back(std::move(entry));
  }
  return out;
}

Result<OwnCard> own_card(Access& access) {
  return access.ask<OwnCard, NoRequest, identify>("id", {});
}

Result<std::vector<HistoryEntry>> history(Access& access, const HistoryOptions& options) {
  auto reply = access.ask<HistoryReply, HistoryOptions, read_history>("history", options);
  if (!reply) return pass(reply);
  return std::move(reply->messages);
}

}  // namespace sotto::node
