#include "node/relay_directory.h"

#include <gtest/gtest.h>

#include "node/relay_errors.h"
#include "support/fake_relay.h"
#include "support/results.h"
#include "support/run_real.h"
#include "wire/record_blob.h"

namespace sotto::node {
namespace {

class RelayDirectoryTest : public testing::Test {
 protected:
  RelayDirectoryTest() {
    // Keeps one record, as a relay would.
    relay_.on_request = [this](FakeRelay::Caller& caller, const wire::RelayRequest& request) {
      caller.answer(request, answer(caller, request));
    };
  }
  RelayAnswer answer(const FakeRelay::Caller& caller, const wire::RelayRequest& request) {
    if (refuses_) return wire::RelayRefused{*refuses_};
    if (!wire::verify(request, caller.binding)) {
      return wire::RelayRefused{wire::RelayRefusal::signature};
    }
    if (const auto* put = std::get_if<wire::RelayPut>(&request.action)) {
      kept_ = put->blob;
      return wire::RelayDone{};
    }
    if (!kept_) return wire::RelayRefused{wire::RelayRefusal::unknown};
    if (std::holds_alternative<wire::RelayGet>(request.action)) {
      return wire::RelayFound{*kept_};
    }
    kept_.reset();
    return wire::RelayDone{};
  }
  Result<void> put() { return finish(io_, directory_->put(blob_)); }
  Result<std::optional<Bytes>> get() { return finish(io_, directory_->get(pair_.public_key)); }
  Result<void> remove() {
    return finish(io_, directory_->remove({pair_.secret.copy(), pair_.public_key}));
  }

  SeededEntropy entropy_{4};
  const crypto::Ed25519KeyPair pair_ = crypto::Ed25519KeyPair::generate(entropy_);
  const Bytes blob_ =
      wire::sign_record_blob(pair_, 7, Bytes(wire::record_sealed_bytes, std::byte{1}));
  std::optional<Bytes> kept_;
  std::optional<wire::RelayRefusal> refuses_;
  boost::asio::io_context io_;
  FakeRelay relay_{io_};
  const SharedDirectory directory_ =
      relay_directory(std::make_shared<RelayDesk>(io_.get_executor(), relay_.place()));
};

TEST_F(RelayDirectoryTest, KeepsReturnsAndRemoves) {
  EXPECT_EQ(must(get()), std::nullopt);
  must(put());
  EXPECT_EQ(must(get()), blob_);
  must(remove());
  EXPECT_EQ(must(get()), std::nullopt);
  must(remove());  // gone already
  EXPECT_EQ(directory_->name(), "the relay relay.test:443");
  EXPECT_FALSE(directory_->is_near());
}

TEST_F(RelayDirectoryTest, RefusalsAreErrors) {
  for (const auto refusal : {wire::RelayRefusal::older, wire::RelayRefusal::quota,
                             wire::RelayRefusal::rate, wire::RelayRefusal::store}) {
    refuses_ = refusal;
    EXPECT_FALSE(put().has_value());
    EXPECT_FALSE(get().has_value());
    EXPECT_FALSE(remove().has_value());
  }
  refuses_ = wire::RelayRefusal::older;
  EXPECT_TRUE(put().error().is(RelayErrc::older));
}

}  // namespace
}  // namespace sotto::node
