// A room that this profile hosts, open: listens, keeps its addresses in the store, tells its
// observer what happens.
#pragma once
#include <boost/asio/steady_timer.hpp>
#include <memory>

#include "node/countdown.h"
#include "node/doorway.h"
#include "node/forwarding_host.h"
#include "node/host_room.h"
#include "node/open_room.h"
#include "node/path_exchange.h"
#include "node/publisher.h"
#include "node/relay_doorway.h"
#include "node/requests.h"
#include "node/room_registry.h"
#include "node/tor_watch.h"

namespace sotto::node {

class HostedRoom final : public OpenRoom, public HostRoomListener {
 public:
  // Listens as `request` says, or on an onion service where that was asked for or promised, and
  // on relays, and stores the room with its addresses; `waiting` hears how that goes.
  // goes_over_tor()'s errors; transport's port_taken, bind; tor's; those of relays; the
  // store's.  The store's thread must be idle or the caller in a job of its own.
  static Async<std::unique_ptr<HostedRoom>> open(Runtime& runtime, RoomObserver& observer,
                                                 HostRequest request, store::RoomRow row,
                                                 std::function<void(const Event&)> waiting);
  ~HostedRoom() override;

  // False when `request`, settled (room_password.h), wants strangers let in otherwise than
  // they are.
  bool lets_in_as(const HostRequest& request) const;

  // Exposes services for as long as the client holds the room.  Errc::exposed_otherwise.
  Result<void> expose(std::uint64_t client, const std::vector<Exposure>& exposures) {
    return exposed_->add(client, exposures);
  }

  bool is_over_tor() const { return row_.tor_only; }

  // Lets members in.  An onion service is published from now on: the greeting comes by itself
  // once it answers.
  void start();

  // Connection files were made or taken back: the onion service, if there is one, is told.  No
  // member is cut off by it.
  Async<void> refresh_onion();
  // By which people come: "onion", "direct" or "relay", the first where there are several.
  const std::string& route() const { return route_; }
  // Of the relays that are to hold the room; empty: none are.
  std::vector<RelayStatus> relay_status() const {
    return relays_ == nullptr ? std::vector<RelayStatus>() : relays_->status();
  }
  // Invites or members have changed: the records that are published follow.
  void refresh_records();
  // The room goes for good with the next close(): nothing of it stays published.
  void retire() { retiring_ = true; }
  // Nothing without an onion service.
  std::optional<OnionStatus> onion_status() const {
    return onion_ ? std::optional(onion_->status()) : std::nullopt;
  }

  const store::RoomRow& row() const override { return row_; }
  bool is_connected(const crypto::Ed25519PublicKey& identity) const override;
  void pump() override { room_->pump_all(); }
  void requeued(std::int64_t seq) override { room_->requeued(seq); }
  void tell_read(const crypto::Ed25519PublicKey& author) override { room_->tell_read(author); }
  RoomFiles& files() override { return *files_; }
  void on_released(std::uint64_t client) override {
    exposed_->remove(client);
    files_->remove(client);
  }
  void close() override { finish("stopped", wire::GoodbyeReason::room_closed); }
  bool closing() const override { return finishing_; }
  void on_contact_changed(const store::ContactRow& who) override;
  std::vector<Event> greeting() const override;

  // Ends the sessions of somebody who was removed.
  void dismiss(const crypto::Ed25519PublicKey& who) {
    room_->dismiss(who);
    refresh_records();
  }
  bool is_present(const std::string& fingerprint) const;
  std::vector<store::ContactRow> present() const { return room_->present(); }
  std::map<crypto::Ed25519PublicKey, std::string> routes() const { return room_->routes(); }
  std::vector<HostRoom::Presence> presence() { return room_->presence(); }
  void send(const wire::VerificationStep& step,
            const std::optional<crypto::Hash64>& binding) override {
    room_->pass_on(step, binding);
  }

 private:
  HostedRoom(Runtime& runtime, RoomObserver& observer, HostRequest request, store::RoomRow row);

  using ClientKeys = std::vector<crypto::X25519PublicKey>;
  struct Renewed {
    store::RoomRow row;
    ClientKeys clients;
  };

  Async<ClientKeys> save();
  void prepare(OnionHost::Parameters onion, ClientKeys clients);
  void on_onion(const OnionStatus& status);
  void publish();
  rendezvous::Whereabouts look_around();
  void keep_reach();
  void describe(const Doorway& door);
  void on_relay(const RelayStatus& status);
  void list(const std::vector<std::string>& addresses);
  std::unique_ptr<session::OpenDoor> make_door() const;
  std::shared_ptr<room::ChannelUser> attach(session::Session& session,
                                            const room::Admission& admission,
                                            wire::Purpose purpose);
  void warn_of_end(milliseconds left);
  void finish(const char* reason, wire::GoodbyeReason goodbye);
  void tell(const Event& event) { observer_.on_room_event(row_.id, event, std::nullopt); }
  static boost::asio::awaitable<void> end(HostedRoom& self, const char* reason,
                                          wire::GoodbyeReason goodbye);

  void on_linked(const LinkEvent& link) override;
  void on_member(const store::ContactRow& who, bool here) override;
  void on_message(std::int64_t seq, const wire::Message& message,
                  const store::ContactRow& author) override;
  void on_delivered(const MessageId& id) override;
  void on_verification(const wire::VerificationStep& step,
                       const crypto::Hash64& binding) override {
    observer_.on_verification(row_.id, step, binding);
  }
  void on_trouble(const Error& what) override;
  void on_mailbox(const crypto::Ed25519PublicKey& member) override {
    observer_.on_mailbox(row_.id, member);
  }

  Runtime& runtime_;
  RoomObserver& observer_;
  HostRequest request_;
  std::optional<Countdown> countdown_;
  store::RoomRow row_;
  ReadyEvent ready_;
  std::shared_ptr<ExposedServices> exposed_;
  std::shared_ptr<RoomFiles> files_;
  std::shared_ptr<HostRoom> room_;
  RelayListener* relays_ = nullptr;  // of room_; null: none
  std::string route_;
  std::optional<RoomListing> listing_;
  DirectWays direct_;
  std::vector<wire::Candidate> candidates_;  // of the same moment as the addresses of row_
  Secret reach_before_;                      // the last time it was open
  std::shared_ptr<Publisher> publisher_;     // from start() on
  // Over Tor.
  std::optional<OnionHost::Parameters> onion_parameters_;  // until start()
  std::shared_ptr<OnionHost> onion_;
  ClientKeys onion_clients_;  // that the service knows
  std::optional<TorWatch> tor_watch_;
  bool announced_ = false;  // the greeting was told
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  bool finishing_ = false;
  bool retiring_ = false;
};

}  // namespace sotto::node
