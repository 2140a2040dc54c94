#include "room/conversation.h"

#include <utility>

#include "room/delivery.h"
#include "room/errors.h"
#include "room/people.h"

namespace sotto::room {
namespace {

// Two commits' worth of frames: no peer makes the store's queue long.
constexpr std::size_t storing_limit = 128;
// People whom a host may introduce in one session: each becomes a contact here.
constexpr std::size_t introductions_limit = 4096;
// A peer that leaves more than this of our answers unread is heard no more until it reads them.
constexpr std::size_t answers_limit = 1 << 17;

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

// What arrived together and is committed together.
struct Conversation::Gathered {
  struct Words {
    wire::Message message;
    std::size_t credit;
    // Filled in by the job.
    std::optional<store::ContactRow> author;
    Accepted accepted;
  };
  std::vector<Words> words;
  // Of the control channel.
  std::size_t frames = 0;
  std::size_t credit = 0;
  std::vector<wire::Delivered> delivered;
  std::vector<wire::Rejected> rejected;
  std::vector<wire::Read> read;       // the host has read our messages
  std::vector<MessageId> read_known;  // the peer knows that we have read its messages
  std::vector<wire::MailboxOffer> offers;
  std::vector<ChainId> mailbox_kept;  // the peer has our offer for them
  // Filled in by the job: those of `delivered` and `read` that are news.
  std::vector<MessageId> complete;
  std::vector<MessageId> newly_read;
  std::vector<ChainId> offers_taken;
};

Conversation::Conversation(Parameters parameters, session::Session& session, StoreRunner& store,
                           ConversationListener& listener)
    : parameters_(std::move(parameters)),
      session_(session),
      store_(store),
      listener_(listener),
      gathered_(std::make_shared<Gathered>()) {
  // Jobs of the store take copies of the parameters along: the user of channels stays here.
  channels_ = std::exchange(parameters_.channels, nullptr);
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

void Conversation::store_frames(std::size_t frames, StoreRunner::Job job,
                                std::function<void()> done) {
  storing_ += frames;
  post(std::move(job), [this, frames, done = std::move(done)] {
    storing_ -= frames;
    done();
    take_arrived();
  });
}

void Conversation::fail_with(const Error& why) {
  if (std::exchange(failed_, true)) return;
  arrived_.clear();
  listener_.on_failure(why);
}

void Conversation::on_session_events() {
  while (auto event = session_.next_event()) {
    auto* const arrived = std::get_if<session::MessageArrived>(&*event);
    if (arrived != nullptr && arrived->channel < session::first_dynamic_channel) {
      arrived_.push_back(std::move(*arrived));
    } else if (const auto user = channels_) {
      user->on_event(std::move(*event));
    } else if (const auto* opened = std::get_if<session::ChannelOpened>(&*event)) {
      session_.close(opened->channel, 0);
    }
  }
  take_arrived();
  if (failed_) return;
  give_back(0);
  if (held_back_) pump();
}

// As much as the store may work on at once, in as few jobs as keep its order.
void Conversation::take_arrived() {
  while (!failed_ && !arrived_.empty() &&
         storing_ + gathered_->words.size() + gathered_->frames < storing_limit) {
    const auto arrived = std::move(arrived_.front());
    arrived_.pop_front();
    auto frame = wire::decode_room_frame(arrived.message);
    if (!frame) return fail_with(frame.error());
    if (arrived.channel == session::control_channel) {
      ++gathered_->frames;
      gathered_->credit += arrived.credit;
      on_control(*frame);
    } else if (on_chat(std::move(*frame))) {
      gathered_->words.back().credit = arrived.credit;
    } else {
      give_back(arrived.credit);
    }
  }
  if (failed_) return;
  accept_gathered();
  settle_gathered();
}

void Conversation::answer(const wire::RoomFrame& frame) {
  session_.send(session::control_channel, wire::encode(frame));
}

void Conversation::pass_on(const wire::VerificationStep& step) {
  if (session_.queued_bytes(session::control_channel) <= answers_limit) answer(step);
}

void Conversation::offer(const wire::Candidates& ours) {
  if (session_.queued_bytes(session::control_channel) <= answers_limit) answer(ours);
}

// Room for more words from the peer, unless it leaves our answers unread: what it may send
// stays bounded by the answers that it takes.
void Conversation::give_back(std::size_t credit) {
  owed_credit_ += credit;
  if (owed_credit_ == 0 || session_.queued_bytes(session::control_channel) > answers_limit) {
    return;
  }
  session_.consumed(session::chat_channel, std::exchange(owed_credit_, 0));
}

// True when they are words, whose credit is kept until they are committed.
bool Conversation::on_chat(wire::RoomFrame frame) {
  if (auto* message = std::get_if<wire::Message>(&frame)) {
    if (!is_welcome(*message)) return false;
    gathered_->words.push_back({std::move(*message), 0, std::nullopt, {}});
    return true;
  }
  if (parameters_.hosting) return false;  // members neither introduce nor announce anyone
  // What was said before comes first.
  if (const auto* introduction = std::get_if<wire::Introduction>(&frame)) {
    accept_gathered();
    on_introduction(*introduction);
  } else if (const auto* presence = std::get_if<wire::Presence>(&frame)) {
    accept_gathered();
    on_presence(*presence);
  } else if (const auto* ending = std::get_if<wire::Ending>(&frame)) {
    listener_.on_ending(ending->left);
  }
  return false;
}

void Conversation::reject(const wire::Message& message, wire::RejectReason reason) {
  answer(wire::Rejected{message.id, message.author, reason});
}

bool Conversation::is_welcome(const wire::Message& message) {
  // A host hears each member in their own words only.
  const bool own_words = message.author == parameters_.peer;
  if (parameters_.hosting ? !own_words || !parameters_.may_chat
                          : message.author == parameters_.self) {
    reject(message, wire::RejectReason::not_allowed);
    return false;
  }
  if (!wire::verify_message(message, parameters_.room)) {
    reject(message, wire::RejectReason::bad_signature);
    return false;
  }
  return true;
}

void Conversation::accept_gathered() {
  if (gathered_->words.empty()) return;
  const auto gathered = std::make_shared<Gathered>();
  gathered->words = std::exchange(gathered_->words, {});
  auto job = [room = parameters_.room, now = parameters_.now(),
              gathered](store::Database& database) -> Result<void> {
    store::Contacts contacts(database);
    const std::optional<store::ContactRow>* last = nullptr;
    for (Gathered::Words& words : gathered->words) {
      if (last != nullptr && *last && (*last)->identity_pk == words.message.author) {
        words.author = *last;
      } else {
        auto author = contacts.by_identity(words.message.author);
        if (!author) return pass(author);
        words.author = std::move(*author);
      }
      last = &words.author;
      if (!words.author) continue;
      auto accepted = accept(database, room, words.message, now);
      if (!accepted) return pass(accepted);
      words.accepted = *accepted;
    }
    return {};
  };
  store_frames(gathered->words.size(), std::move(job),
               [this, gathered] { on_accepted(*gathered); });
}

void Conversation::on_accepted(const Gathered& gathered) {
  bool fanned_out = false;
  for (const Gathered::Words& words : gathered.words) {
    give_back(words.credit);
    // The host introduces every author before their words.
    if (!words.author) {
      reject(words.message, wire::RejectReason::not_allowed);
      continue;
    }
    if (words.accepted.outcome == store::Messages::Added::id_reused) {
      reject(words.message, wire::RejectReason::id_reused);
      continue;
    }
    // A duplicate is acknowledged again: the first acknowledgement may have been lost.
    answer(wire::Delivered{words.message.id, words.message.author});
    if (words.accepted.outcome != store::Messages::Added::added) continue;
    listener_.on_message(words.accepted.seq, words.message, *words.author);
    fanned_out = fanned_out || words.accepted.fanned_out;
  }
  if (fanned_out) listener_.on_fan_out();
}

void Conversation::on_control(const wire::RoomFrame& frame) {
  if (const auto* delivered = std::get_if<wire::Delivered>(&frame)) {
    gathered_->delivered.push_back(*delivered);
  } else if (const auto* rejected = std::get_if<wire::Rejected>(&frame)) {
    gathered_->rejected.push_back(*rejected);
  } else if (const auto* read = std::get_if<wire::Read>(&frame)) {
    // From the host: our words were read.  From a member: it knows about its own.
    if (!parameters_.hosting && read->author == parameters_.self) {
      gathered_->read.push_back(*read);
    } else if (parameters_.hosting && read->author == parameters_.peer) {
      gathered_->read_known.push_back(read->id);
    }
  } else if (const auto* offer = std::get_if<wire::MailboxOffer>(&frame)) {
    gathered_->offers.push_back(*offer);
  } else if (const auto* kept = std::get_if<wire::MailboxKept>(&frame)) {
    gathered_->mailbox_kept.push_back(kept->chain);
  } else if (const auto* step = std::get_if<wire::VerificationStep>(&frame)) {
    on_verification(*step);
  } else if (const auto* candidates = std::get_if<wire::Candidates>(&frame)) {
    // For us alone: a host passes them on to nobody.
    listener_.on_candidates(*candidates);
  }
}

// Commits what the peer has acknowledged; only then may it acknowledge more.
void Conversation::settle_gathered() {
  if (gathered_->frames == 0) return;
  const auto gathered = std::exchange(gathered_, std::make_shared<Gathered>());
  auto job = [parameters = parameters_, pair = pair(), accepted = accepted_relays_,
              gathered](store::Database& database) -> Result<void> {
    const RoomId& room = parameters.room;
    const crypto::Ed25519PublicKey& self = parameters.self;
    const crypto::Ed25519PublicKey& peer = parameters.peer;
    for (const auto& [id, author] : gathered->delivered) {
      const auto done = room::delivered(database, room, self, author, id, peer);
      if (!done) return std::unexpected(done.error());
      if (*done) gathered->complete.push_back(id);
    }
    for (const auto& [id, author, reason] : gathered->rejected) {
      auto done = room::rejected(database, room, self, author, id, peer);
      if (!done) return done;
    }
    for (const wire::Read& read : gathered->read) {
      const auto done = room::delivered_if_read(database, room, self, read, peer);
      if (!done) return std::unexpected(done.error());
      if (*done) gathered->complete.push_back(read.id);
      const auto news = room::read(database, room, self, read);
      if (!news) return std::unexpected(news.error());
      if (*news) gathered->newly_read.push_back(read.id);
    }
    for (const MessageId& id : gathered->read_known) {
      auto known = room::read_is_known(database, room, peer, id);
      if (!known) return known;
    }
    for (const wire::MailboxOffer& offer : gathered->offers) {
      const auto taken = take_offer(database, pair, offer, accepted);
      if (!taken) return std::unexpected(taken.error());
      if (*taken) gathered->offers_taken.push_back(offer.chain);
    }
    for (const ChainId& chain : gathered->mailbox_kept) {
      auto kept = take_kept(database, pair, chain, parameters.now());
      if (!kept) return kept;
    }
    return {};
  };
  store_frames(gathered->frames, std::move(job), [this, gathered] { on_settled(*gathered); });
}

void Conversation::on_settled(const Gathered& gathered) {
  session_.consumed(session::control_channel, gathered.credit);
  for (const MessageId& id : gathered.complete) listener_.on_delivered(id);
  for (const auto& [id, author, reason] : gathered.rejected) {
    if (author == parameters_.self) listener_.on_rejected(id, rejection(reason));
  }
  // Said again even when it is no news: the host tells it until it has heard this.
  for (const wire::Read& read : gathered.read) answer(read);
  for (const MessageId& id : gathered.newly_read) listener_.on_read(id);
  for (const MessageId& id : gathered.read_known) told_.erase(id);
  for (const ChainId& chain : gathered.offers_taken) answer(wire::MailboxKept{chain});
  if (told_.empty() && tell_again_) tell_read();
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
  store_frames(1, std::move(job), [this, changed] {
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
  store_frames(1, std::move(job), [this, who, here = presence.here] {
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
