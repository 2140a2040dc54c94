#include "reach/turn_client.h"

#include <gtest/gtest.h>
#include <memory>

#include "support/results.h"
#include "support/seeded_entropy.h"

namespace sotto::reach {
namespace {

const Endpoint relayed = *parse_endpoint("5.5.0.10:49152");
const Endpoint mapped = *parse_endpoint("5.5.0.20:40000");
const Endpoint peer = *parse_endpoint("5.5.0.30:5000");

// A client, and a server that answers what the test says.
class TurnClientTest : public testing::Test {
 protected:
  TurnClientTest() { start(); }

  void start() {
    client_ = std::make_unique<TurnClient>(
        options_, StunCredentials("anna", Secret(as_bytes("secret"))), entropy_, now_);
    signed_ = false;
  }

  // --- the server's side

  StunMessage asked() {
    const auto all = client_->take_sends();
    if (all.size() != 1) throw std::logic_error(std::to_string(all.size()) + " were sent");
    auto message = must(StunMessage::decode(all[0]));
    EXPECT_EQ(message.is_authentic(key_), signed_);
    return message;
  }
  StunMessage asked(StunMethod method) {
    auto message = asked();
    EXPECT_EQ(message.method(), method);
    return message;
  }
  bool is_silent() { return client_->take_sends().empty(); }
  void say(const StunMessage& message, bool with_key) {
    client_->on_bytes(with_key ? message.encode_authentic(key_) : message.encode(), now_);
  }
  static StunMessage done(const StunMessage& request) {
    return {request.method(), StunClass::success, request.transaction()};
  }
  void refuse(const StunMessage& request, int code, const char* nonce = nullptr) {
    StunMessage out(request.method(), StunClass::error, request.transaction());
    out.add_error(code, "words");
    if (nonce != nullptr) {
      out.add(StunType::realm, "lab");
      out.add(StunType::nonce, nonce);
    }
    say(out, signed_ && nonce == nullptr);
  }
  void challenge() {
    refuse(asked(StunMethod::allocate), 401, "nonce");
    signed_ = true;
  }
  static StunMessage allocation(const StunMessage& request, std::uint32_t lifetime = 600) {
    auto out = done(request);
    out.add_address(StunType::xor_relayed_address, relayed);
    out.add_address(StunType::xor_mapped_address, mapped);
    out.add_u32(StunType::lifetime, lifetime);
    return out;
  }
  void allocate() {
    challenge();
    say(allocation(asked(StunMethod::allocate)), true);
    event<TurnAllocated>();
  }
  void permit() {
    client_->permit(peer.address, now_);
    say(done(asked(StunMethod::create_permission)), true);
    event<TurnPermitted>();
  }

  // --- the client's

  template <class T>
  T event() {
    auto all = client_->take_events();
    if (all.size() != 1 || !std::holds_alternative<T>(all[0])) throw std::logic_error("events");
    return std::get<T>(std::move(all[0]));
  }
  bool nothing_happens() { return client_->take_events().empty(); }
  std::string ends() {
    const auto ended = event<TurnEnded>();
    EXPECT_FALSE(client_->next_deadline());
    EXPECT_TRUE(is_silent());
    return ended.error ? ended.error->name() : "";
  }
  milliseconds wait() {
    const auto waited =
        std::chrono::ceil<milliseconds>(client_->next_deadline().value() - now_);
    now_ += waited;
    client_->on_time(now_);
    return waited;
  }

