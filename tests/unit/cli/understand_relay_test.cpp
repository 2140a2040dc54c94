// The words of relay.
#include "unit/cli/parsing.h"

namespace sotto::cli {
namespace {

using Args = std::vector<std::string>;

Args with(Args more) {
  Args all{"relay", "--listen", "127.0.0.1:8443", "--store", "d"};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

TEST(Relay, Runs) {
  const auto relay = command<RelayCommand>(with({"--self-signed"}));
  EXPECT_FALSE(relay.url);
  ASSERT_EQ(relay.options.listen.size(), 1U);
  EXPECT_EQ(relay.options.listen[0], (node::RelayPort{"127.0.0.1", 8443}));
  EXPECT_EQ(relay.options.store, "d");
  EXPECT_FALSE(relay.options.certificate_and_key);
  EXPECT_FALSE(relay.options.admin);
  EXPECT_FALSE(relay.options.log_addresses);
}

TEST(Relay, TakesAddressesOfBothFamilies) {
  const auto relay = command<RelayCommand>(
      with({"--listen", "[::1]:443", "--listen", "0.0.0.0:0", "--self-signed"}));
  ASSERT_EQ(relay.options.listen.size(), 3U);
  EXPECT_EQ(relay.options.listen[1], (node::RelayPort{"::1", 443}));
  EXPECT_EQ(relay.options.listen[2], (node::RelayPort{"0.0.0.0", 0}));
  for (const char* wrong : {"8443", ":8443", "localhost:1", "::1:1", "[::1]", "[127.0.0.1:1",
                            "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "1.2.3:4"}) {
    EXPECT_NE(refusal(with({"--self-signed", "--listen", wrong})).find("ADDRESS:PORT"),
              std::string::npos)
        << wrong;
  }
}

TEST(Relay, TakesItsLimits) {
  const auto limits =
      command<RelayCommand>(
          with({"--self-signed", "--max-connections", "10", "--connections-per-block", "2",
                "--requests-per-block", "3", "--rate-per-block", "1M", "--rate-per-slot", "2M",
                "--memory", "64M", "--store-size", "1G", "--mailbox-size", "5M", "--drain",
                "5s"}))
          .options.limits;
  EXPECT_EQ(limits.connections, 10U);
  EXPECT_EQ(limits.connections_a_block, 2U);
  EXPECT_EQ(limits.requests_a_block, 3U);
  EXPECT_EQ(limits.bytes_a_block, 1'000'000U);
  EXPECT_EQ(limits.bytes_a_slot, 2'000'000U);
  EXPECT_EQ(limits.memory, 64'000'000U);
  EXPECT_EQ(limits.stored, 1'000'000'000U);
  EXPECT_EQ(limits.a_mailbox, 5'000'000U);
  EXPECT_EQ(limits.drain, seconds(5));
  EXPECT_NE(refusal(with({"--self-signed", "--max-connections", "0"})), "");
}

TEST(Relay, HasOneCertificate) {
  const auto relay = command<RelayCommand>(with({"--cert", "c", "--key", "k"}));
  ASSERT_TRUE(relay.options.certificate_and_key);
  EXPECT_EQ(relay.options.certificate_and_key->first, "c");
  EXPECT_EQ(relay.options.certificate_and_key->second, "k");
  EXPECT_NE(refusal(with({})).find("--self-signed"), std::string::npos);
  EXPECT_NE(refusal(with({"--cert", "c"})).find("--key"), std::string::npos);
  EXPECT_NE(refusal(with({"--cert", "c", "--key", "k", "--self-signed"})), "");
}

TEST(Relay, ShowsItsPagesToThisMachineAlone) {
  EXPECT_EQ(command<RelayCommand>(with({"--self-signed", "--admin", "[::1]:9"})).options.admin,
            (node::RelayPort{"::1", 9}));
  for (const char* wrong : {"0.0.0.0:9", "192.0.2.1:9", "[::]:9"}) {
    EXPECT_NE(refusal(with({"--self-signed", "--admin", wrong})).find("this machine alone"),
              std::string::npos)
        << wrong;
  }
}

TEST(Relay, SaysItsUrl) {
  const Args ask{"relay", "url", "--listen", "0.0.0.0:443", "--store", "d"};
  const auto relay = command<RelayCommand>(ask);
  EXPECT_TRUE(relay.url);
  EXPECT_FALSE(relay.host);
  const auto and_then = [&](Args more) {
    more.insert(more.begin(), ask.begin(), ask.end());
    return more;
  };
  EXPECT_EQ(command<RelayCommand>(and_then({"--host", "a.example"})).host, "a.example");
  EXPECT_EQ(command<RelayCommand>(and_then({"--host", "2001:db8::1"})).host, "2001:db8::1");
  EXPECT_EQ(command<RelayCommand>(and_then({"--cert", "c"})).options.certificate_and_key->first,
            "c");
  EXPECT_NE(refusal(and_then({"--host", "a b"})), "");
  EXPECT_NE(refusal(and_then({"--listen", "127.0.0.1:1"})), "");
  EXPECT_NE(refusal(with({"--self-signed", "--host", "x"})).find("relay url"),
            std::string::npos);
  EXPECT_NE(refusal({"relay", "url", "--listen", "127.0.0.1:0", "--store", "d"}), "");
  EXPECT_NE(refusal({"relay", "stop"}).find("run or url"), std::string::npos);
}

}  // namespace
}  // namespace sotto::cli
