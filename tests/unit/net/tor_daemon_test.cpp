// That a real tor says what tor/ expects it to say.
#include "net/local_stream.h"
#include "tor/client_auth.h"
#include "tor/onion_command.h"
#include "tor/quoting.h"
#include "unit/net/real_tor.h"

namespace sotto::net {
namespace {

class TorDaemonTest : public RealTorTest {
 protected:
  TorDaemonTest() {
    service_.key = crypto::Ed25519KeyPair::generate(entropy_);
    service_.ports.push_back({.virtual_port = 9735, .target = tor::LoopbackPort{4000}});
  }

  tor::OnionAddress address() const { return tor::OnionAddress(service_.key->public_key); }
  Result<tor::AddedOnion> add(TorControl& control) {
    return tor::read_add_onion(ask(control, must(tor::add_onion(service_))), service_);
  }
  std::string get(TorControl& control, std::string_view key) {
    return must(tor::read_get_info(ask(control, tor::get_info({key})))).at(std::string(key));
  }

  std::unique_ptr<TorProcess> process_ = start();
  std::shared_ptr<TorControl> control_connection_ = connect();
  TorControl& control() { return *control_connection_; }
  crypto::X25519KeyPair client_ = crypto::X25519KeyPair::generate(entropy_);
  tor::OnionService service_;
};

TEST_F(TorDaemonTest, TellsWhoItIsAndHowFarItIs) {
  EXPECT_TRUE(control().info().safe_cookie);
  EXPECT_EQ(control().info().cookie_file, data_ / "cookie");
  EXPECT_TRUE(get(control(), "version").starts_with(control().info().version));
  EXPECT_EQ(control().info().version, must(tor_version(must(find_tor("tor")))));
  const auto phase = must(tor::read_bootstrap_phase(get(control(), "status/bootstrap-phase")));
  EXPECT_EQ(phase.progress, 0);
  EXPECT_EQ(phase.summary, "Starting");
  must(tor::read_ok(ask(control(), tor::set_events({"STATUS_CLIENT", "STATUS_GENERAL",
                                                    "HS_DESC", "CIRC", "NETWORK_LIVENESS"}))));
}

TEST_F(TorDaemonTest, RefusalsAreTold) {
  EXPECT_EQ(error_of(tor::read_get_info(ask(control(), tor::get_info({"no/such/key"})))),
            "tor.control.refused");
  EXPECT_EQ(error_of(tor::read_ok(ask(control(), tor::Command("NONSENSE")))),
            "tor.control.refused");
  EXPECT_EQ(error_of(tor::read_ok(ask(control(), tor::set_events({"NO_SUCH_EVENT"})))),
            "tor.control.refused");
}

TEST_F(TorDaemonTest, AServiceOfOurKeyComesAndGoes) {
  EXPECT_EQ(must(add(control())).address, address());
  EXPECT_TRUE(get(control(), "onions/current").contains(address().id()));
  EXPECT_EQ(error_of(add(control())), "tor.onion.collision");
  must(tor::read_del_onion(ask(control(), tor::del_onion(address()))));
  EXPECT_EQ(error_of(tor::read_del_onion(ask(control(), tor::del_onion(address())))),
            "tor.onion.unknown");
  EXPECT_EQ(must(add(control())).address, address());
}

TEST_F(TorDaemonTest, AServiceWithAllThatCanBeAsked) {
  service_.ports.push_back({.virtual_port = 80, .target = tor::SocketPath{"/tmp/sotto.sock"}});
  service_.clients = {client_.public_key, crypto::X25519KeyPair::generate(entropy_).public_key};
  service_.proof_of_work = tor::ProofOfWork{.queue_rate = 250, .queue_burst = 2500};
  service_.max_streams = 64;
  EXPECT_EQ(must(add(control())).address, address());
  must(tor::read_del_onion(ask(control(), tor::del_onion(address()))));
  service_.detach = true;
  EXPECT_EQ(must(add(control())).address, address());
  control_connection_ = nullptr;
  control_connection_ = connect();
  EXPECT_EQ(error_of(add(control())), "tor.onion.collision");
  EXPECT_TRUE(get(control(), "onions/detached").contains(address().id()));
}

TEST_F(TorDaemonTest, TorMakesAKey) {
  service_.key.reset();
  const auto added = must(add(control()));
  ASSERT_TRUE(added.new_key);
  EXPECT_TRUE(as_text(added.new_key->view()).starts_with("ED25519-V3:"));
}

// The words by which a tor without proof of work is known.
TEST_F(TorDaemonTest, AnUnknownKeywordIsCalledThat) {
  tor::Command command("ADD_ONION");
  command.word("NEW:ED25519-V3").word("NoSuchKeyword=1").word("Port=80,127.0.0.1:4000");
  const tor::Reply reply = ask(control(), std::move(command));
  EXPECT_EQ(reply.status, 512);
  EXPECT_TRUE(reply.last().contains("Unrecognized keyword argument")) << reply.last();
}

TEST_F(TorDaemonTest, ClientsAndTheirFlagBelongTogether) {
  tor::Command clients("ADD_ONION");
  clients.word("NEW:ED25519-V3").word("Port=80,127.0.0.1:4000");
  clients.word("ClientAuthV3=" + tor::client_key_base32(client_.public_key));
  tor::Command flag("ADD_ONION");
  flag.word("NEW:ED25519-V3").word("Flags=V3Auth").word("Port=80,127.0.0.1:4000");
  for (tor::Command* command : {&clients, &flag}) {
    const tor::Reply reply = ask(control(), std::move(*command));
    EXPECT_EQ(reply.status, 512) << reply.last();
    EXPECT_TRUE(reply.last().starts_with("No auth ")) << reply.last();
  }
}

TEST_F(TorDaemonTest, KeysOfServicesThatWeVisit) {
  EXPECT_EQ(must(tor::read_client_auth_add(
                ask(control(), tor::client_auth_add(address(), client_.secret)))),
            tor::ClientAuthAdded::registered);
  const auto other = crypto::X25519KeyPair::generate(entropy_);
  EXPECT_EQ(must(tor::read_client_auth_add(
                ask(control(), tor::client_auth_add(address(), other.secret)))),
            tor::ClientAuthAdded::replaced);
  EXPECT_TRUE(
      must(tor::read_client_auth_remove(ask(control(), tor::client_auth_remove(address())))));
  EXPECT_FALSE(
      must(tor::read_client_auth_remove(ask(control(), tor::client_auth_remove(address())))));
}

TEST_F(TorDaemonTest, OptionsWithQuotesArriveAsTheyAre) {
  const std::string nick = "a \"quoted\\ #name";
  must(tor::read_ok(ask(control(), must(tor::set_conf({{"ContactInfo", nick}})))));
  tor::Command command("GETCONF");
  command.word("ContactInfo");
  EXPECT_EQ(ask(control(), std::move(command)).last(), "ContactInfo=" + *tor::quote(nick));
}

TEST_F(TorDaemonTest, EndsWithTheConnectionThatOwnsIt) {
  must(tor::read_ok(ask(control(), tor::take_ownership())));
  must(tor::read_ok(ask(control(), tor::reset_conf({"__OwningControllerProcess"}))));
  control().close();
  until([&] { return !ended_.empty(); });
  EXPECT_TRUE(ended_[0].text().contains("with exit code 0")) << ended_[0].text();
}

TEST_F(TorDaemonTest, EndsWhenItIsToldTo) {
  std::vector<std::string> closed;
  control().set_handlers({}, [&](const Error& why) { closed.push_back(why.name()); });
  must(tor::read_ok(ask(control(), tor::signal(tor::Signal::shutdown))));
  until([&] { return !ended_.empty() && !closed.empty(); });
  EXPECT_EQ(closed, std::vector<std::string>{"tor.control.closed"});
  EXPECT_EQ(tor_holding(data_), std::nullopt);
}

TEST_F(TorDaemonTest, SignalsThatWeSend) {
  for (const auto signal :
       {tor::Signal::active, tor::Signal::new_identity, tor::Signal::reload}) {
    must(tor::read_ok(ask(control(), tor::signal(signal))));
  }
}

TEST_F(TorDaemonTest, ASecondAuthenticationIsARefusal) {
  EXPECT_FALSE(ask(control(), tor::Command("AUTHCHALLENGE")).ok());
}

TEST_F(TorDaemonTest, AnotherProgramsCookieIsNotTaken) {
  std::ofstream(data_ / "cookie") << std::string(32, 'x');
  EXPECT_EQ(error_of(finish(io_, TorControl::open(io_.get_executor(), control_, Secret(),
                                                  entropy_, soon()))),
            "tor.control.forged");
}

}  // namespace
}  // namespace sotto::net
