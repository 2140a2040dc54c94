// What one member and the host say to each other in their session (docs/protocol.md section 5):
// the outbox flows out in order over the chat channel, messages that arrive are committed and
// then acknowledged over the control channel, each author is introduced before their first
// message.
//
// One object serves one peer for as long as its session lives, on either side.  It reads no
// clock, waits for nothing: session events and store answers come in, frames go to the session.
#pragma once
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/fixed_bytes.h"
#include "crypto/card.h"
#include "room/channel_user.h"
#include "room/mailbox.h"
#include "room/store_runner.h"
#include "session/session.h"
#include "store/contacts.h"
#include "wire/room_frame.h"

namespace sotto::room {

// What a Conversation has to tell; all calls on the loop.
class ConversationListener {
 public:
  virtual ~ConversationListener() = default;

  // A message was committed here.  `author` is who signed it.
  virtual void on_message(std::int64_t seq, const wire::Message& message,
                          const store::ContactRow& author) = 0;
  // Messages have gone to the outbox of others, whose conversations must pump().
  virtual void on_fan_out() = 0;
  // A message of our own was committed by the last of its recipients.
  virtual void on_delivered(const MessageId& id) = 0;
  // The host has read a message of our own.
  virtual void on_read(const MessageId& id) = 0;
  // The peer will never take a message of our own.
  virtual void on_rejected(const MessageId& id, const Error& why) = 0;
  virtual void on_presence(const store::ContactRow& who, bool here) = 0;
  // The host closes the room in so much time.
  virtual void on_ending(milliseconds /*left*/) {}
  // A step of a live verification: for us, or, at a host, for another member.
  virtual void on_verification(const wire::VerificationStep& step) = 0;
  // The peer is told of a mailbox of ours, which is to be open by the time it is needed.
  virtual void on_mailbox() {}
  // The paths on which the peer may be reached, as it says.
  virtual void on_candidates(const wire::Candidates& /*theirs*/) {}
  // The host has introduced a known person with other keys than we know.
  virtual void on_key_changed(const Error& why) = 0;
  // The peer broke the rules or the store failed: the session must end.
  virtual void on_failure(const Error& why) = 0;
};

// Of a new session; `entropy` outlives what is made with it.
struct OfflineTerms {
  crypto::SymmetricKey exporter;    // of its first handshake
  std::vector<std::string> relays;  // where a mailbox of ours is, or soon will be, open
  Entropy& entropy;
  std::vector<std::string> also_accepted = {};  // where one of the peer's may be, besides
};

class Conversation : public std::enable_shared_from_this<Conversation> {
 public:
  struct Parameters {
    RoomId room;
    crypto::Ed25519PublicKey self;
    crypto::Ed25519PublicKey peer;
    bool hosting = false;       // the peer is a member of our room
    bool may_chat = true;       // what the peer may do there
    bool peer_receives = true;  // it did not come only to send
    std::function<WallTime()> now;
    // Takes all channels but control and chat; null: they are closed.
    std::shared_ptr<ChannelUser> channels = nullptr;
    // What a session leaves for messages while one is away; null: nothing.
    std::shared_ptr<const OfflineTerms> offline = nullptr;
  };

  // `session`, `store` and `listener` must outlive it.
  Conversation(Parameters parameters, session::Session& session, StoreRunner& store,
               ConversationListener& listener);

  // Stores what the session leaves and offers the peer a mailbox; once, before the first
  // pump(): so the other side has it even if this one leaves as soon as its words have arrived.
  void offer_mailbox();

  // There is something in the outbox for the peer, or there may be.
  void pump();
  // The message `seq` was taken out of the outbox and waits there again: pump() looks so far
  // back, even if later ones have left meanwhile.
  void requeued(std::int64_t seq);
  // Messages of the peer were read, or may have been.
  void tell_read();

  // Tells the peer that somebody is here, or has gone.
  void announce(const crypto::Card& who, bool here);

  // Tells the peer that the room closes in so much time.
  void warn_of_end(milliseconds left);

  // The peer is no member any more: from now on it says nothing and hears nothing, and its
  // other channels end.
  void mute();
  // A step of a live verification for the peer, ours or another member's.  Dropped when the
  // peer leaves too much of what it is told unread.
  void pass_on(const wire::VerificationStep& step);
  // Tells the peer on which paths we may be reached.  Dropped as above.
  void offer(const wire::Candidates& ours);

  // Takes what the session has: call it after frames arrived.
  void on_session_events();

  // Something that has arrived is not in the store yet.
  bool is_storing() const { return !failed_ && (storing_ > 0 || !arrived_.empty()); }

 private:
  struct Batch;
  struct Gathered;
  void send_batch(const Batch& batch);
  void send(const wire::RoomFrame& frame);
  void introduce(const crypto::Card& card);
  void answer(const wire::RoomFrame& frame);
  void give_back(std::size_t credit);
  void take_arrived();
  bool on_chat(wire::RoomFrame frame);
  void on_control(const wire::RoomFrame& frame);
  bool is_welcome(const wire::Message& message);
  void accept_gathered();
  void on_accepted(const Gathered& gathered);
  void settle_gathered();
  void on_settled(const Gathered& gathered);
  void on_introduction(const wire::Introduction& introduction);
  void on_presence(const wire::Presence& presence);
  void on_verification(const wire::VerificationStep& step);
  Pair pair() const;
  void reject(const wire::Message& message, wire::RejectReason reason);
  // Posts a job; `done` runs unless this object is gone or the store has failed.
  void post(StoreRunner::Job job, std::function<void()> done);
  // The same for what `frames` of the peer ask for: these are counted.
  void store_frames(std::size_t frames, StoreRunner::Job job, std::function<void()> done);
  void fail_with(const Error& why);  // the session is over: nothing more is heard

  Parameters parameters_;
  std::shared_ptr<ChannelUser> channels_;
  session::Session& session_;
  StoreRunner& store_;
  ConversationListener& listener_;
  std::int64_t sent_up_to_ = 0;             // seq of the last row given to this session
  std::optional<std::int64_t> again_from_;  // where the next look begins, if before that
  bool fetching_ = false;
  bool fetch_again_ = false;
  std::size_t owed_credit_ = 0;  // of chat, not given back yet
  bool held_back_ = false;       // the session has enough to send for now
  std::set<crypto::Ed25519PublicKey> introduced_;
  std::deque<session::MessageArrived> arrived_;  // and not looked at yet
  std::shared_ptr<Gathered> gathered_;           // looked at, not given to the store yet
  std::size_t storing_ = 0;                      // frames that the store works on
  std::size_t introductions_ = 0;                // that the peer has made
  bool failed_ = false;
  // Receipts: what the peer was told and has not said that it knows.
  std::set<MessageId> told_;
  bool telling_ = false;
  bool tell_again_ = false;
  std::vector<std::string> accepted_relays_;  // where a mailbox of the peer may be
};

}  // namespace sotto::room
