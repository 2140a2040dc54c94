#include "node/onion_keeper.h"

#include <algorithm>

#include "tor/client_auth.h"
#include "unit/node/fake_tor.h"

namespace sotto::node {
namespace {

class OnionKeeperTest : public FakeTorTest {
 protected:
  std::shared_ptr<OnionHost> publish(OnionHost::Parameters wanted) {
    wanted.on_change = [this](const OnionStatus& status) { changes_.push_back(status); };
    onion_ = manager_->publish(std::move(wanted));
    return onion_;
  }
  std::shared_ptr<OnionHost> publish() { return publish(parameters()); }
  Result<void> reachable(milliseconds limit = patience) {
    return run(onion_->reachable(in(limit)));
  }
  // The last ADD_ONION.
  std::string added() const {
    const auto last = std::ranges::find_if(
        tor_.commands.rbegin(), tor_.commands.rend(),
        [](const std::string& line) { return line.starts_with("ADD_ONION"); });
    return last == tor_.commands.rend() ? "" : *last;
  }
  static long count(const std::string& text, const std::string& part) {
    long found = 0;
    for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; ++at) ++found;
    return found;
  }
  static crypto::X25519PublicKey client() {
    return crypto::X25519KeyPair::generate(system_entropy()).public_key;
  }
  static std::string word(const crypto::X25519PublicKey& key) {
    return "ClientAuthV3=" + tor::client_key_base32(key);
  }