  TurnOptions options_;
  SeededEntropy entropy_{11};
  SteadyTime now_{};
  std::unique_ptr<TurnClient> client_;
  const Bytes key_ = long_term_key("anna", "lab", "secret");
  bool signed_ = false;
};

TEST_F(TurnClientTest, AllocatesOnceItKnowsWhatToSign) {
  const auto first = asked(StunMethod::allocate);
  EXPECT_EQ(first.u32(StunType::requested_transport), 0x11000000U);
  EXPECT_EQ(first.u32(StunType::lifetime), 600U);
  refuse(first, 401, "nonce");
  signed_ = true;
  const auto second = asked(StunMethod::allocate);
  EXPECT_EQ(second.u32(StunType::requested_transport), 0x11000000U);
  say(allocation(second), false);  // anybody's
  EXPECT_TRUE(nothing_happens());
  say(allocation(second), true);
  const auto allocated = event<TurnAllocated>();
  EXPECT_EQ(allocated.relayed, relayed);
  EXPECT_EQ(allocated.mapped, mapped);
  EXPECT_EQ(allocated.lifetime, seconds(600));
  EXPECT_TRUE(client_->allocated());
}

TEST_F(TurnClientTest, RefusalsSayWhoseTurnItIs) {
  const std::pair<int, const char*> cases[] = {
      {401, "stun.credentials"}, {441, "stun.credentials"}, {437, "turn.lost"},
      {486, "turn.full"},        {508, "turn.full"},        {403, "stun.refused"},
      {442, "stun.refused"},     {300, "stun.refused"}};
  for (const auto& [code, name] : cases) {
    start();
    challenge();
    refuse(asked(), code);
    EXPECT_EQ(ends(), name) << code;
  }
}

TEST_F(TurnClientTest, AStaleNonceIsReplaced) {
  challenge();
  refuse(asked(), 438, "other");
  const auto again = asked(StunMethod::allocate);
  EXPECT_EQ(again.text(StunType::nonce), "other");
  say(allocation(again), true);
  event<TurnAllocated>();
  wait();
  refuse(asked(StunMethod::refresh), 438, "third");
  EXPECT_EQ(asked(StunMethod::refresh).text(StunType::nonce), "third");
}

TEST_F(TurnClientTest, AServerThatIsSilentIsGivenUp) {
  for (int i = 0; i < 20 && client_->next_deadline(); ++i) {
    client_->take_sends();
    wait();
  }
  EXPECT_EQ(ends(), "stun.timeout");
  EXPECT_EQ(now_ - SteadyTime{}, milliseconds(39'500));
}

TEST_F(TurnClientTest, AnAddressThatLeadsNowhereIsRefused) {
  for (const char* nowhere : {"0.0.0.0:5000", "127.0.0.1:5000", "5.5.0.10:0"}) {
    start();
    challenge();
    auto answer = done(asked());
    answer.add_address(StunType::xor_relayed_address, *parse_endpoint(nowhere));
    answer.add_address(StunType::xor_mapped_address, mapped);
    answer.add_u32(StunType::lifetime, 600);
    say(answer, true);
    EXPECT_EQ(ends(), "stun.malformed") << nowhere;
  }
  start();
  challenge();
  say(allocation(asked(), 0), true);
  EXPECT_EQ(ends(), "stun.malformed");
}

TEST_F(TurnClientTest, RefreshesAMinuteBeforeItEnds) {
  allocate();
  EXPECT_EQ(wait(), seconds(540));
  auto answer = done(asked(StunMethod::refresh));
  answer.add_u32(StunType::lifetime, 60);
  say(answer, true);
  EXPECT_EQ(wait(), seconds(30));
  answer = done(asked(StunMethod::refresh));
  answer.add_u32(StunType::lifetime, 1);
  say(answer, true);
  EXPECT_EQ(wait(), seconds(5));  // not more often
  refuse(asked(StunMethod::refresh), 437);
  EXPECT_EQ(ends(), "turn.lost");
}

TEST_F(TurnClientTest, PermissionsAreAskedForAndRefreshed) {
  allocate();
  client_->permit(peer.address, now_);
  client_->permit(peer.address, now_);
  const auto request = asked(StunMethod::create_permission);
  EXPECT_EQ(request.address(StunType::xor_peer_address)->address, peer.address);
  say(done(request), true);
  const auto permitted = event<TurnPermitted>();
  EXPECT_EQ(permitted.peer, peer.address);
  EXPECT_FALSE(permitted.refused);
  EXPECT_EQ(wait(), std::chrono::minutes(4));
  say(done(asked(StunMethod::create_permission)), true);
  EXPECT_TRUE(nothing_happens());
}

TEST_F(TurnClientTest, AForbiddenPeerIsTold) {
  allocate();
  client_->permit(peer.address, now_);
  refuse(asked(StunMethod::create_permission), 403);
  EXPECT_TRUE(event<TurnPermitted>().refused);
  EXPECT_TRUE(client_->allocated());
}

TEST_F(TurnClientTest, DataGoesInIndicationsUntilThereIsAChannel) {
  allocate();
  permit();
  client_->send(peer, as_bytes("one"));
  signed_ = false;
  const auto indication = asked(StunMethod::send);
  signed_ = true;
  EXPECT_EQ(indication.message_class(), StunClass::indication);
  EXPECT_EQ(indication.address(StunType::xor_peer_address), peer);
  EXPECT_EQ(indication.text(StunType::data), "one");

  client_->bind(peer, now_);
  const auto request = asked(StunMethod::channel_bind);
  EXPECT_EQ(request.u32(StunType::channel_number), 0x40000000U);
  EXPECT_EQ(request.address(StunType::xor_peer_address), peer);
  say(done(request), true);
  client_->send(peer, as_bytes("two"));
  const auto sent = client_->take_sends();
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(as_text(read_channel_data(sent[0])->data), "two");
  // A second peer has a number of its own.
  client_->bind({peer.address, 5001}, now_);
  EXPECT_EQ(asked(StunMethod::channel_bind).u32(StunType::channel_number), 0x40010000U);
}

TEST_F(TurnClientTest, DataComesFromPeersWithAPermissionOnly) {
  allocate();
  permit();
  StunMessage indication(StunMethod::data, StunClass::indication, StunTransaction());
  indication.add_address(StunType::xor_peer_address, peer);
  indication.add(StunType::data, "hello");
  say(indication, false);
  const auto data = event<TurnData>();
  EXPECT_EQ(data.peer, peer);
  EXPECT_EQ(as_text(data.bytes), "hello");

  StunMessage stranger(StunMethod::data, StunClass::indication, StunTransaction());
  stranger.add_address(StunType::xor_peer_address, relayed);
  stranger.add(StunType::data, "hello");
  say(stranger, false);
  client_->on_bytes(encode_channel_data({0x4000, as_bytes("x")}, false), now_);
  EXPECT_TRUE(nothing_happens());

  client_->bind(peer, now_);
  say(done(asked(StunMethod::channel_bind)), true);
  client_->on_bytes(encode_channel_data({0x4000, as_bytes("x")}, false), now_);
  EXPECT_EQ(event<TurnData>().peer, peer);
}

TEST_F(TurnClientTest, AChannelThatIsRefusedIsDoneWithout) {
  allocate();
  permit();
  client_->bind(peer, now_);
  refuse(asked(StunMethod::channel_bind), 400);
  client_->send(peer, as_bytes("one"));
  signed_ = false;
  EXPECT_EQ(asked().method(), StunMethod::send);
  signed_ = true;
  EXPECT_EQ(wait(), std::chrono::minutes(1));
  asked(StunMethod::channel_bind);
}

TEST_F(TurnClientTest, GivesTheAddressBack) {
  allocate();
  client_->close(now_);
  const auto request = asked(StunMethod::refresh);
  EXPECT_EQ(request.u32(StunType::lifetime), 0U);
  say(done(request), true);
  EXPECT_EQ(ends(), "");
  client_->close(now_);
  EXPECT_TRUE(nothing_happens());
}

TEST_F(TurnClientTest, AGoodbyeIsNotWaitedForLong) {
  allocate();
  client_->close(now_);
  const auto begun = now_;
  for (int i = 0; i < 10 && client_->next_deadline(); ++i) {
    client_->take_sends();
    wait();
  }
  EXPECT_EQ(ends(), "");
  EXPECT_LE(now_ - begun, seconds(2));
}

TEST_F(TurnClientTest, BeforeItHasOneThereIsNothingToGiveBack) {
  asked();
  client_->close(now_);
  EXPECT_EQ(ends(), "");
}

TEST_F(TurnClientTest, OverAStreamMessagesComeInPieces) {
  options_.stream = true;
  start();
  const auto in_pieces = [this](const Bytes& bytes) {
    for (const std::byte& one : bytes) client_->on_bytes(ByteView(&one, 1), now_);
  };
  const auto first = asked(StunMethod::allocate);
  StunMessage refusal(StunMethod::allocate, StunClass::error, first.transaction());
  refusal.add_error(401, "");
  refusal.add(StunType::realm, "lab");
  refusal.add(StunType::nonce, "nonce");
  in_pieces(refusal.encode());
  signed_ = true;
  in_pieces(allocation(asked()).encode_authentic(key_));
  event<TurnAllocated>();
  permit();
  client_->bind(peer, now_);
  say(done(asked()), true);
  in_pieces(encode_channel_data({0x4000, as_bytes("12345")}, true));
  EXPECT_EQ(as_text(event<TurnData>().bytes), "12345");
  client_->send(peer, as_bytes("12345"));
  EXPECT_EQ(client_->take_sends().at(0).size(), 12U);
  client_->on_bytes(as_bytes("HTTP/1.1 400 Bad Request"), now_);
  EXPECT_EQ(ends(), "stun.malformed");
}

TEST_F(TurnClientTest, GarbageInDatagramsIsAsGoodAsLost) {
  allocate();
  client_->on_bytes({}, now_);
  client_->on_bytes(as_bytes("HTTP/1.1 400 Bad Request"), now_);
  client_->on_bytes(as_bytes("\x40"), now_);
  EXPECT_TRUE(nothing_happens());
  EXPECT_TRUE(client_->allocated());
}

}  // namespace
}  // namespace sotto::reach
