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

#include "node/courier.h"
#include "node/hosted_room.h"
#include "node/joined_room.h"
#include "node/outbox.h"
#include "node/owner.h"
#include "node/requests.h"
#include "node/runtime.h"
#include "node/target.h"

namespace sotto::node {

class Agent final : public RoomObserver {
 public:
  using ClientId = std::uint64_t;

  explicit Agent(Runtime& runtime);
  ~Agent() override;

  Runtime& runtime() { return runtime_; }

  ClientId attach(Owner::OnNotice on_notice);
  void detach(ClientId client);

  // Runs the method of that name (methods.h).  rpc.method, rpc.params, and the method's errors.
  Async<Json> call(ClientId client, std::string method, Json params);

  // From now on what waits in the outbox leaves by itself while somebody is attached.
  void start_courier() { courier_.start(); }

  // Closes every room; wait_idle() ends once they are.
  void close_all();
  // Ends when no client is attached but `but` and no room is open that `but` does not hold.
  Async<void> wait_idle();

  // --- what the methods do

  Async<OpenedReply> host(ClientId client, HostRequest request);
  Async<OpenedReply> join(ClientId client, JoinRequest request);
  Async<Sent> send(ClientId client, SendRequest request);
  Async<bool> say(ClientId client, SayRequest request);  // true
  Async<bool> drain(ClientId client, RoomRequest request);
  Result<void> leave(ClientId client, const RoomRequest& request);
  Async<bool> shown(ClientId client, ShownRequest request);  // true
  Async<OutboxReply> outbox(ClientId client, NoRequest request);
  Async<FlushReply> flush(ClientId client, FlushRequest request);

  // --- for the courier

  bool has_clients() const { return !clients_.empty(); }
  bool is_open(const RoomId& room) const;
  // Null for a room of our own, whose members come by themselves.
  Async<std::shared_ptr<JoinedRoom>> open_to_deliver(RoomId room, SteadyTime deadline);
  void tell_expired(const RoomId& room, const MessageId& id);

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
  boost::asio::awaitable<void> until_closed(RoomId room);
  std::shared_ptr<JoinedRoom> open_for_sending(room::JoinedRoom target, SteadyTime deadline);
  Async<Sent> send_through(std::shared_ptr<JoinedRoom> room, SendRequest request,
                           std::vector<room::Composed> composed, SteadyTime started);
  void unwatch(const RoomId& id, ClientId client);

  void on_room_event(const RoomId& room, const Event& event,
                     std::optional<std::int64_t> seq) override;
  void on_room_ended(const RoomId& room, const Result<void>& why) override;
  void close_idle();
  bool notify(ClientId client, const RoomId& room, const Event& event,
              std::optional<std::int64_t> seq);

  Runtime& runtime_;
  std::map<ClientId, Owner::OnNotice> clients_;
  ClientId next_client_ = 1;
  std::map<RoomId, Entry> rooms_;
  // Rooms that a host() is about to open; shared with its coroutine, which may outlive this.
  std::shared_ptr<std::set<std::string>> opening_ = std::make_shared<std::set<std::string>>();
  boost::asio::steady_timer changed_;  // never fires: cancelled to wake whoever waits
  Courier courier_{*this};
};

std::unexpected<Error> client_is_gone();

}  // namespace sotto::node
