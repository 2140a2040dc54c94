// A host and a member in conversation: two sessions over two links, between which the test
// carries records, and stores that answer when the test lets them.
#pragma once
#include <algorithm>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "room/conversation.h"
#include "session/link.h"
#include "support/transport_pair.h"
#include "unit/room/testing.h"

namespace sotto::room {

// Runs jobs on the calling thread, and answers, once settle() is called.
class QueuedStore final : public StoreRunner {
 public:
  explicit QueuedStore(store::Database& database) : database_(database) {}

  void post(Job job, Done done) override {
    queue_.emplace_back(std::move(job), std::move(done));
  }

  // True when there was something to do.
  bool settle() {
    const bool busy = !queue_.empty();
    while (!queue_.empty()) {
      auto [job, done] = std::move(queue_.front());
      queue_.pop_front();
      done(database_.transaction([&]() -> Result<void> {
        auto result = job(database_);
        if (result && failure_) return std::unexpected(*failure_);
        return result;
      }));
    }
    return busy;
  }

  std::size_t waiting() const { return queue_.size(); }

  // From now on no commit succeeds.
  void fail_with(Error error) { failure_ = std::move(error); }

 private:
  store::Database& database_;
  std::deque<std::pair<Job, Done>> queue_;
  std::optional<Error> failure_;
};

// Remembers what it is told.
struct Heard final : ConversationListener {
  void on_message(std::int64_t, const wire::Message& message,
                  const store::ContactRow& author) override {
    messages.push_back(author.name + ": " + message.text);
  }
  void on_fan_out() override {
    if (fan_out) fan_out();
  }
  void on_delivered(const MessageId& id) override { delivered.push_back(id); }
  void on_read(const MessageId& id) override { read.push_back(id); }
  void on_rejected(const MessageId& id, const Error& why) override {
    rejected.emplace_back(id, why.name());
  }
  void on_mailbox() override { ++mailboxes; }
  void on_presence(const store::ContactRow& who, bool here) override {
    presence.push_back((here ? "+" : "-") + who.name);
  }
  void on_verification(const wire::VerificationStep& step) override { steps.push_back(step); }
  void on_candidates(const wire::Candidates& theirs) override { candidates.push_back(theirs); }
  void on_key_changed(const Error& why) override { key_changes.push_back(why.name()); }
  void on_failure(const Error& why) override { failures.push_back(why.name()); }

  std::vector<std::string> messages;
  std::vector<MessageId> delivered;
  std::vector<MessageId> read;
  std::vector<std::pair<MessageId, std::string>> rejected;
  std::vector<std::string> presence;
  int mailboxes = 0;
  std::vector<wire::Candidates> candidates;
  std::vector<wire::VerificationStep> steps;
  std::vector<std::string> key_changes;
  std::vector<std::string> failures;
  std::function<void()> fan_out;
};

// One side of a session.
struct TalkEnd {
  TalkEnd(Household& home, Heard& heard, session::Side side, noise::Transport transport,
          SteadyTime now, Conversation::Parameters parameters)
      : link(std::move(transport), now),
        session(SessionId(), side),
        store(home.database),
        conversation(
            std::make_shared<Conversation>(std::move(parameters), session, store, heard)) {
    EXPECT_TRUE(session.attach(1, 0));
  }

  void say(const wire::RoomFrame& frame) {
    session.send(session::chat_channel, wire::encode(frame));
  }

  void answer(const wire::RoomFrame& frame) {
    session.send(session::control_channel, wire::encode(frame));
  }

  session::Link link;
  session::Session session;
  QueuedStore store;
  // Null: nobody listens, and what arrives is kept in `frames`.
  std::shared_ptr<Conversation> conversation;
  std::vector<wire::RoomFrame> frames;
  bool takes = true;  // without `conversation`: false leaves what arrives unread
};

// What a host lets a member do.
struct TalkTerms {
  bool may_chat = true;
  bool member_receives = true;
  // What the session leaves behind.
  std::shared_ptr<const OfflineTerms> member_offline = nullptr;
  std::shared_ptr<const OfflineTerms> host_offline = nullptr;
};

class Talk {
 public:
  Talk(Household& host_home, Heard& host_heard, Household& member_home, Heard& member_heard,
       const RoomId& room, WallTime now, TalkTerms terms)
      : Talk(host_home, host_heard, member_home, member_heard, room, now, terms,
             transport_pair()) {}

  // One record; true when there was something in it.
  bool carry(TalkEnd& from) {
    TalkEnd& to = &from == &host ? member : host;
    const Bytes record = to_bytes(must(from.link.produce(&from.session, now_)));
    for (ByteView rest = record; !rest.empty();) {
      const MutableBytes space = to.link.space();
      const std::size_t n = std::min(space.size(), rest.size());
      std::ranges::copy(rest.first(n), space.begin());
      to.link.filled(n, now_);
      rest = rest.subspan(n);
      while (const auto frame = must(to.link.next_frame())) {
        must(to.session.on_frame(*frame, now_));
      }
    }
    if (to.conversation) {
      to.conversation->on_session_events();
    } else {
      keep_frames(to);
    }
    return !record.empty();
  }

  // Until neither has anything to say or to store.
  void exchange() {
    bool moved = true;
    while (std::exchange(moved, false)) {
      while (int{carry(host)} | int{carry(member)} | int{host.store.settle()} |
             int{member.store.settle()}) {
        moved = true;
      }
      now_ += session::ack_delay;
    }
  }

 private:
  Talk(Household& host_home, Heard& host_heard, Household& member_home, Heard& member_heard,
       const RoomId& room, WallTime now, TalkTerms terms,
       std::pair<noise::Transport, noise::Transport> ends)
      : member(member_home, member_heard, session::Side::joiner, std::move(ends.first), now_,
               {room, member_home.identity(), host_home.identity(), false, true, true,
                [now] { return now; }, nullptr, terms.member_offline}),
        host(host_home, host_heard, session::Side::host, std::move(ends.second), now_,
             {room, host_home.identity(), member_home.identity(), true, terms.may_chat,
              terms.member_receives, [now] { return now; }, nullptr, terms.host_offline}) {}

  static void keep_frames(TalkEnd& at) {
    while (auto event = at.session.next_event()) {
      if (!at.takes) continue;
      auto& arrived = std::get<session::MessageArrived>(*event);
      at.frames.push_back(must(wire::decode_room_frame(arrived.message)));
      at.session.consumed(arrived.channel, arrived.credit);
    }
  }

  SteadyTime now_ = SteadyTime(seconds(1'000));

 public:
  TalkEnd member;
  TalkEnd host;
};

}  // namespace sotto::room
