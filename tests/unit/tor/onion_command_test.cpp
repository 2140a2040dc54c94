#include "tor/onion_command.h"

#include "support/fake_control_port.h"
#include "unit/tor/testing.h"

namespace sotto::tor {
namespace {

std::string line_of(const Command& command) {
  return to_string(command.line().view());
}

class OnionCommandTest : public testing::Test {
 protected:
  OnionCommandTest() {
    port_.authenticated = true;
    port_.service_id = address_.id();
    service_.key = test::key_pair(1);
    service_.ports.push_back({.virtual_port = 9735, .target = LoopbackPort{4000}});
  }

  Result<AddedOnion> add() {
    const Command command = must(add_onion(service_));
    return read_add_onion(test::reply(port_.take(command.line().view())), service_);
  }

  Result<AddedOnion> read(const std::string& text) {
    return read_add_onion(test::reply(text), service_);
  }

  FakeControlPort port_;
  SeededEntropy entropy_{4};
  crypto::X25519KeyPair client_ = crypto::X25519KeyPair::generate(entropy_);
  OnionAddress address_{test::key_pair(1).public_key};
  OnionService service_;
};

TEST_F(OnionCommandTest, AddsAServiceOfOurKey) {
  EXPECT_EQ(must(add()).address, address_);
  const std::string blob = to_string(onion_key_blob(service_.key->secret).view());
  EXPECT_EQ(port_.commands.back(),
            "ADD_ONION ED25519-V3:" + blob + " Flags=DiscardPK Port=9735,127.0.0.1:4000");
}

TEST_F(OnionCommandTest, SaysAllThatIsAsked) {
  service_.ports.push_back({.virtual_port = 80, .target = SocketPath{"/run/user/1/s.sock"}});
  service_.clients = {client_.public_key};
  service_.proof_of_work = ProofOfWork{.queue_rate = 250, .queue_burst = 2500};
  service_.max_streams = 64;
  service_.detach = true;
  must(add());
  const std::string line = port_.commands.back();
  EXPECT_EQ(line.substr(line.find(" Flags=")),
            " Flags=DiscardPK,Detach,V3Auth,MaxStreamsCloseCircuit MaxStreams=64 "
            "PoWDefensesEnabled=1 PoWQueueRate=250 PoWQueueBurst=2500 "
            "Port=9735,127.0.0.1:4000 Port=80,unix:/run/user/1/s.sock ClientAuthV3=" +
                client_key_base32(client_.public_key));
}

TEST_F(OnionCommandTest, LogsShowNeitherKeyNorClients) {
  service_.clients = {client_.public_key};
  EXPECT_EQ(must(add_onion(service_)).redacted(),
            "ADD_ONION ED25519-V3:[key] Flags=DiscardPK,V3Auth Port=9735,127.0.0.1:4000 "
            "ClientAuthV3=[client]");
  EXPECT_EQ(client_auth_add(address_, client_.secret).redacted(),
            "ONION_CLIENT_AUTH_ADD " + address_.id() + " [key]");
}

TEST_F(OnionCommandTest, TorMayMakeTheKey) {
  service_.key.reset();
  const auto added = must(add());
  EXPECT_TRUE(port_.commands.back().starts_with("ADD_ONION NEW:ED25519-V3 Port="));
  ASSERT_TRUE(added.new_key);
  EXPECT_EQ(as_text(added.new_key->view()), "ED25519-V3:c2VjcmV0");
  EXPECT_EQ(error_of(read("250-ServiceID=" + address_.id() + "\r\n250 OK\r\n")),
            "tor.control.reply");
}

TEST_F(OnionCommandTest, ASocketPathCannotAddAWord) {
  for (const std::string& path :
       {std::string("relative"), std::string("/a b"), std::string("/a\r\nSIGNAL HALT"),
        std::string("/a\"b"), std::string("/a,b"), std::string("/\xc3\xa4")}) {
    service_.ports = {{.virtual_port = 80, .target = SocketPath{path}}};
    EXPECT_EQ(error_of(add_onion(service_)), "tor.control.argument") << path;
  }
}

TEST_F(OnionCommandTest, WithoutProofOfWorkIsAskedAgain) {
  port_.has_proof_of_work = false;
  service_.proof_of_work = ProofOfWork{};
  EXPECT_EQ(error_of(add()), "tor.pow.unsupported");
  service_.proof_of_work.reset();
  EXPECT_TRUE(add());
  EXPECT_EQ(error_of(read("512 Bad arguments to ADD_ONION: Unrecognized keyword argument "
                          "\"PoWDefensesEnabled\"\r\n")),
            "tor.control.refused")
      << "it was not asked for";
}

TEST_F(OnionCommandTest, RefusalsAreTold) {
  EXPECT_EQ(error_of(read("550 Onion address collision\r\n")), "tor.onion.collision");
  EXPECT_EQ(error_of(read("551 Failed to add Onion Service\r\n")), "tor.control.refused");
  EXPECT_EQ(error_of(read("512 No auth type specified\r\n")), "tor.control.refused");
  EXPECT_EQ(error_of(read("512 Invalid VIRTPORT/TARGET\r\n")), "tor.control.refused");
}

TEST_F(OnionCommandTest, AnotherAddressIsNone) {
  const OnionAddress other(test::key_pair(2).public_key);
  EXPECT_EQ(error_of(read("250-ServiceID=" + other.id() + "\r\n250 OK\r\n")),
            "tor.control.reply");
  EXPECT_EQ(error_of(read("250-ServiceID=abc\r\n250 OK\r\n")), "tor.control.reply");
  EXPECT_EQ(error_of(read("250 OK\r\n")), "tor.control.reply");
}

TEST_F(OnionCommandTest, Removes) {
  const Command command = del_onion(address_);
  EXPECT_EQ(line_of(command), "DEL_ONION " + address_.id() + "\r\n");
  EXPECT_TRUE(read_del_onion(test::reply(port_.take(command.line().view()))));
  port_.service_id = "";
  EXPECT_EQ(error_of(read_del_onion(test::reply(port_.take(command.line().view())))),
            "tor.onion.unknown");
  EXPECT_EQ(error_of(read_del_onion(test::reply("512 Malformed Onion Service id\r\n"))),
            "tor.control.refused");
}

TEST_F(OnionCommandTest, AddsAndRemovesAClientsKey) {
  EXPECT_EQ(line_of(client_auth_add(address_, client_.secret)),
            "ONION_CLIENT_AUTH_ADD " + address_.id() +
                " x25519:" + to_base64(client_.secret.view()) + "\r\n");
  const auto added = [](std::string_view text) {
    return must(read_client_auth_add(test::reply(text)));
  };
  EXPECT_EQ(added("250 OK\r\n"), ClientAuthAdded::registered);
  EXPECT_EQ(added("251 Client for onion existed and replaced\r\n"), ClientAuthAdded::replaced);
  EXPECT_EQ(added("252 Registered client and decrypted desc\r\n"), ClientAuthAdded::decrypted);
  for (const char* text : {"512 Invalid v3 address\r\n", "551 Client exists\r\n",
                           "553 Unable to store creds\r\n"}) {
    EXPECT_EQ(error_of(read_client_auth_add(test::reply(text))), "tor.control.refused");
  }
  EXPECT_EQ(line_of(client_auth_remove(address_)),
            "ONION_CLIENT_AUTH_REMOVE " + address_.id() + "\r\n");
  EXPECT_TRUE(must(read_client_auth_remove(test::reply("250 OK\r\n"))));
  EXPECT_FALSE(must(read_client_auth_remove(test::reply("251 No credentials for \"x\"\r\n"))));
  EXPECT_EQ(error_of(read_client_auth_remove(test::reply("512 Invalid v3 address\r\n"))),
            "tor.control.refused");
}

}  // namespace
}  // namespace sotto::tor
