#include "joiner.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <utility>

#include "session/handshake_driver.h"

namespace sotto::sim {
namespace {

constexpr milliseconds first_backoff{250};
constexpr milliseconds longest_backoff{10'000};

}  // namespace

using session::Errc;

// A connection to the host: message 2, the Welcome, then the session.
class Joiner::Visit final : public Connection {
 public:
  Visit(Joiner& joiner, WireEnd wire, session::JoinerParameters parameters,
        std::uint64_t link_no)
      : Connection(joiner, std::move(wire)),
        joiner_(joiner),
        link_no_(link_no),
        since_(now()),
        handshake_(std::move(parameters), joiner.world().entropy()) {}

  std::uint64_t link_no() const { return link_no_; }
  using Connection::carry;

 protected:
  void on_begin() override { write_frame(handshake_.start().value()); }
  std::size_t frame_bytes() const override { return session::handshake_frame_bytes; }
  SteadyTime handshake_limit() const override { return since_ + session::direct_pace.handshake; }

  Result<void> on_frame(ByteView frame) override {
    auto third = handshake_.answer(frame);
    if (!third) return std::unexpected(third.error());
    write_frame(std::move(*third));
    make_link(std::move(handshake_).finish(), joiner_.cast_.timing);
    return {};
  }

  Result<void> on_reception(const wire::Frame& frame) override {
    if (frame.type != wire::FrameType::welcome) {
      return fail(Errc::protocol, "The host began with something other than a welcome.");
    }
    const auto welcome = wire::decode_welcome(frame.body);
    if (!welcome) return std::unexpected(welcome.error());
    return joiner_.welcomed(*this, *welcome);
  }

  std::uint64_t peer_has() const override {
    return joiner_.host_.conversation(joiner_.number_)->session().last_received();
  }

  void on_ended() override { joiner_.on_end_of_visit(); }

 private:
  Joiner& joiner_;
  std::uint64_t link_no_;
  SteadyTime since_;
  session::JoinerHandshake handshake_;
};

Joiner::Joiner(World& world, const Cast& cast, Guest number, const Host& host, Dial dial)
    : Machine(world),
      cast_(cast),
      number_(number),
      host_(host),
      dial_(std::move(dial)),
      person_(world.entropy(), "Jo"),
      backoff_(first_backoff) {}

void Joiner::connect() {
  // The first session has no links to choose from.
  if (left_ || (!conversation_ && open_ > 0)) return;
  const auto wire = dial_();
  if (!wire) {
    if (open_ == 0) connect_later();
    return;
  }
  const Host::Invite& invite = host_.invite(number_);
  auto parameters = joiner_parameters(person_, host_.person(), invite.ref, invite.psk);
  std::uint64_t link_no = 1;
  if (conversation_) {
    link_no = next_link_no_++;
    const session::Session& session = conversation_->session();
    parameters.auth.resume = wire::Resume{session.id(), link_no, session.last_received()};
  }
  ++open_;
  std::make_shared<Visit>(*this, *wire, std::move(parameters), link_no)->begin();
}

void Joiner::connect_later() {
  if (std::exchange(waiting_, true)) return;
  const milliseconds pause = world().draw(backoff_ / 2, backoff_);
  backoff_ = std::min(2 * backoff_, longest_backoff);
  world().after(pause, [this] {
    waiting_ = false;
    if (open_ == 0) connect();
  });
}

Result<void> Joiner::welcomed(Visit& visit, const wire::Welcome& welcome) {
  if (!conversation_) {
    EXPECT_FALSE(welcome.resumed);
    conversation_ = std::make_shared<Conversation>(
        world(), welcome.session_id, session::Side::joiner, speaker_joiner(number_),
        speaker_host(number_), cast_.joiners_say, cast_.host_says);
    conversation_->begin();
  } else if (visit.link_no() <= conversation_->session().link_no()) {
    return fail(Errc::handshake, "A newer link was faster.");
  }
  EXPECT_EQ(welcome.session_id, conversation_->session().id());
  const auto attached = conversation_->session().attach(visit.link_no(), welcome.last_received);
  EXPECT_TRUE(attached) << "joiner " << number_ << " cannot resume";
  if (!attached) return attached;
  ++links_;
  backoff_ = first_backoff;
  connection_ = visit.shared_from_this();
  visit.carry(conversation_, visit.link_no());
  return {};
}

void Joiner::on_end_of_visit() {
  --open_;
  if (open_ == 0 && !left_) connect_later();
}

void Joiner::leave() {
  left_ = true;
  if (connection_) connection_->say_goodbye();
}

}  // namespace sotto::sim
