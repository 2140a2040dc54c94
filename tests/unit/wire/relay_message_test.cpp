#include "wire/relay_message.h"

#include "base/big_endian.h"
#include "samples.h"
#include "support/results.h"
#include "wire/limits.h"

namespace sotto::wire {
namespace {

SeededEntropy& drawn() {
  static SeededEntropy entropy(41);
  return entropy;
}

const crypto::Ed25519KeyPair& owner() {
  static const auto pair = crypto::Ed25519KeyPair::generate(drawn());
  return pair;
}

template <class Id>
Id owners() {
  return *Id::from(owner().public_key.view());
}

// One of each action, in the order of RelayAction.
std::vector<RelayAction> actions() {
  const auto signature = crypto::Signature::random(drawn());
  const auto mailbox = owners<MailboxId>();
  const Bytes blob(record_blob_bytes, std::byte{7});
  return {RelayListen{.slot = owners<SlotId>(), .signature = signature},
          RelayOpen{owners<SlotId>()},
          RelayTake{RelayTicket::random(drawn())},
          RelayPut{blob},
          RelayGet{owner().public_key},
          RelayDelete{.key = owner().public_key, .signature = signature},
          RelayOpenMailbox{.mailbox = mailbox, .signature = signature},
          RelayCloseMailbox{.mailbox = mailbox, .signature = signature},
          RelayDeposit{.mailbox = mailbox,
                       .id = DepositId::random(drawn()),
                       .content = Bytes(512, std::byte{9})},
          RelayFetch{.mailbox = mailbox, .signature = signature, .after = 1ULL << 60},
          RelayAcknowledge{.mailbox = mailbox, .signature = signature, .numbers = {1, 300}}};
}

std::vector<RelayMessage> messages() {
  const RelayDeposited deposited{
      .number = 5, .id = DepositId::random(drawn()), .content = Bytes(4096, std::byte{1})};
  return {RelayHello{.nonce = RelayNonce::random(drawn()), .token_wanted = true},
          RelayReply{.number = 1, .kind = RelayDone()},
          RelayReply{.number = 2, .kind = RelayRefused{RelayRefusal::older}},
          RelayReply{.number = 3, .kind = RelaySpliced()},
          RelayReply{.number = 4, .kind = RelayFound{Bytes(record_blob_bytes, std::byte{2})}},
          RelayReply{.number = 5,
                     .kind = RelayDeposits{.deposits = {deposited, deposited}, .more = true}},
          RelayIncoming{RelayTicket::random(drawn())}};
}

RelayBinding binding() {
  return {.spki = drawn().bytes<32>(),
          .exporter = drawn().bytes<32>(),
          .nonce = RelayNonce::random(drawn())};
}

TEST(RelayRequests, RoundTrip) {
  for (const RelayAction& action : actions()) {
    const RelayRequest request{.number = 77, .access_token = "abc", .action = action};
    const RelayRequest decoded = must(decode_relay_request(encode(request)));
    EXPECT_EQ(decoded.number, 77U);
    EXPECT_EQ(decoded.access_token, "abc");
    EXPECT_EQ(decoded.action.index(), action.index());
    EXPECT_EQ(encode(decoded), encode(request));
  }
  EXPECT_EQ(actions().size(), std::variant_size_v<RelayAction>);
}

TEST(RelayRequests, FieldsComeBack) {
  const RelayRequest request{.number = 1, .access_token = "", .action = actions()[10]};
  const auto decoded = must(decode_relay_request(encode(request)));
  const auto& acknowledge = std::get<RelayAcknowledge>(decoded.action);
  EXPECT_EQ(acknowledge.mailbox, owners<MailboxId>());
  EXPECT_EQ(acknowledge.numbers, (std::vector<std::uint64_t>{1, 300}));
  const auto fetch = must(decode_relay_request(encode({.number = 1, .action = actions()[9]})));
  EXPECT_EQ(std::get<RelayFetch>(fetch.action).after, 1ULL << 60);
}

TEST(RelayRequests, Damage) {
  for (const RelayAction& action : actions()) {
    expect_robust(decode_relay_request,
                  encode({.number = 3, .access_token = "t", .action = action}));
  }
}

TEST(RelayRequests, Fields) {
  const Bytes good = encode({.number = 3, .action = actions()[1]});
  const auto refused = [](ByteView bytes, Errc expected = Errc::malformed) {
    expect_refused(decode_relay_request, bytes, expected);
  };
  refused({});
  refused(ProtobufWriter().varint(1, 3));              // nothing asked for
  refused(ProtobufWriter(good).varint(1, 0));          // no number
  refused(ProtobufWriter(good).text(2, "two words"));  // token
  refused(ProtobufWriter(good).text(2, "caf\xc3\xa9"));
  refused(ProtobufWriter(good).filler(2, access_token_limit + 1), Errc::over_limit);
  EXPECT_TRUE(decode_relay_request(ProtobufWriter(good).filler(2, access_token_limit)));
  for (const std::size_t length : {0U, 31U, 33U}) {
    refused(ProtobufWriter(good).message(4, ProtobufWriter().filler(1, length)));
    refused(ProtobufWriter(good).message(5, ProtobufWriter().filler(1, length)));
    refused(ProtobufWriter(good).message(7, ProtobufWriter().filler(1, length)));
  }
  for (const std::size_t length : {0U, 63U, 65U}) {
    refused(ProtobufWriter(good).message(3, ProtobufWriter().filler(1, 32).filler(2, length)));
  }
  for (const std::size_t length : {0U, 995U, 997U}) {
    refused(ProtobufWriter(good).message(6, ProtobufWriter().filler(1, length)));
  }
}

TEST(RelayRequests, DepositsHaveOneOfFourSizes) {
  RelayDeposit deposit = std::get<RelayDeposit>(actions()[8]);
  for (const std::size_t size : deposit_sizes) {
    deposit.content.resize(size);
    EXPECT_TRUE(decode_relay_request(encode({.number = 1, .action = deposit}))) << size;
    deposit.content.resize(size - 1);
    expect_refused(decode_relay_request, encode({.number = 1, .action = deposit}),
                   Errc::malformed);
  }
  deposit.content.clear();
  expect_refused(decode_relay_request, encode({.number = 1, .action = deposit}),
                 Errc::malformed);
}

TEST(RelayRequests, Limits) {
  RelayAcknowledge acknowledge = std::get<RelayAcknowledge>(actions()[10]);
  acknowledge.numbers.assign(acknowledged_limit, 1);
  EXPECT_TRUE(decode_relay_request(encode({.number = 1, .action = acknowledge})));
  acknowledge.numbers.push_back(1);
  expect_refused(decode_relay_request, encode({.number = 1, .action = acknowledge}),
                 Errc::over_limit);

  const Bytes good = encode({.number = 3, .action = actions()[1]});
  const std::size_t rest = relay_request_limit - good.size() - 5;  // tag (2) and length (3)
  EXPECT_TRUE(decode_relay_request(ProtobufWriter(good).filler(99, rest)));
  expect_refused(decode_relay_request, ProtobufWriter(good).filler(99, rest + 1),
                 Errc::over_limit);
}

TEST(RelayMessages, RoundTrip) {
  for (const RelayMessage& message : messages()) {
    const RelayMessage decoded = must(decode_relay_message(encode(message)));
    EXPECT_EQ(decoded.index(), message.index());
    EXPECT_EQ(encode(decoded), encode(message));
  }
}

TEST(RelayMessages, Damage) {
  for (const RelayMessage& message : messages()) {
    expect_robust(decode_relay_message, encode(message));
  }
}

TEST(RelayMessages, EveryRefusalIsKnown) {
  for (int reason = 1; reason <= static_cast<int>(RelayRefusal::store); ++reason) {
    const RelayReply reply{.number = 1,
                           .kind = RelayRefused{static_cast<RelayRefusal>(reason)}};
    const RelayMessage decoded = must(decode_relay_message(encode(reply)));
    const auto& refused = std::get<RelayRefused>(std::get<RelayReply>(decoded).kind);
    EXPECT_EQ(static_cast<int>(refused.reason), reason);
  }
}

TEST(RelayMessages, Fields) {
  const auto refused = [](ByteView bytes, Errc expected = Errc::malformed) {
    expect_refused(decode_relay_message, bytes, expected);
  };
  const auto hello = [](std::uint64_t version, std::size_t nonce) {
    return ProtobufWriter().message(1, ProtobufWriter().varint(1, version).filler(2, nonce));
  };
  const auto reply = [](const ProtobufWriter& rest) {
    Bytes inner = to_bytes(ByteView(ProtobufWriter().varint(1, 4)));
    append(inner, rest);
    return ProtobufWriter().bytes(2, inner);
  };
  refused({});
  EXPECT_TRUE(decode_relay_message(hello(1, 32)));
  refused(hello(0, 32));
  refused(hello(2, 32), Errc::version);
  refused(hello(1, 31));
  refused(reply({}));  // a number and nothing else
  refused(ProtobufWriter().message(2, ProtobufWriter().message(2, {})));  // no number
  refused(reply(ProtobufWriter().message(3, ProtobufWriter().varint(1, 0))));
  refused(reply(ProtobufWriter().message(3, ProtobufWriter().varint(1, 13))));
  refused(reply(ProtobufWriter().message(5, ProtobufWriter().filler(1, 995))));
  const auto deposited = [&](std::uint64_t number, std::size_t id, std::size_t content) {
    return reply(ProtobufWriter().message(
        6, ProtobufWriter().message(
               1, ProtobufWriter().varint(1, number).filler(2, id).filler(3, content))));
  };
  EXPECT_TRUE(decode_relay_message(deposited(1, 16, 512)));
  refused(deposited(0, 16, 512));
  refused(deposited(1, 15, 512));
  refused(deposited(1, 16, 513));
  refused(ProtobufWriter().message(3, ProtobufWriter().filler(1, 31)));
  refused(ProtobufWriter(ByteView(hello(1, 32))).filler(9, relay_message_limit),
          Errc::over_limit);
}

// --- signatures

template <class Action>
constexpr bool has_owner = requires(Action action) { action.signature; };

TEST(RelaySignatures, HoldForTheRequestThatWasSigned) {
  const RelayBinding here = binding();
  for (const RelayAction& action : actions()) {
    RelayRequest request{.number = 9, .action = action};
    const bool owned =
        std::visit([]<class Action>(const Action&) { return has_owner<Action>; }, action);
    if (!owned) {
      EXPECT_TRUE(verify(request, here));
      continue;
    }
    EXPECT_EQ(error_of(verify(request, here)), "crypto.bad_signature");
    sign(request, here, owner());
    EXPECT_EQ(error_of(verify(request, here)), "");
    EXPECT_EQ(error_of(verify(must(decode_relay_request(encode(request))), here)), "");
  }
}

// Whoever gets hold of a signature can use it neither on another connection, nor for another
// request of the same one.
TEST(RelaySignatures, AreOfOneConnectionAndRequest) {
  const RelayBinding here = binding();
  RelayRequest request{.number = 9, .action = actions()[0]};
  sign(request, here, owner());
  const auto refused = [](const RelayRequest& changed, const RelayBinding& where) {
    EXPECT_EQ(error_of(verify(changed, where)), "crypto.bad_signature");
  };
  for (int part = 0; part < 3; ++part) {
    RelayBinding elsewhere = here;
    if (part == 0) elsewhere.spki[31] ^= std::byte{1};
    if (part == 1) elsewhere.exporter[0] ^= std::byte{1};
    if (part == 2) elsewhere.nonce = RelayNonce::random(drawn());
    refused(request, elsewhere);
  }
  RelayRequest later = request;
  ++later.number;
  refused(later, here);
  RelayRequest other = request;
  std::get<RelayListen>(other.action).slot = SlotId::random(drawn());
  refused(other, here);
  other.action = RelayDelete{.key = owner().public_key,
                             .signature = std::get<RelayListen>(request.action).signature};
  refused(other, here);
}

TEST(RelaySignatures, CoverWhatIsFetchedAndAcknowledged) {
  const RelayBinding here = binding();
  RelayRequest fetch{.number = 2, .action = actions()[9]};
  sign(fetch, here, owner());
  ++std::get<RelayFetch>(fetch.action).after;
  EXPECT_FALSE(verify(fetch, here));
  RelayRequest acknowledge{.number = 2, .action = actions()[10]};
  sign(acknowledge, here, owner());
  std::get<RelayAcknowledge>(acknowledge.action).numbers.push_back(4);
  EXPECT_FALSE(verify(acknowledge, here));
}

TEST(RelaySignatures, AreAsTheHeaderSays) {
  const RelayBinding here = binding();
  RelayRequest request{.number = 0x01020304, .action = actions()[10]};
  sign(request, here, owner());
  Bytes covered = to_bytes("sotto relay 1");
  covered.push_back(std::byte{11});
  append(covered, owner().public_key.view());
  append(covered, here.nonce.view());
  append(covered, here.spki);
  append(covered, here.exporter);
  append_be(covered, std::uint32_t{0x01020304});
  append_be(covered, std::uint64_t{1});
  append_be(covered, std::uint64_t{300});
  EXPECT_EQ(std::get<RelayAcknowledge>(request.action).signature,
            crypto::sign(owner(), {covered}));
}

TEST(AccessTokens, AreVisibleAscii) {
  EXPECT_TRUE(is_access_token("a"));
  EXPECT_TRUE(is_access_token(std::string(access_token_limit, '~')));
  EXPECT_FALSE(is_access_token(""));
  EXPECT_FALSE(is_access_token(std::string(access_token_limit + 1, 'a')));
  EXPECT_FALSE(is_access_token("a b"));
  EXPECT_FALSE(is_access_token("a\n"));
  EXPECT_FALSE(is_access_token("\x7f"));
}

}  // namespace
}  // namespace sotto::wire
