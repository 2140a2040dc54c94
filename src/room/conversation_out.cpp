// Conversation: what it takes out of the store and sends: the outbox, receipts, who is here.
#include <algorithm>
#include <utility>

#include "room/conversation.h"
#include "store/outbox.h"
#include "store/receipts.h"
#include "wire/card.h"

namespace sotto::room {
namespace {

constexpr std::size_t batch_messages = 64;
constexpr std::size_t batch_bytes = 1 << 18;
// More than this is not taken from the outbox while the session still has as much to send.
constexpr std::size_t send_ahead = 1 << 20;
// More than a backlog of messages can be: only announcements that nobody reads pile up so high.
constexpr std::size_t unread_limit = 4 << 20;
// Receipts that the peer has not said to know.
constexpr std::size_t receipts_ahead = 256;

// True when a limit of Outbox::waiting() has ended it.
bool is_full(const std::vector<store::MessageRow>& rows) {
  std::size_t bytes = 0;
  for (const auto& row : rows) bytes += row.message.size();
  return rows.size() == batch_messages || bytes >= batch_bytes;
}

}  // namespace

// Rows of the outbox on their way into the session, with the cards of their authors.
struct Conversation::Batch {
  std::vector<store::MessageRow> rows;
  std::vector<crypto::Card> authors;  // those not introduced yet
  bool more = false;                  // may follow
};

void Conversation::send(const wire::RoomFrame& frame) {
  session_.send(session::chat_channel, wire::encode(frame));
}

void Conversation::introduce(const crypto::Card& card) {
  if (introduced_.insert(card.identity_pk).second) send(wire::Introduction{card});
}

void Conversation::announce(const crypto::Card& who, bool here) {
  if (session_.queued_bytes(session::chat_channel) > unread_limit) return;
  introduce(who);
  send(wire::Presence{who.identity_pk, here});
}

void Conversation::warn_of_end(milliseconds left) {
  send(wire::Ending{left});
}

void Conversation::mute() {
  parameters_.may_chat = false;
  parameters_.peer_receives = false;
  channels_.reset();
}

// What follows it and is on its way goes once more: the peer knows a message that it has.
void Conversation::requeued(std::int64_t seq) {
  again_from_ = std::min(seq, again_from_.value_or(seq));
}

Pair Conversation::pair() const {
  return {parameters_.room, parameters_.self, parameters_.peer, parameters_.hosting};
}

// Before anything else goes to the store: so the offer goes before the words, and what answers
// them comes after what answers it.
void Conversation::offer_mailbox() {
  const auto terms = std::exchange(parameters_.offline, nullptr);
  if (!terms) return;
  accepted_relays_ = terms->relays;
  accepted_relays_.insert(accepted_relays_.end(), terms->also_accepted.begin(),
                          terms->also_accepted.end());
  auto offer = std::make_shared<std::optional<wire::MailboxOffer>>();
  auto job = [pair = pair(), terms, now = parameters_.now(),
              offer](store::Database& database) -> Result<void> {
    auto made =
        begin_chains(database, pair, terms->exporter, terms->relays, now, terms->entropy);
    if (!made) return pass(made);
    *offer = std::move(*made);
    return {};
  };
  post(std::move(job), [this, offer] {
    answer(**offer);
    listener_.on_mailbox();
  });
}

void Conversation::pump() {
  if (!parameters_.peer_receives) return;
  if (fetching_) {
    fetch_again_ = true;
    return;
  }
  held_back_ = session_.queued_bytes(session::chat_channel) > send_ahead;
  if (held_back_) return;
  fetching_ = true;
  fetch_again_ = false;
  if (again_from_) sent_up_to_ = std::min(sent_up_to_, *again_from_ - 1);
  again_from_.reset();
  auto batch = std::make_shared<Batch>();
  auto job = [this_room = parameters_.room, peer = parameters_.peer, after = sent_up_to_,
              known = introduced_, batch](store::Database& database) mutable -> Result<void> {
    auto rows =
        store::Outbox(database).waiting(this_room, peer, after, batch_messages, batch_bytes);
    if (!rows) return pass(rows);
    batch->rows = std::move(*rows);
    batch->more = is_full(batch->rows);
    store::Contacts contacts(database);
    for (const auto& row : batch->rows) {
      if (!known.insert(row.author).second) continue;
      const auto author = contacts.by_identity(row.author);
      if (!author) return std::unexpected(author.error());
      if (!*author) continue;
      auto card = wire::decode_card((*author)->card);
      if (!card) return pass(card);
      batch->authors.push_back(std::move(*card));
    }
    return {};
  };
  post(std::move(job), [this, batch] { send_batch(*batch); });
}

void Conversation::send_batch(const Batch& batch) {
  fetching_ = false;
  for (const auto& card : batch.authors) introduce(card);
  for (const auto& row : batch.rows) {
    sent_up_to_ = row.seq;
    session_.send(session::chat_channel, wire::frame_of_message(row.message));
  }
  if (batch.more || fetch_again_) pump();
}

void Conversation::tell_read() {
  if (!parameters_.hosting) return;
  if (telling_ || !told_.empty()) {
    tell_again_ = true;
    return;
  }
  telling_ = true;
  tell_again_ = false;
  auto owed = std::make_shared<std::vector<store::MessageRow>>();
  auto job = [room = parameters_.room, peer = parameters_.peer,
              owed](store::Database& database) -> Result<void> {
    auto rows = store::Receipts(database).owed(room, peer, receipts_ahead);
    if (!rows) return pass(rows);
    *owed = std::move(*rows);
    return {};
  };
  post(std::move(job), [this, owed] {
    telling_ = false;
    for (const auto& row : *owed) {
      told_.insert(row.id);
      answer(wire::Read{row.id, row.author, row.content_hash});
    }
    tell_again_ = tell_again_ || owed->size() == receipts_ahead;
    if (tell_again_ && told_.empty()) tell_read();
  });
}

}  // namespace sotto::room