  std::vector<OnionStatus> changes_;
  std::shared_ptr<OnionHost> onion_;
};

TEST_F(OnionKeeperTest, PublishesAndConnectsToItself) {
  begin();
  publish();
  must(reachable());
  EXPECT_EQ(tor_.asked_for, std::vector{address().host() + ":9735"});
  // From the directory that has it, so that tor does not learn whom not to ask.
  EXPECT_EQ(tor_.count("HSFETCH " + address().id() + " SERVER=" + FakeTor::directory), 1);
  // Open to everybody: no keys at all.
  EXPECT_FALSE(added().contains("V3Auth")) << added();
  EXPECT_TRUE(added().contains("DiscardPK")) << added();
  EXPECT_FALSE(added().contains("Detach")) << added();
  EXPECT_TRUE(added().contains("Port=9735,127.0.0.1:1")) << added();
  EXPECT_EQ(tor_.count("ONION_CLIENT_AUTH_ADD"), 0);
  const OnionStatus status = onion_->status();
  EXPECT_EQ(status.address, address().host());
  EXPECT_EQ(status.port, 9735);
  EXPECT_TRUE(status.uploaded);
  EXPECT_TRUE(status.reachable);
  EXPECT_TRUE(status.proof_of_work);
  EXPECT_TRUE(status.last_probe);
  EXPECT_FALSE(status.trouble);
  EXPECT_EQ(status.clients, 0u);
  EXPECT_TRUE(changes_.back().reachable);

  must(run(onion_->close()));
  EXPECT_EQ(tor_.count("DEL_ONION " + address().id()), 1);
  EXPECT_TRUE(tor_.services.empty());
  EXPECT_EQ(error_of(reachable()), "route.closed");
  must(run(onion_->close()));
}

TEST_F(OnionKeeperTest, LetsItselfInWithAKeyOfItsOwn) {
  begin();
  auto wanted = parameters();
  const auto anna = client();
  wanted.clients = {anna};
  publish(std::move(wanted));
  must(reachable());
  EXPECT_TRUE(added().contains("V3Auth")) << added();
  EXPECT_TRUE(added().contains(word(anna))) << added();
  EXPECT_EQ(count(added(), "ClientAuthV3="), 2);
  EXPECT_EQ(tor_.count("ONION_CLIENT_AUTH_ADD " + address().id() + " x25519:"), 1);
  EXPECT_EQ(onion_->status().clients, 1u);
}

TEST_F(OnionKeeperTest, NobodyIsNotEverybody) {
  begin();
  auto wanted = parameters();
  wanted.clients.emplace();
  publish(std::move(wanted));
  must(reachable());
  EXPECT_TRUE(added().contains("V3Auth")) << added();
  EXPECT_EQ(count(added(), "ClientAuthV3="), 1);
  EXPECT_EQ(onion_->status().clients, 0u);
}

TEST_F(OnionKeeperTest, ChangesItsClients) {
  begin();
  auto wanted = parameters();
  const auto anna = client();
  const auto bob = client();
  wanted.clients = {anna};
  publish(std::move(wanted));
  must(reachable());
  must(run(onion_->set_clients({bob})));
  EXPECT_TRUE(added().contains(word(bob))) << added();
  EXPECT_FALSE(added().contains(word(anna))) << added();
  // The old one is removed in the same breath.
  ASSERT_EQ(tor_.count("DEL_ONION"), 1);
  const auto removed = std::ranges::find(tor_.commands, "DEL_ONION " + address().id());
  EXPECT_EQ(*(removed + 1), added());
  // It is looked for anew, with the key that tor has already.
  must(reachable());
  EXPECT_EQ(tor_.asked_for.size(), 2u);
  EXPECT_EQ(tor_.count("HSFETCH"), 2);
  EXPECT_EQ(tor_.count("ONION_CLIENT_AUTH_ADD"), 1);
}

TEST_F(OnionKeeperTest, ClientsAreKeptForALaterTor) {
  tor_.go_down();
  begin();
  auto wanted = parameters();
  wanted.clients.emplace();
  publish(std::move(wanted));
  const auto anna = client();
  must(run(onion_->set_clients({anna})));
  EXPECT_EQ(error_of(reachable()), "tor.control.closed");
  tor_.come_up();
  until([&] { return onion_->status().reachable; });
  EXPECT_TRUE(added().contains(word(anna))) << added();
}

TEST_F(OnionKeeperTest, IsThereAgainWhenTorIs) {
  begin();
  auto wanted = parameters();
  wanted.clients.emplace();
  publish(std::move(wanted));
  must(reachable());
  tor_.go_down();
  until([&] { return !onion_->status().reachable; });
  EXPECT_FALSE(onion_->status().uploaded);
  EXPECT_TRUE(recorder_.lost.size() == 1);
  tor_.come_up();
  must(reachable());
  EXPECT_EQ(tor_.count("ADD_ONION"), 2);
  EXPECT_EQ(tor_.count("ONION_CLIENT_AUTH_ADD"), 2);
  EXPECT_EQ(recorder_.back, 1);
}

TEST_F(OnionKeeperTest, TakesThePlaceOfItsOwnLeftover) {
  begin();
  tor_.services.insert(address().id());
  publish();
  must(reachable());
  EXPECT_EQ(tor_.count("ADD_ONION"), 2);
  EXPECT_EQ(tor_.count("DEL_ONION"), 1);
}

// A connection that ended without tor noticing still has the service.
TEST_F(OnionKeeperTest, WaitsUntilTorHasForgottenIt) {
  begin();
  publish();
  must(reachable());
  tor_.keeps_services = true;
  bool refuse = true;
  tor_.go_down();
  tor_.come_up();
  auto usual = tor_.control->port.custom;
  tor_.control->port.custom = [&](const std::string& keyword, const std::string& rest) {
    if (refuse && keyword == "DEL_ONION") {
      return std::optional<std::string>("552 Unknown Onion Service id\r\n");
    }
    return usual(keyword, rest);
  };
  until([&] {
    const auto trouble = onion_->status().trouble;
    return trouble && trouble->is(tor::Errc::onion_collision);
  });
  EXPECT_EQ(error_of(reachable(milliseconds(50))), "tor.onion.unpublished");
  refuse = false;
  must(reachable());
}

TEST_F(OnionKeeperTest, RestsAfterARefusal) {
  TorTiming patient = timing();
  patient.publish_pause = std::chrono::seconds(60);
  begin(patient);
  auto usual = tor_.control->port.custom;
  tor_.control->port.custom = [&](const std::string& keyword, const std::string& rest) {
    const auto answer = usual(keyword, rest);
    return keyword == "ADD_ONION" ? "551 Failed to add Onion Service\r\n" : answer;
  };
  publish();
  until([&] { return onion_->status().trouble.has_value(); });
  EXPECT_FALSE(reachable(milliseconds(100)));
  EXPECT_EQ(tor_.count("ADD_ONION"), 1);
}

TEST_F(OnionKeeperTest, DoesWithoutTheDefenceWhereTorHasNone) {
  tor_.has_proof_of_work = false;
  begin();
  publish();
  must(reachable());
  EXPECT_FALSE(onion_->status().proof_of_work);
  EXPECT_EQ(tor_.count("ADD_ONION"), 2);
  ASSERT_EQ(recorder_.notices.size(), 1u);
  EXPECT_EQ(recorder_.notices[0].name(), "tor.pow.unsupported");
  // It is not tried again with this tor.
  must(run(onion_->set_clients({client()})));
  EXPECT_EQ(tor_.count("ADD_ONION"), 3);
  EXPECT_EQ(recorder_.notices.size(), 1u);
}

TEST_F(OnionKeeperTest, TakesOtherCircuitsWhenNobodyAnswers) {
  begin();
  tor_.replies = {0xf0, 0xf0, 0xf2};
  publish();
  must(reachable());
  ASSERT_EQ(tor_.users.size(), 4u);
  auto users = tor_.users;
  std::ranges::sort(users);
  EXPECT_EQ(std::ranges::unique(users).begin(), users.end());
  const auto silent = [](const OnionStatus& status) {
    return status.trouble && status.trouble->is(tor::Errc::descriptor_missing);
  };
  EXPECT_TRUE(std::ranges::any_of(changes_, silent));
  // It was published but once: the descriptor needed its time.
  EXPECT_EQ(tor_.count("ADD_ONION"), 1);
}

TEST_F(OnionKeeperTest, IsPublishedAnewWhenItNeverAnswers) {
  TorTiming quick = timing();
  quick.renewal = milliseconds(1);
  begin(quick);
  tor_.replies = std::deque<int>(8, 0xf0);
  publish();
  must(reachable());
  EXPECT_EQ(tor_.count("ADD_ONION"), 2);
  EXPECT_EQ(tor_.count("DEL_ONION"), 1);
}

TEST_F(OnionKeeperTest, IsPublishedAnewWhenItAnswersNoMore) {
  begin();
  auto wanted = parameters();
  wanted.probe_every = milliseconds(20);
  publish(std::move(wanted));
  must(reachable());
  // Once is chance.
  tor_.replies = {0xf2};
  until([&] { return !onion_->status().reachable; });
  must(reachable());
  EXPECT_EQ(tor_.count("ADD_ONION"), 1);
  tor_.replies = {0xf2, 0xf3};
  until([&] { return tor_.count("ADD_ONION") == 2; });
  must(reachable());
}

TEST_F(OnionKeeperTest, GivesTorItsKeyAgainWhenItIsNotLetIn) {
  begin();
  auto wanted = parameters();
  wanted.clients.emplace();
  tor_.replies = {0xf5};
  publish(std::move(wanted));
  must(reachable());
  EXPECT_EQ(tor_.count("ONION_CLIENT_AUTH_ADD"), 2);
}

TEST_F(OnionKeeperTest, LooksWithoutAnUploadAfterAWhile) {
  tor_.uploads = false;
  begin();
  publish();
  must(reachable());
  EXPECT_FALSE(onion_->status().uploaded);
  EXPECT_EQ(tor_.count("HSFETCH " + address().id() + " SERVER="), 0);
}

TEST_F(OnionKeeperTest, SaysWhyItIsNotReachable) {
  TorTiming quick = timing();
  quick.probe = milliseconds(50);
  begin(quick);
  tor_.replies = std::deque<int>(100, 0xf3);
  publish();
  const auto result = reachable(milliseconds(200));
  EXPECT_EQ(error_of(result), "tor.onion.unpublished");
  EXPECT_TRUE(result.error().text().contains("rendezvous")) << result.error().text();
}

TEST_F(OnionKeeperTest, AChangeInterruptsAProbeThatHangs) {
  begin();
  auto wanted = parameters();
  wanted.clients.emplace();
  tor_.replies = {FakeTor::no_answer};
  publish(std::move(wanted));
  until([&] { return tor_.asked_for.size() == 1; });
  must(run(onion_->set_clients({client()})));
  must(reachable());
  tor_.replies = {FakeTor::no_answer};
  must(run(onion_->set_clients({})));
  until([&] { return tor_.asked_for.size() == 3; });
  must(run(onion_->close()));
}

TEST_F(OnionKeeperTest, DoesNotWaitForATorThatHangs) {
  TorTiming impatient = timing();
  impatient.farewell = milliseconds(100);
  impatient.answer = std::chrono::seconds(60);
  begin(impatient);
  publish();
  must(reachable());
  tor_.control->port.trouble = FakeControlPort::Trouble::silence;
  const auto before = std::chrono::steady_clock::now();
  must(run(onion_->close()));
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(5));
}

TEST_F(OnionKeeperTest, EndsWithItsTor) {
  begin();
  publish();
  must(reachable());
  must(run(manager_->stop()));
  EXPECT_EQ(error_of(reachable()), "route.closed");
  // Another may be published with the tor that comes then.
  tor_.services.clear();
  publish();
  must(reachable());
}

}  // namespace
}  // namespace sotto::node
