#include "node/messages.h"

#include <algorithm>

#include "base/text.h"
#include "node/errors.h"
#include "node/joiner.h"
#include "node/rendering.h"
#include "node/system.h"
#include "room/errors.h"
#include "store/contacts.h"
#include "store/deposits.h"
#include "store/outbox.h"
#include "wire/limits.h"

namespace sotto::node {
double to_ms(std::chrono::nanoseconds duration) {
  return static_cast<double>(duration.count() / 1000) / 1000.0;
}

Result<void> check_text(const std::string& text) {
  if (text.size() > wire::message_text_limit) {
    return fail(Errc::too_large, "A message has at most 1 MiB of text. Send it in pieces.");
  }
  if (!is_utf8(text)) return fail(Errc::not_text, "A message is UTF-8 text; this is not.");
  return {};
}

Result<std::vector<room::Composed>> compose_all(Profile& profile, const RoomId& room_id,
                                                const SendRequest& request) {
  const auto room = store::Rooms(profile.database()).by_id(room_id);
  if (!room) return std::unexpected(room.error());
  if (!*room) return fail(room::Errc::unknown, "The room was removed in the meantime.");
  std::vector<room::Composed> out;
  const auto composed = profile.database().transaction([&]() -> Result<void> {
    for (const std::string& text : request.texts) {
      if (auto checked = check_text(text); !checked) return checked;
      const MessageId id = request.id ? room::named_message_id(*request.id)
                                      : MessageId::random(system_entropy());
      const auto one = room::compose(profile.database(), **room, profile.keys().identity, text,
                                     id, wall_now());
      if (!one) return std::unexpected(one.error());
      out.push_back(*one);
    }
    return {};
  });
  if (!composed) return std::unexpected(composed.error());
  return out;
}

Result<Leftover> take_back(store::Database& database,
                           const std::vector<room::Composed>& messages, const RoomId& room,
                           const crypto::Ed25519PublicKey& host, bool keep, bool was_linked,
                           const MailMarks& marks) {
  store::Outbox outbox(database);
  store::Messages rows(database);
  Leftover left;
  for (const auto& message : messages) {
    const auto entries = outbox.of(message.seq);
    if (!entries) return std::unexpected(entries.error());
    // Delivered meanwhile, rejected, or taken back by another send of the same id.
    if (std::ranges::find(*entries, host, &store::OutboxEntry::recipient) == entries->end()) {
      continue;
    }
    // What an earlier send has queued stays queued.
    if (keep || !message.queued) {
      left.stays = true;
      continue;
    }
    const auto deposit = store::Deposits(database).find(message.seq, room, host);
    if (!deposit) return std::unexpected(deposit.error());
    const bool on_a_relay =
        (*deposit && !(*deposit)->relays.empty()) || marks.perhaps_left.contains(message.seq);
    const bool may_have_left = was_linked || on_a_relay;
    left.may_have_left = left.may_have_left || may_have_left;
    const auto removed = outbox.remove(message.seq, host);
    if (!removed) return std::unexpected(removed.error());
    if (may_have_left || !message.is_new) {
      const auto set = rows.set_stage(message.seq, store::Stage::sent);
      if (!set) return std::unexpected(set.error());
    } else if (auto forgotten = rows.remove(message.seq); !forgotten) {
      return std::unexpected(forgotten.error());
    }
  }
  return left;
}

Result<std::vector<std::pair<std::int64_t, MessageEvent>>> missed_messages(
    store::Database& database, const RoomId& room, const std::string& name) {
  const auto rows = store::Messages(database).not_shown(room);
  if (!rows) return std::unexpected(rows.error());
  store::Contacts contacts(database);
  std::vector<std::pair<std::int64_t, MessageEvent>> missed;
  for (const auto& row : *rows) {
    const auto message = wire::decode_message(row.message);
    if (!message) return std::unexpected(message.error());
    const auto author = contacts.by_identity(row.author);
    if (!author) return std::unexpected(author.error());
    if (*author) missed.emplace_back(row.seq, message_event(*message, **author, name, true));
  }
  return missed;
}

Sent sent_so_far(const std::vector<room::Composed>& messages, WaitFor stage) {
  Sent sent;
  if (!messages.empty()) sent.id = id_text(messages.back().id);
  sent.status = names_of(stage)[static_cast<std::size_t>(stage)];
  return sent;
}

void add_phases(Sent& sent, const Joiner& joiner, bool was_linked, SteadyTime started,
                std::optional<SteadyTime> delivered, std::optional<SteadyTime> read) {
  std::chrono::nanoseconds linking{};
  if (!was_linked) {
    linking = joiner.phases().connect + joiner.phases().handshake;
    sent.phases = {{"connect", to_ms(joiner.phases().connect)},
                   {"handshake", to_ms(joiner.phases().handshake)}};
  }
  if (!delivered) return;
  sent.phases.emplace_back("delivered", to_ms(*delivered - started - linking));
  if (read) sent.phases.emplace_back("read", to_ms(*read - *delivered));
}

}  // namespace sotto::node
