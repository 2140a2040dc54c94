// Keeps a member's session with a host alive: dials, shakes hands, resumes, tries again.
//
//            +-------------------------------------------+
//            v                                           | lost, not reached: back-off
//   start -> dialing -> handshake -> welcomed -> linked -+
//                          |                        |
//                          | refused                | goodbye from either side
//                          v                        v
//                        ended                    ended
//
// One object serves one room; run() is its only coroutine.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "net/asio_timer.h"
#include "node/dialer.h"
#include "node/path_exchange.h"
#include "node/target.h"
#include "room/conversation.h"
#include "session/handshake_driver.h"
#include "wire/handshake.h"

namespace sotto::node {

// What the owner of a Joiner learns; all calls on the loop.
class JoinerListener {
 public:
  virtual ~JoinerListener() = default;
  virtual void on_linked(const LinkEvent& link) = 0;
  virtual void on_retry(const Error& why) = 0;  // an attempt failed; the next comes by itself
  virtual void on_message(std::int64_t seq, const wire::Message& message,
                          const store::ContactRow& author) = 0;
  virtual void on_delivered(const MessageId& id) = 0;
  virtual void on_read(const MessageId& id) = 0;
  virtual void on_rejected(const MessageId& id, const Error& why) = 0;
  virtual void on_presence(const store::ContactRow& who, bool here) = 0;
  virtual void on_ending(milliseconds left) = 0;  // until the host closes the room
  virtual void on_verification(const wire::VerificationStep& step) = 0;
  virtual void on_notice(const Error& what) = 0;
  virtual void on_mailbox() {}  // the host was offered a mailbox of ours
};

class Joiner final : public room::ConversationListener {
 public:
  struct Parameters {
    room::JoinedRoom joined;
    wire::Purpose purpose = wire::Purpose::enter;
    SteadyTime first_link_by;  // give up when none stands by then
    bool reconnect = true;     // after a link was lost: without end, else until first_link_by
    // Makes what takes the files and forwards of a session; null: they are closed.
    std::function<std::shared_ptr<room::ChannelUser>(session::Session&)> channels = nullptr;
  };

  struct Phases {
    std::chrono::nanoseconds connect{};  // of the attempt that succeeded
    std::chrono::nanoseconds handshake{};
  };

  Joiner(Runtime& runtime, Parameters parameters, JoinerListener& listener);
  ~Joiner() override;

  // Until leave(), the host's goodbye (success), a refusal, or the time limit.
  Async<void> run();

  void pump();                                       // something was added to the outbox
  void requeued(std::int64_t seq);                   // for the next pump()
  void pass_on(const wire::VerificationStep& step);  // to the host, if there is a session
  void leave();                                      // say goodbye and end
  void try_until(SteadyTime deadline);               // not before then give up
  // The ways to the host are these from now on (wire/connection_file.h), as the store says
  // already.  An attempt to reach it by others is given up for them.
  void follow(Secret reach);
  // Goes on as one who is present and stays, over a new session.
  void enter(SteadyTime first_link_by);

  const store::RoomRow& room() const { return parameters_.joined.room; }
  const crypto::Card& host() const { return parameters_.joined.host; }
  int attempts() const { return attempts_; }
  bool was_linked() const { return was_linked_; }
  bool is_linked() const { return active_ != nullptr; }
  // Why the host said goodbye, once it has.
  std::optional<wire::GoodbyeReason> goodbye() const { return goodbye_; }
  // Our name for the host, and whether it is verified.
  const std::string& host_name() const { return parameters_.joined.host_name; }
  bool host_verified() const { return parameters_.joined.host_verified; }
  void update_host(const store::ContactRow& host);
  const Phases& phases() const { return phases_; }
  const std::string& route() const { return route_; }  // of the last link; empty: none so far
  const std::string& address() const { return address_; }
  // Of the link that stands; looking at it keeps it fresh.
  std::optional<milliseconds> round_trip();
  // The paths that lead to the host, as it has told in this session.
  std::vector<wire::Candidate> host_paths() {
    return paths_ ? paths_->theirs() : std::vector<wire::Candidate>();
  }
  const crypto::Hash64& binding() const { return binding_; }  // h of the session's first link

