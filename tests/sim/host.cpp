#include "host.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <utility>

#include "session/handshake_driver.h"

namespace sotto::sim {

using session::Errc;

// A connection from somebody: message 1, message 3, then the guest's session.
class Host::Reception final : public Connection {
 public:
  Reception(Host& host, WireEnd wire)
      : Connection(host, std::move(wire)),
        host_(host),
        since_(now()),
        handshake_(host.person_.card.identity_pk, host.person_.identity.static_key,
                   host.world().entropy()) {}

  void carry_for(Guest guest, std::shared_ptr<Conversation> conversation,
                 std::uint64_t link_no) {
    guest_ = guest;
    carry(std::move(conversation), link_no);
  }

 protected:
  std::size_t frame_bytes() const override {
    return ref_ ? session::handshake_frame_bytes : session::first_frame_bytes;
  }
  SteadyTime handshake_limit() const override {
    return since_ + (ref_ ? session::direct_pace.handshake : session::direct_pace.hello);
  }

  Result<void> on_frame(ByteView frame) override { return ref_ ? third(frame) : first(frame); }

  Result<void> on_reception(const wire::Frame&) override {
    return fail(Errc::protocol, "A frame before its welcome.");
  }

  std::uint64_t peer_has() const override { return host_.guest_has_(*guest_); }

 private:
  Result<void> first(ByteView frame) {
    const auto ref = handshake_.hello(frame);
    if (!ref) return std::unexpected(ref.error());
    const auto guest = host_.guest_of(*ref);
    if (!guest) return fail(Errc::handshake, "Unknown.");
    ref_ = *ref;
    guest_ = guest;
    auto answer = handshake_.respond(host_.invite(*guest).psk.copy());
    if (!answer) return std::unexpected(answer.error());
    write_frame(std::move(*answer));
    return {};
  }

  Result<void> third(ByteView frame) {
    const auto auth = handshake_.authenticate(frame);
    if (!auth) return std::unexpected(auth.error());
    make_link(std::move(handshake_).finish(), host_.cast_.timing);
    const auto welcome = host_.receive(*guest_, *auth, *this);
    if (!welcome) return std::unexpected(welcome.error());
    send(wire::FrameType::welcome, wire::encode(*welcome).view());
    if (std::exchange(host_.lose_welcome_, false)) wire().out->cut(host_.world().chance(50));
    return {};
  }

  Host& host_;
  SteadyTime since_;
  session::HostHandshake handshake_;
  std::optional<LinkRef> ref_;
  std::optional<Guest> guest_;
};

Host::Host(World& world, const Cast& cast)
    : Machine(world), cast_(cast), person_(world.entropy(), "Hanna") {
  for (Guest guest = 0; guest < cast.joiners; ++guest) {
    invites_.push_back(
        {LinkRef::random(world.entropy()), crypto::SymmetricKey(world.entropy())});
  }
}

void Host::accept(const WireEnd& wire) {
  std::make_shared<Reception>(*this, wire)->begin();
}

std::optional<Guest> Host::guest_of(const LinkRef& ref) const {
  const auto at = std::ranges::find(invites_, ref, &Invite::ref);
  if (at == invites_.end()) return std::nullopt;
  return static_cast<Guest>(at - invites_.begin());
}

std::shared_ptr<Conversation> Host::conversation(Guest guest) const {
  const auto at = conversations_.find(guest);
  return at == conversations_.end() ? nullptr : at->second;
}

std::shared_ptr<Connection> Host::connection(Guest guest) const {
  const auto at = connections_.find(guest);
  return at == connections_.end() ? nullptr : at->second;
}

void Host::set_guest_has(std::function<std::uint64_t(Guest)> guest_has) {
  guest_has_ = std::move(guest_has);
}

// The guest's session goes on over this link, or a first one begins.
Result<wire::Welcome> Host::receive(Guest guest, const wire::JoinerAuth& auth,
                                    Reception& reception) {
  std::shared_ptr<Conversation>& conversation = conversations_[guest];
  std::uint64_t link_no = 1;
  if (auth.resume) {
    link_no = auth.resume->link_no;
    if (!conversation || conversation->session().id() != auth.resume->session_id) {
      ADD_FAILURE() << "guest " << guest << " resumes a session that is not there";
      return fail(Errc::handshake, "No such session.");
    }
    if (link_no <= conversation->session().link_no()) return fail(Errc::handshake, "Too late.");
    const auto attached = conversation->session().attach(link_no, auth.resume->last_received);
    EXPECT_TRUE(attached) << "guest " << guest << " cannot resume";
    if (!attached) return std::unexpected(attached.error());
    ++resumed_;
  } else {
    // Whoever does not know of its session has said and heard nothing in it.
    conversation = std::make_shared<Conversation>(
        world(), SessionId::random(world().entropy()), session::Side::host, speaker_host(guest),
        speaker_joiner(guest), cast_.host_says, cast_.joiners_say);
    EXPECT_TRUE(conversation->session().attach(link_no, 0));
    conversation->begin();
  }
  reception.carry_for(guest, conversation, link_no);
  connections_[guest] = reception.shared_from_this();
  return wire::Welcome{.session_id = conversation->session().id(),
                       .resumed = auth.resume.has_value(),
                       .last_received = conversation->session().last_received(),
                       .room_id = RoomId(),
                       .room_name = "kitchen",
                       .access = std::nullopt};
}

}  // namespace sotto::sim
