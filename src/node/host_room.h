// A room that is open: accepts members, keeps their sessions, passes messages on.
//
// Per member: `present` from the first link with purpose `enter` until the goodbye, or until
// the session has been without a link for longer than `linger`.  A session that comes back
// within that time resumes where it was; a later one begins anew and the outbox fills the gap.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "node/entrance.h"
#include "node/events.h"
#include "node/handshake_gate.h"
#include "node/runtime.h"
#include "room/admission.h"
#include "room/conversation.h"
#include "session/open_driver.h"
#include "transport/listener.h"

namespace sotto::node {

class HostRoomListener {
 public:
  virtual ~HostRoomListener() = default;
  virtual void on_linked(const LinkEvent& link) = 0;
  virtual void on_member(const store::ContactRow& who, bool here) = 0;
  virtual void on_message(std::int64_t seq, const wire::Message& message,
                          const store::ContactRow& author) = 0;
  virtual void on_delivered(const MessageId& id) = 0;
  virtual void on_verification(const wire::VerificationStep& step,
                               const crypto::Hash64& binding) = 0;
  virtual void on_trouble(const Error& what) = 0;
  // A member was offered a mailbox of ours.
  virtual void on_mailbox(const crypto::Ed25519PublicKey& member) = 0;
};

// Shared by the coroutines of its connections: it lives until the last has ended.
class HostRoom : public std::enable_shared_from_this<HostRoom> {
 public:
  struct Parameters {
    RoomId room;
    std::optional<unsigned> max_members;
    milliseconds linger{120'000};
    std::unique_ptr<session::OpenDoor> open_door = nullptr;  // null: members and invites only
    std::vector<std::string> relays = {};  // URLs: where mailboxes for members are open
    // The paths here that a member may be told of (node/path_exchange.h); null: none ever.
    std::function<std::optional<std::vector<wire::Candidate>>()> candidates = nullptr;
    // Makes what takes the files and forwards of a member's session; null: they are closed.
    std::function<std::shared_ptr<room::ChannelUser>(
        session::Session& session, const room::Admission& admission, wire::Purpose purpose)>
        channels = nullptr;
  };

  // `events` must live until close() has ended.
  HostRoom(Runtime& runtime, std::vector<Entrance> entrances, Parameters parameters,
           HostRoomListener& events);
  ~HostRoom();

  // Accepts, by all entrances, until close().
  void start();

  // Stops accepting, says goodbye to everyone and waits, 2 s at most, until it is said.
  Async<void> close(wire::GoodbyeReason reason);

  void pump_all();                                         // something was added to the outbox
  void requeued(std::int64_t seq);                         // for the next pump_all()
  void tell_read(const crypto::Ed25519PublicKey& author);  // words of theirs were read

  // --- people

  // Ends the sessions of somebody who may not be here any more, as the store says already.
  void dismiss(const crypto::Ed25519PublicKey& who);
  void update(const store::ContactRow& who);  // renamed, verified
  std::vector<store::ContactRow> present() const;
  // The ways by which they are here; of several sessions of one, any.
  std::map<crypto::Ed25519PublicKey, std::string> routes() const;
  // Those who are present, and the links that stand; looking keeps the round trips fresh.
  struct Presence {
    store::ContactRow who;
    bool linked = false;
    std::string route;  // of the link
    std::string address;
    std::optional<milliseconds> round_trip;
  };
  std::vector<Presence> presence();
  void set_end(SteadyTime at) { ends_at_ = at; }  // whoever enters is told
  void warn_of_end(milliseconds left);            // whoever is here

  // To every session of its receiver, or to the one with this binding only.
  void pass_on(const wire::VerificationStep& step,
               const std::optional<crypto::Hash64>& binding);

 private:
  class Member;
  class Lookup;

  // `by` is one of entrances_, which stay until the room is destroyed.
  static boost::asio::awaitable<void> keep_accepting(std::shared_ptr<HostRoom> self,
                                                     const Entrance& by);
  static boost::asio::awaitable<void> keep_serving(std::shared_ptr<HostRoom> self,
                                                   const Entrance& by,
                                                   transport::Accepted connection);
  Async<void> serve(const Entrance& by, transport::Accepted connection);
  Async<void> welcome(const Entrance& by, transport::Accepted& connection,
                      session::AcceptedLink accepted, room::Admission admission,
                      SteadyTime since);
  Async<void> refuse(const Entrance& by, transport::ByteStream& stream,
                     noise::Transport transport, wire::RefusedReason reason);
  std::shared_ptr<Member> resume(const session::AcceptedLink& accepted);
  std::shared_ptr<Member> admit(const session::AcceptedLink& accepted,
                                const room::Admission& admission);
  bool is_overtaken(const session::AcceptedLink& accepted) const;
  void make_room_for(const crypto::Ed25519PublicKey& identity);
  void enter(const std::shared_ptr<Member>& member);
  void linger(const std::shared_ptr<Member>& member);
  void drop(const SessionId& session);
  bool is_present(const crypto::Ed25519PublicKey& identity, const Member* but) const;
  void announce(const Member& who, bool here);
  void note_last_seen(const Member& member);
  Async<void> report_changed_key(const crypto::Card& card);

  Runtime& runtime_;
  std::vector<Entrance> entrances_;
  Parameters parameters_;
  HostRoomListener* events_;
  HandshakeGate gate_;
  std::map<SessionId, std::shared_ptr<Member>> members_;
  std::size_t connections_ = 0;
  bool closing_ = false;
  std::optional<SteadyTime> ends_at_;
};

}  // namespace sotto::node