 private:
  struct ActiveLink;

  Async<Dialed> unless_ended(Async<Dialed> dial);
  std::optional<std::vector<wire::Candidate>> own_paths() const;
  bool fall_back(const Error& why);
  bool is_passing(const Error& error) const;
  Async<void> one_link();
  Async<void> one_direct_link(std::vector<net::HostPort> addresses, SteadyTime dial_by);
  Async<void> one_onion_link(wire::OnionAddress address, SteadyTime limit);
  Async<void> one_relay_link(wire::RelaySlot relay, bool over_tor);
  Async<void> one_link_by_relays(std::vector<wire::RelaySlot> relays, bool over_tor,
                                 std::optional<Error> before);
  bool may_go_on(const Result<void>& ended) const;
  std::vector<wire::RelaySlot> in_order(std::vector<wire::RelaySlot> relays) const;
  Async<void> over(Dialed connection, SteadyTime limit);
  Async<noise::Transport> handshake(transport::ByteStream& stream, net::AsioTimer& timer,
                                    const session::Pace& pace);
  Async<void> welcomed(wire::Welcome welcome);
  Result<void> move_session(const wire::Welcome& welcome);
  void drop_session();
  void start_session(const SessionId& id);
  void end_link();
  void abandon_link(const Error& why);

  void on_message(std::int64_t seq, const wire::Message& message,
                  const store::ContactRow& author) override;
  void on_fan_out() override {}
  void on_delivered(const MessageId& id) override;
  void on_read(const MessageId& id) override;
  void on_rejected(const MessageId& id, const Error& why) override;
  void on_presence(const store::ContactRow& who, bool here) override;
  void on_ending(milliseconds left) override { listener_.on_ending(left); }
  void on_verification(const wire::VerificationStep& step) override;
  void on_candidates(const wire::Candidates& theirs) override { paths_->hear(theirs); }
  void on_key_changed(const Error& why) override;
  void on_mailbox() override { listener_.on_mailbox(); }
  void on_failure(const Error& why) override;

  Runtime& runtime_;
  Parameters parameters_;
  JoinerListener& listener_;
  net::AsioTimer retry_timer_;     // woken: whatever is waited for is not worth it any more
  crypto::Hash64 shaken_{};        // h of the handshake before
  crypto::SymmetricKey exporter_;  // and what it leaves for offline messages
  crypto::Hash64 binding_{};
  std::unique_ptr<session::Session> session_;
  std::shared_ptr<room::Conversation> conversation_;
  std::optional<PathExchange> paths_;  // of the session
  boost::asio::steady_timer goodbye_timer_;
  transport::ByteStream* shaking_ = nullptr;  // the stream of a handshake under way
  ActiveLink* active_ = nullptr;
  std::uint64_t link_offered_ = 0;  // the last link number told to the host
  int attempts_ = 0;
  bool was_linked_ = false;
  bool went_well_ = false;  // the last attempt: a link to a host that could take messages
  bool leaving_ = false;
  bool linking_ = false;   // from the first byte of a handshake to the end of its link
  bool pausing_ = false;   // between two attempts
  bool renewing_ = false;  // the session ends, another begins
  bool moved_ = false;     // the attempt was given up: there are other ways
  std::optional<Error> fatal_;
  std::optional<wire::GoodbyeReason> goodbye_;
  SteadyTime attempt_started_;
  std::string route_;          // of the last link
  std::string address_;        // where it leads
  tor::Isolation isolation_;   // its circuits are nobody else's
  std::string relay_;          // the URL of the one that the last link went through
  bool relay_failed_ = false;  // that link broke: another is tried first
  Phases phases_;
};

}  // namespace sotto::node
