// A session of a member of a hosted room: what the files of HostRoom share, and nobody else
// sees.
#pragma once
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>

#include "net/asio_timer.h"
#include "node/host_room.h"
#include "node/path_exchange.h"
#include "node/system.h"
#include "session/link_driver.h"

namespace sotto::node {

// One session of a member, and the link that carries it now.
class HostRoom::Member final : public room::ConversationListener {
 public:
  Member(HostRoom& room, const SessionId& id, const room::Admission& admission,
         const session::AcceptedLink& first_link)
      : session(id, session::Side::host),
        binding(first_link.transport.handshake_hash),
        contact(admission.contact),
        card(first_link.auth.card),
        purpose(first_link.auth.purpose),
        lingering(room.runtime_.executor()),
        room_(room) {
    room::Conversation::Parameters parameters{
        .room = admission.room,
        .self = room.runtime_.profile().card().identity_pk,
        .peer = admission.contact.identity_pk,
        .hosting = true,
        .may_chat = admission.permissions.chat,
        .peer_receives = purpose == wire::Purpose::enter,
        .now = wall_now};
    if (const auto& channels = room.parameters_.channels) {
      parameters.channels = channels(session, admission, purpose);
    }
    parameters.offline = std::make_shared<const room::OfflineTerms>(room::OfflineTerms{
        first_link.transport.exporter.copy(), room.parameters_.relays, system_entropy(), {}});
    conversation = std::make_shared<room::Conversation>(std::move(parameters), session,
                                                        room.runtime_.store(), *this);
    conversation->offer_mailbox();
    paths.emplace(
        room.runtime_.executor(), [this] { return own_paths(); },
        [this](const wire::Candidates& ours) { conversation->offer(ours); });
  }

  // A conversation may be held a moment longer by what the store does for it, but not the
  // session that its channels use.
  ~Member() override { conversation->mute(); }

  void say_goodbye(wire::GoodbyeReason reason) {
    if (link == nullptr) return;
    link->say_goodbye(reason);
    timer->wake();
  }

  session::Session session;
  crypto::Hash64 binding;  // h of its first link
  store::ContactRow contact;
  crypto::Card card;
  wire::Purpose purpose;
  std::shared_ptr<room::Conversation> conversation;
  std::optional<PathExchange> paths;
  boost::asio::steady_timer lingering;
  // While a link stands.
  session::Link* link = nullptr;
  net::AsioTimer* timer = nullptr;
  std::string route;
  std::string address;  // of the peer

 private:
  void on_message(std::int64_t seq, const wire::Message& message,
                  const store::ContactRow& author) override {
    room_.events_->on_message(seq, message, author);
  }
  void on_fan_out() override { room_.pump_all(); }
  void on_delivered(const MessageId& id) override { room_.events_->on_delivered(id); }
  void on_read(const MessageId&) override {}  // a host is told nothing of the kind
  void on_rejected(const MessageId&, const Error& why) override {
    room_.events_->on_trouble(why);
  }
  void on_presence(const store::ContactRow&, bool) override {}
  void on_verification(const wire::VerificationStep& step) override {
    if (step.to == room_.runtime_.profile().card().identity_pk) {
      room_.events_->on_verification(step, binding);
    } else {
      room_.pass_on(step, std::nullopt);
    }
  }
  std::optional<std::vector<wire::Candidate>> own_paths() const {
    const auto& candidates = room_.parameters_.candidates;
    return candidates ? candidates() : std::nullopt;
  }
  void on_candidates(const wire::Candidates& theirs) override { paths->hear(theirs); }
  void on_mailbox() override { room_.events_->on_mailbox(contact.identity_pk); }
  void on_key_changed(const Error&) override {}
  void on_failure(const Error& why) override {
    room_.events_->on_trouble(why);
    say_goodbye(why.kind() == Kind::store ? wire::GoodbyeReason::trouble
                                          : wire::GoodbyeReason::protocol_error);
    // What failed cannot go on over another link: whoever comes back begins anew.
    room_.drop(session.id());
  }

  HostRoom& room_;
};

}  // namespace sotto::node
