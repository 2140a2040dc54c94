// The owner of a profile at work: the rooms that are open, the clients that hold them, and the
// methods that both this process's front end and other processes call (docs/rpc.md).
//
// A room stays open as long as a client holds it.  A room that only a `send` has opened stays a
// little longer, so that the next one finds its link warm.
#pragma once
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "node/courier.h"
#include "node/forget.h"
#include "node/hosted_room.h"
#include "node/joined_room.h"
#include "node/live_requests.h"
#include "node/live_verifications.h"
#include "node/mail.h"
#include "node/mark.h"
#include "node/outbox.h"
#include "node/owner.h"
#include "node/requests.h"
#include "node/runtime.h"
#include "node/target.h"

namespace sotto::node {

struct ContactInfo;
struct FilesReply;

// How long the link of a `send` is kept for the next.
inline constexpr milliseconds warm_for{60'000};

class Agent final : public RoomObserver {
 public:
  using ClientId = std::uint64_t;

  explicit Agent(Runtime& runtime);
  // Reaches relays for mail in another way than the runtime would.
  Agent(Runtime& runtime, OpenDesk open_desk);
  ~Agent() override;

  Runtime& runtime() { return runtime_; }

  ClientId attach(Owner::OnNotice on_notice);
  void detach(ClientId client);
  std::size_t clients() const { return clients_.size(); }
  WallTime alive_since() const { return since_; }

  // Runs the method of that name (methods.h).  rpc.method, rpc.params, and the method's errors.
  Async<Json> call(ClientId client, std::string method, Json params);

  // From now on what waits in the outbox leaves by itself while somebody is attached, to the
  // mailboxes of those who are away too, and ours are emptied.
  void start_courier() {
    courier_.start();
    mail_.start();
  }

  // Closes every room, and ends what is on its way into one; wait_idle() ends once they are.
  void close_all();
  // Ends when no client is attached but `but` and no room is open that `but` does not hold.
  Async<void> wait_idle();

  // The room with this id if it is open, and all that are.
  std::shared_ptr<OpenRoom> open_room(const RoomId& id) const;
  std::vector<std::shared_ptr<OpenRoom>> open_rooms() const;
  // A room that is on its way out takes nobody in any more: this ends once it has gone.
  boost::asio::awaitable<void> until_closed(RoomId room);
  // Closes the rooms; as long as what it returns lives, nothing opens them again.
  using KeptShut = std::vector<Mark<RoomId>>;
  Async<KeptShut> keep_shut(std::vector<RoomId> rooms);  // agent_forget.cpp

  // --- what the methods do

  Async<OpenedReply> host(ClientId client, HostRequest request);
  Async<OpenedReply> join(ClientId client, JoinRequest request);
  // agent_listening.cpp
  Async<HeldReply> listen(ClientId client, ListenRequest request);
  Async<HeldReply> attend(ClientId client, NoRequest request);  // holds no room
  Async<bool> stop(ClientId client, NoRequest request);         // asks all clients to leave
  Async<Sent> send(ClientId client, SendRequest request);
  Async<SaidReply> say(ClientId client, SayRequest request);
  // Ends once everybody who should has the file (agent_files.cpp).
  Async<FilesReply> send_file(ClientId client, SendFileRequest request);
  Async<bool> drain(ClientId client, RoomRequest request);
  Result<void> leave(ClientId client, const RoomRequest& request);
  // Closes the rooms that are meant first.
  Async<Forgotten> forget(ClientId client, ForgetRequest request);
  Async<bool> shown(ClientId client, ShownRequest request);  // true
  Async<OutboxReply> outbox(ClientId client, NoRequest request);
  Async<FlushReply> flush(ClientId client, FlushRequest request);

  // --- for the courier

  bool has_clients() const { return !clients_.empty(); }
  bool is_open(const RoomId& room) const;
  bool is_kept_shut(const RoomId& room) const { return kept_shut_->contains(room); }
  // Null for a room of our own, whose members come by themselves.
  Async<std::shared_ptr<JoinedRoom>> open_to_deliver(RoomId room, SteadyTime deadline);
  void tell_expired(const RoomId& room, const MessageId& id);

  // --- for mail (agent_mail.cpp)

  // Whether `who` would get what is said in the room at once.
  bool is_here(const RoomId& room, const crypto::Ed25519PublicKey& who) const;
  void on_mail(const RoomId& room, const room::TakenIn& taken);
  void on_mail_notice(const RoomId& room, const Error& what);
  Mail& mail() { return mail_; }
  // agent_verification.cpp
  Async<LiveReply> compare(ClientId client, LiveRequest request);
  Async<ContactInfo> confirm(ClientId client, ConfirmRequest request);
  void give_up(ClientId client);

 private:
  struct Entry {
    std::shared_ptr<OpenRoom> room;
    std::set<ClientId> holders;
    std::multiset<ClientId> watchers;  // those who wait for a send: they hear, but do not hold
  };

  Entry* find(const std::string& name);
  Entry* find_held(ClientId client, const std::string& name);
  OpenedReply hold(Entry& entry, ClientId client);
  void release(const RoomId& id, ClientId client);
  void greet(const Entry& entry, ClientId client);
  Async<bool> show_missed(RoomId room);
  Async<void> may_open(RoomId room);
  Async<void> until_stopped();
  Async<TargetRequest> enter(OpenRequest open, TorRequest tor, milliseconds timeout);
  Async<std::shared_ptr<JoinedRoom>> open_for_sending(room::JoinedRoom target,
                                                      SteadyTime deadline);
  Async<Sent> send_through(std::shared_ptr<JoinedRoom> room, SendRequest request,
                           std::vector<room::Composed> composed, SteadyTime started);
  struct Leaving;
  boost::asio::awaitable<void> leave_if_away(std::shared_ptr<Leaving> leaving);
  Async<bool> leave_now(std::shared_ptr<Leaving> leaving);
  Async<bool> leave_until(std::shared_ptr<Leaving> leaving, SteadyTime deadline);
  void settle(JoinedRoom& room, bool arrived);
  boost::asio::awaitable<void> send_files(ClientId client, std::shared_ptr<OpenRoom> room,
                                          std::vector<std::string> paths, milliseconds patience,
                                          std::optional<OnlyMember> only, Sent& sent);
  Async<Sent> send_all(ClientId client, std::shared_ptr<JoinedRoom> room, SendRequest request,
                       std::vector<room::Composed> composed, SteadyTime started);
  Async<Sent> send_files_here(ClientId client, RoomId id, SendRequest request, Sent sent,
                              std::optional<OnlyMember> only, SteadyTime started);
  Async<bool> check_accept(AcceptRequest request);
  void unwatch(const RoomId& id, ClientId client);
  Result<void> check_route(const RoomId& id, bool over_tor) const;
  Async<void> until_gone(ClientId client);
  std::optional<RoomId> meeting_room(const crypto::Ed25519PublicKey& contact,
                                     const std::vector<RoomId>& ours) const;
  void end_comparison(ClientId client);
  void send_step(const RoomId& room, const wire::VerificationStep& step,
                 const std::optional<crypto::Hash64>& binding);

  void on_room_event(const RoomId& room, const Event& event,
                     std::optional<std::int64_t> seq) override;
  void on_room_ended(const RoomId& room, const Result<void>& why) override;
  void on_verification(const RoomId& room, const wire::VerificationStep& step,
                       const crypto::Hash64& binding) override;
  void on_mailbox(const RoomId& room, const crypto::Ed25519PublicKey& peer) override;
  void on_away(const RoomId& room) override;
  void close_idle();
  bool notify(ClientId client, const RoomId& room, const Event& event,
              std::optional<std::int64_t> seq);

  Runtime& runtime_;
  const WallTime since_ = wall_now();
  std::map<ClientId, Owner::OnNotice> clients_;
  ClientId next_client_ = 1;
  std::map<RoomId, Entry> rooms_;
  LiveVerifications live_;
  std::map<ClientId, RoomId> comparing_;  // in which room each compares with somebody
  // Rooms that a host() is about to open, by their names.
  Mark<std::string>::All opening_ = std::make_shared<std::multiset<std::string>>();
  // Rooms that were found in the store and may be open any moment; and those that must not be.
  Mark<RoomId>::All about_to_open_ = std::make_shared<std::multiset<RoomId>>();
  Mark<RoomId>::All kept_shut_ = std::make_shared<std::multiset<RoomId>>();
  boost::asio::steady_timer changed_;  // never fires: cancelled to wake whoever waits
  bool stopping_ = false;
  boost::asio::steady_timer stopped_;  // neither does this one
  Courier courier_{*this};
  Mail mail_;
};

std::unexpected<Error> client_is_gone();
// needs_tor: a session that is not over Tor cannot be used as if it were.
std::unexpected<Error> open_without_tor();

}  // namespace sotto::node
