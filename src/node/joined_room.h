// A room of somebody else that this profile is in, open: keeps the session alive, tells its
// observer what happens, and whoever sends through it when their words have arrived.
#pragma once
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <list>
#include <memory>
#include <set>
#include <vector>

#include "node/finder.h"
#include "node/forwarding_join.h"
#include "node/joiner.h"
#include "node/open_room.h"
#include "node/requests.h"
#include "node/tor_watch.h"
#include "room/delivery.h"

namespace sotto::node {

// Its coroutine keeps it alive until on_room_ended() was called.
class JoinedRoom final : public OpenRoom,
                         public JoinerListener,
                         public std::enable_shared_from_this<JoinedRoom> {
 public:
  JoinedRoom(Runtime& runtime, RoomObserver& observer, Joiner::Parameters parameters);
  ~JoinedRoom() override;

  void start();

  const store::RoomRow& row() const override { return joiner_.room(); }
  bool is_connected(const crypto::Ed25519PublicKey&) const override {
    return joiner_.is_linked();
  }
  wire::Purpose purpose() const { return purpose_; }
  const Joiner& joiner() const { return joiner_; }
  std::optional<milliseconds> round_trip() { return joiner_.round_trip(); }
  void pump() override { joiner_.pump(); }
  void requeued(std::int64_t seq) override { joiner_.requeued(seq); }
  void tell_read(const crypto::Ed25519PublicKey&) override {}  // that is the host's to say
  RoomFiles& files() override { return *files_; }
  FilePeer host_as_peer() const;
  void on_released(std::uint64_t client) override {
    ports_->remove(client);
    files_->remove(client);
  }
  void close() override;
  bool closing() const override { return leaving_; }
  // Ports that lead to services of the host, for as long as the client holds the room.
  void forward(std::uint64_t client, std::vector<OpenPort> ports) {
    ports_->add(client, std::move(ports));
  }
  // From a room that only sends to one that is present, over a new session.
  void enter(SteadyTime first_link_by);
  void linger(milliseconds duration);    // close() then, unless keep_until() comes before
  void keep_until(SteadyTime deadline);  // somebody sends: no closing, and reconnect until then
  void on_contact_changed(const store::ContactRow& who) override;
  std::vector<Event> greeting() const override;
  void send(const wire::VerificationStep& step,
            const std::optional<crypto::Hash64>& binding) override;
  // Somebody who was told to be here, the host included.
  bool is_here(const crypto::Ed25519PublicKey& identity) const;

  // Of the other members, as the host has told.
  const std::set<crypto::Ed25519PublicKey>& others_here() const { return here_; }

  // How far messages have come, and when.
  struct Arrival {
    std::optional<SteadyTime> relayed;
    std::optional<SteadyTime> delivered;
    std::optional<SteadyTime> read;
    std::optional<Error> error;  // why not as far as was asked for
  };
  // Ends once every message is delivered, or has come as far as `until` says; one is rejected
  // (its error); the room has ended (why); or at `deadline` (Errc::not_delivered, not_read).
  Async<Arrival> wait_for(const std::vector<room::Composed>& messages, WaitFor until,
                          SteadyTime deadline);
  // These lie on a relay for the host.
  void on_relayed(const std::vector<MessageId>& ids);

  // Why the host is not reached, while there is no link.
  const std::optional<Error>& trouble() const { return trouble_; }

  bool is_waited_for() const { return !waiters_.empty() || files_->is_sending(); }

  // Ends once nothing waits for the host any more, the room has ended, or at `deadline`.
  Async<void> drain(SteadyTime deadline = SteadyTime::max());

 private:
  struct Waiter {
    std::set<MessageId> undelivered;
    std::set<MessageId> unread;     // empty unless that is waited for, too
    std::set<MessageId> unrelayed;  // likewise, instead of the others
    bool until_relayed = false;
    Arrival arrival;
    boost::asio::steady_timer done;
    bool settled() const {
      return (until_relayed && unrelayed.empty()) || (undelivered.empty() && unread.empty());
    }
  };

  static boost::asio::awaitable<void> run(std::shared_ptr<JoinedRoom> self);
  void tell(const Event& event) { observer_.on_room_event(row().id, event, std::nullopt); }
  void on_tor(const Event& event);
  const char* task() const { return purpose_ == wire::Purpose::send ? "send" : "join"; }
  ReadyEvent ready() const;  // once there was a link
  const char* end_reason() const;
  std::shared_ptr<Finder> make_finder();
  Joiner::Parameters with_channels(Joiner::Parameters parameters);
  void settle(const MessageId& id, store::Stage stage, const std::optional<Error>& why);
  Async<void> glance_at_store(Waiter& waiter);

  void on_linked(const LinkEvent& link) override;
  void on_retry(const Error& why) override;
  void on_message(std::int64_t seq, const wire::Message& message,
                  const store::ContactRow& author) override;
  void on_delivered(const MessageId& id) override;
  void on_read(const MessageId& id) override;
  void on_rejected(const MessageId& id, const Error& why) override;
  void on_presence(const store::ContactRow& who, bool here) override;
  void on_ending(milliseconds left) override;
  void on_verification(const wire::VerificationStep& step) override;
  void on_notice(const Error& what) override;
  void on_mailbox() override { observer_.on_mailbox(row().id, row().host); }

  Runtime& runtime_;
  RoomObserver& observer_;
  wire::Purpose purpose_;
  std::shared_ptr<ForwardPorts> ports_;
  std::shared_ptr<RoomFiles> files_;
  Joiner joiner_;
  // What a step between us and this person is bound to.
  crypto::Hash64 binding_with(const crypto::Ed25519PublicKey& identity) const;

  std::optional<LinkEvent> link_;
  std::optional<Error> trouble_;
  std::set<crypto::Ed25519PublicKey> here_;  // see others_here()
  std::list<Waiter*> waiters_;
  boost::asio::steady_timer lingering_;
  boost::asio::steady_timer dialing_;  // since when the host is not reached at once
  std::shared_ptr<Finder> finder_;
  TorWatch tor_watch_;
  bool leaving_ = false;
  std::optional<Result<void>> ended_;
};

}  // namespace sotto::node
