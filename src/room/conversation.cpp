#include "room/conversation.h"

#include <utility>

#include "room/delivery.h"
#include "room/errors.h"
#include "room/people.h"
#include "store/outbox.h"
#include "wire/card.h"

namespace sotto::room {
namespace {

constexpr std::size_t batch_messages = 64;
// More than this is not taken from the outbox while the session still has as much to send.
constexpr std::size_t send_ahead = 1 << 20;
// A peer that leaves more than this of our answers unread is heard no more until it reads them.
constexpr std::size_t answers_limit = 1 << 19;
// Two commits' worth: the store never waits for the loop, nor does one peer fill its queue.
constexpr std::size_t storing_limit = 128;
// People whom a host may introduce in one session: each becomes a contact here.
constexpr std::size_t introductions_limit = 4096;

// True when a limit of Outbox::waiting() has ended it.
bool is_full(const std::vector<store::MessageRow>& rows) {
  std::size_t bytes = 0;
  for (const auto& row : rows) bytes += row.message.size();
  return rows.size() == batch_messages || bytes >= store::Outbox::waiting_bytes;
}

Error rejection(wire::RejectReason reason) {
  switch (reason) {
    case wire::RejectReason::id_reused:
      return {Errc::id_reused, "The host has another message with this id. Choose a new --id."};
    case wire::RejectReason::not_allowed:
      return {Errc::not_allowed, "The host does not let you write in this room."};
    case wire::RejectReason::bad_signature:
      break;
  }
  return {Errc::bad_signature,
          "The message was refused because its signature does not fit. Update sotto on both "
          "sides."};
}

}  // namespace

// Rows of the outbox on their way into the session, with the cards of their authors.
struct Conversation::Batch {
  std::vector<store::MessageRow> rows;
  std::vector<crypto::Card> authors;  // those not introduced yet
  bool more = false;                  // may follow
};

Conversation::Conversation(Parameters parameters, session::Session& session, StoreRunner& store,
                           ConversationListener& listener)
    : parameters_(std::move(parameters)),
      session_(session),
      store_(store),
      listener_(listener) {
  introduced_.insert(parameters_.self);
  introduced_.insert(parameters_.peer);
}

void Conversation::post(StoreRunner::Job job, std::function<void()> done) {
  store_.post(std::move(job),
              [weak = weak_from_this(), done = std::move(done)](const Result<void>& result) {
                const auto self = weak.lock();
                if (!self) return;
                if (result) return done();
                self->fail_with(result.error());
              });
}

void Conversation::store_frame(StoreRunner::Job job, std::function<void()> done) {
  ++storing_;
  post(std::move(job), [this, done = std::move(done)] {
    --storing_;
    done();
    take_arrived();
  });
}

void Conversation::fail_with(const Error& why) {
  if (std::exchange(failed_, true)) return;
  arrived_.clear();
  listener_.on_failure(why);
}

// --- out

void Conversation::send(const wire::RoomFrame& frame) {
  session_.send(session::chat_channel, wire::encode(frame));
}

void Conversation::introduce(const crypto::Card& card) {
  if (introduced_.insert(card.identity_pk).second) send(wire::Introduction{card});
}

void Conversation::announce(const crypto::Card& who, bool here) {
  introduce(who);
  send(wire::Presence{who.identity_pk, here});
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
  auto batch = std::make_shared<Batch>();
  auto job = [this_room = parameters_.room, peer = parameters_.peer, after = sent_up_to_,
              known = introduced_, batch](store::Database& database) mutable -> Result<void> {
    auto rows = store::Outbox(database).waiting(this_room, peer, after, batch_messages);
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
    auto message = wire::decode_message(row.message);
    if (!message) return fail_with(message.error());
    send(std::move(*message));
  }
  if (batch.more || fetch_again_) pump();
}

void Conversation::pass_on(const wire::VerificationStep& step) {
  if (session_.queued_bytes(session::chat_channel) <= answers_limit) answer(step);
}

// --- in

void Conversation::on_session_events() {
  while (auto event = session_.next_event()) {
    // Nothing but chat is spoken here.
    if (const auto* opened = std::get_if<session::ChannelOpened>(&*event)) {
      session_.close(opened->channel, 0);
      continue;
    }
    auto* arrived = std::get_if<session::MessageArrived>(&*event);
    if (arrived == nullptr || arrived->channel != session::chat_channel) continue;
    arrived_.push_back(std::move(*arrived));
  }
  take_arrived();
  if (failed_) return;
  give_back(0);
  if (held_back_) pump();
}

void Conversation::take_arrived() {
  while (!failed_ && !arrived_.empty() && storing_ < storing_limit) {
    const auto arrived = std::move(arrived_.front());
    arrived_.pop_front();
    const auto frame = wire::decode_room_frame(arrived.message);
    if (!frame) return fail_with(frame.error());
    on_frame(*frame, arrived.credit);
  }
}

// What the peer may send stays bounded by the answers that it reads.
void Conversation::answer(const wire::RoomFrame& frame) {
  Bytes bytes = wire::encode(frame);
  answers_ += bytes.size();
  session_.send(session::chat_channel, std::move(bytes));
}

// Room for more words from the peer, unless it does not take our answers.  Our own words do not
// count: two sides with much to say would wait for each other for ever.
void Conversation::give_back(std::size_t credit) {
  owed_credit_ += credit;
  if (session_.queued_bytes(session::chat_channel) <= answers_limit) answers_ = 0;
  if (answers_ > answers_limit || owed_credit_ == 0) return;
  session_.consumed(session::chat_channel, std::exchange(owed_credit_, 0));
}

void Conversation::on_frame(const wire::RoomFrame& frame, std::size_t credit) {
  if (const auto* message = std::get_if<wire::Message>(&frame)) {
    on_message(*message, credit);
    return;
  }
  give_back(credit);
  if (const auto* delivered = std::get_if<wire::Delivered>(&frame)) {
    on_delivered(*delivered);
  } else if (const auto* rejected = std::get_if<wire::Rejected>(&frame)) {
    on_rejected(*rejected);
  } else if (const auto* step = std::get_if<wire::VerificationStep>(&frame)) {
    on_verification(*step);
  } else if (parameters_.hosting) {
    // Members neither introduce nor announce anyone.
  } else if (const auto* introduction = std::get_if<wire::Introduction>(&frame)) {
    on_introduction(*introduction);
  } else if (const auto* presence = std::get_if<wire::Presence>(&frame)) {
    on_presence(*presence);
  }
}

void Conversation::reject(const wire::Message& message, wire::RejectReason reason) {
  answer(wire::Rejected{message.id, message.author, reason});
}

void Conversation::on_message(const wire::Message& message, std::size_t credit) {
  const bool own_words = message.author == parameters_.peer;
  const auto refuse = [&](wire::RejectReason reason) {
    give_back(credit);
    reject(message, reason);
  };
  // A host hears each member in their own words only.
  if (parameters_.hosting ? !own_words || !parameters_.may_chat
                          : message.author == parameters_.self) {
    return refuse(wire::RejectReason::not_allowed);
  }
  if (!wire::verify_message(message, parameters_.room)) {
    return refuse(wire::RejectReason::bad_signature);
  }
  struct Outcome {
    Accepted accepted;
    std::optional<store::ContactRow> author;
  };
  auto outcome = std::make_shared<Outcome>();
  auto job = [room = parameters_.room, message, now = parameters_.now(),
              outcome](store::Database& database) -> Result<void> {
    auto author = store::Contacts(database).by_identity(message.author);
    if (!author) return pass(author);
    outcome->author = std::move(*author);
    if (!outcome->author) return {};
    auto accepted = accept(database, room, message, now);
    if (!accepted) return pass(accepted);
    outcome->accepted = *accepted;
    return {};
  };
  store_frame(std::move(job), [this, message, credit, outcome] {
    give_back(credit);
    // The host introduces every author before their words.
    if (!outcome->author) return reject(message, wire::RejectReason::not_allowed);
    if (outcome->accepted.outcome == store::Messages::Added::id_reused) {
      reject(message, wire::RejectReason::id_reused);
      return;
    }
    // A duplicate is acknowledged again: the first acknowledgement may have been lost.
    answer(wire::Delivered{message.id, message.author});
    if (outcome->accepted.outcome != store::Messages::Added::added) return;
    listener_.on_message(outcome->accepted.seq, message, *outcome->author);
    if (outcome->accepted.fanned_out) listener_.on_fan_out();
  });
}

void Conversation::on_delivered(const wire::Delivered& delivered) {
  auto complete = std::make_shared<bool>(false);
  auto job = [parameters = parameters_, delivered, complete](store::Database& database) {
    const auto done = room::delivered(database, parameters.room, parameters.self,
                                      delivered.author, delivered.id, parameters.peer);
    if (!done) return Result<void>(std::unexpected(done.error()));
    *complete = *done;
    return Result<void>();
  };
  store_frame(std::move(job), [this, id = delivered.id, complete] {
    if (*complete) listener_.on_delivered(id);
  });
}

void Conversation::on_rejected(const wire::Rejected& rejected) {
  auto job = [parameters = parameters_, rejected](store::Database& database) -> Result<void> {
    const auto row =
        store::Messages(database).find(parameters.room, rejected.author, rejected.id);
    if (!row) return std::unexpected(row.error());
    if (!*row) return {};
    const auto removed = store::Outbox(database).remove((*row)->seq, parameters.peer);
    if (!removed) return std::unexpected(removed.error());
    return {};
  };
  store_frame(std::move(job), [this, rejected] {
    if (rejected.author == parameters_.self) {
      listener_.on_rejected(rejected.id, rejection(rejected.reason));
    }
  });
}

void Conversation::on_introduction(const wire::Introduction& introduction) {
  if (++introductions_ > introductions_limit) {
    return fail_with({session::Errc::protocol,
                      "The host has introduced far more people than a room can have. Leave it "
                      "unless you trust its host."});
  }
  auto changed = std::make_shared<std::optional<Error>>();
  auto job = [card = introduction.card, now = parameters_.now(),
              changed](store::Database& database) -> Result<void> {
    auto met = meet(database, card, now);
    if (met) return {};
    if (!met.error().is(Errc::key_changed)) return pass(met);
    *changed = std::move(met.error());
    return {};
  };
  store_frame(std::move(job), [this, changed] {
    if (*changed) listener_.on_key_changed(**changed);
  });
}

void Conversation::on_presence(const wire::Presence& presence) {
  auto who = std::make_shared<std::optional<store::ContactRow>>();
  auto job = [identity = presence.identity_pk, who](store::Database& database) -> Result<void> {
    auto contact = store::Contacts(database).by_identity(identity);
    if (!contact) return pass(contact);
    *who = std::move(*contact);
    return {};
  };
  store_frame(std::move(job), [this, who, here = presence.here] {
    if (*who) listener_.on_presence(**who, here);
  });
}

// Nobody speaks for others: a host hears members in their own name only.  What a host tells a
// member may be from anybody; the comparison shows who it was.
void Conversation::on_verification(const wire::VerificationStep& step) {
  const bool from_peer = step.from == parameters_.peer;
  const bool for_us = step.to == parameters_.self;
  if (parameters_.hosting ? !from_peer || step.to == step.from
                          : !for_us || step.from == parameters_.self) {
    return;
  }
  listener_.on_verification(step);
}

}  // namespace sotto::room
