#include "relay/desk.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include "kept.h"

namespace sotto::relay {
namespace {

using wire::RelayRefusal;

class DeskTest : public testing::Test {
 protected:
  TempDir dir;
  SeededEntropy entropy{31};
  boost::asio::io_context loop;  // outlives the store, whose thread posts to it
  std::unique_ptr<Store> store = must(Store::open(dir.path() / "s", entropy));
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard{
      loop.get_executor()};
  crypto::Ed25519KeyPair owner = crypto::Ed25519KeyPair::generate(entropy);
  wire::MailboxId box = *wire::MailboxId::from(owner.public_key.view());
  Limits limits;
  WallTime now = from_unix_ms(1'800'000'000'000);
  Visitor visitor = new_visitor();

  Visitor new_visitor() {
    Visitor out;
    out.binding = {.spki = entropy.bytes<32>(),
                   .exporter = entropy.bytes<32>(),
                   .nonce = wire::RelayNonce::random(entropy)};
    return out;
  }
  wire::RelayRequest signed_request(std::uint32_t number) {
    wire::RelayRequest request{.number = number, .action = wire::RelayOpenMailbox{box}};
    sign(request, visitor.binding, owner);
    return request;
  }
  auto checked(const wire::RelayRequest& request, const AccessTokens* tokens = nullptr,
               bool rate_holds = true) {
    return check(visitor, request, tokens, rate_holds, *store);
  }
  std::string asked(wire::RelayAction action) {
    std::optional<Kept> out;
    boost::asio::co_spawn(loop, keep(*store, std::move(action), visitor.payer, limits, now),
                          [&](const std::exception_ptr&, Kept kept) { out = std::move(kept); });
    while (!out) loop.run_one();
    if (out->error) return out->error->name();
    const auto* no = std::get_if<wire::RelayRefused>(&out->reply);
    return no == nullptr ? "" : "refused " + std::to_string(static_cast<int>(no->reason));
  }
};

TEST_F(DeskTest, RequestsCountUp) {
  EXPECT_TRUE(checked(signed_request(1)));
  EXPECT_TRUE(checked(signed_request(2)));
  for (const std::uint32_t wrong : {2U, 4U}) {
    const auto verdict = checked(signed_request(wrong));
    ASSERT_FALSE(verdict);
    EXPECT_EQ(verdict.error().close, CloseCode::protocol_error);
    EXPECT_FALSE(verdict.error().refusal);
  }
}

TEST_F(DeskTest, ASignatureOfAnotherConnectionOrRequestIsRefused) {
  const auto request = signed_request(1);
  visitor = new_visitor();
  auto verdict = checked(request);
  ASSERT_FALSE(verdict);
  EXPECT_EQ(verdict.error().refusal, RelayRefusal::signature);
  EXPECT_FALSE(verdict.error().close);
  auto replayed = signed_request(1);
  replayed.number = 2;
  verdict = checked(replayed);
  ASSERT_FALSE(verdict);
  EXPECT_EQ(verdict.error().refusal, RelayRefusal::signature);
  EXPECT_TRUE(checked(signed_request(3)));
}

TEST_F(DeskTest, TheFirstRequestBringsTheToken) {
  const auto tokens = must(AccessTokens::parse("sesame Ada\nother Ben", "f"));
  wire::RelayRequest request{.number = 1, .action = wire::RelayGet{owner.public_key}};
  for (const char* wrong : {"", "sesam", "sesame2"}) {
    visitor = new_visitor();
    request.access_token = wrong;
    const auto verdict = checked(request, &tokens);
    ASSERT_FALSE(verdict) << wrong;
    EXPECT_EQ(verdict.error().refusal, RelayRefusal::token);
    EXPECT_EQ(verdict.error().close, CloseCode::token);
  }
  visitor = new_visitor();
  request.access_token = "sesame";
  EXPECT_TRUE(checked(request, &tokens));
  EXPECT_EQ(visitor.token_name, "Ada");
  const Payer ada = visitor.payer;
  request = {.number = 2, .access_token = "", .action = wire::RelayGet{owner.public_key}};
  EXPECT_TRUE(checked(request, &tokens));  // once is enough
  visitor = new_visitor();
  request.number = 1;
  request.access_token = "other";
  EXPECT_TRUE(checked(request, &tokens));
  EXPECT_NE(visitor.payer, ada);
}

TEST_F(DeskTest, TooManyRequestsEndTheConnection) {
  const auto verdict = checked(signed_request(1), nullptr, false);
  ASSERT_FALSE(verdict);
  EXPECT_EQ(verdict.error().refusal, RelayRefusal::rate);
  EXPECT_EQ(verdict.error().close, CloseCode::rate);
}

TEST_F(DeskTest, KeepsWhatItIsGiven) {
  const Bytes blob =
      wire::sign_record_blob(owner, 1, Bytes(wire::record_sealed_bytes, std::byte{1}));
  EXPECT_EQ(asked(wire::RelayPut{blob}), "");
  EXPECT_EQ(asked(wire::RelayGet{owner.public_key}), "");
  Bytes forged = blob;
  forged.back() ^= std::byte{1};
  EXPECT_EQ(asked(wire::RelayPut{forged}), "refused 2");
  EXPECT_EQ(asked(wire::RelayDelete{owner.public_key}), "");
  EXPECT_EQ(asked(wire::RelayGet{owner.public_key}), "refused 6");
  EXPECT_EQ(asked(wire::RelayOpenMailbox{box}), "");
  const wire::RelayDeposit deposit{
      .mailbox = box, .id = wire::DepositId::random(entropy), .content = Bytes(512)};
  EXPECT_EQ(asked(deposit), "");
  EXPECT_EQ(asked(wire::RelayFetch{.mailbox = box}), "");
  EXPECT_EQ(asked(wire::RelayAcknowledge{.mailbox = box, .numbers = {1}}), "");
  EXPECT_EQ(asked(wire::RelayCloseMailbox{box}), "");
  EXPECT_EQ(asked(deposit), "refused 6");
}

TEST_F(DeskTest, KnowsWhatIsKept) {
  EXPECT_TRUE(is_kept(wire::RelayDeposit{}));
  EXPECT_TRUE(is_kept(wire::RelayGet{}));
  EXPECT_FALSE(is_kept(wire::RelayListen{}));
  EXPECT_FALSE(is_kept(wire::RelayOpen{}));
  EXPECT_FALSE(is_kept(wire::RelayTake{}));
}

}  // namespace
}  // namespace sotto::relay
