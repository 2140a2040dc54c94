#include "node/relay_request.h"

#include <fstream>
#include <gtest/gtest.h>

#include "support/results.h"
#include "support/temp_dir.h"

namespace sotto::node {
namespace {

TEST(RelayRequest, CopiesWhatIsSecretToo) {
  RelayRequest request;
  request.urls = {"wss://a.example/"};
  request.tokens = Secret(as_bytes("token"));
  request.proxy = "http://proxy.example:1";
  request.proxy_password = Secret(as_bytes("word"));
  const RelayRequest copy = request.copy();
  EXPECT_EQ(copy.urls, request.urls);
  EXPECT_EQ(as_text(copy.tokens->view()), "token");
  EXPECT_EQ(copy.proxy, request.proxy);
  EXPECT_EQ(as_text(copy.proxy_password->view()), "word");
}

TEST(RelayRequest, ReadsTheFileOfTokensWhole) {
  const TempDir folder;
  const auto file = folder.path() / "tokens";
  std::ofstream(file) << "relay.example:443 one\ntwo\n";
  EXPECT_EQ(as_text(must(read_relay_tokens(file.string())).view()),
            "relay.example:443 one\ntwo\n");
  std::ofstream(file) << "a b c\n";
  EXPECT_EQ(error_of(read_relay_tokens(file.string())), "relay.token_file");
  EXPECT_EQ(error_of(read_relay_tokens((folder.path() / "none").string())), "file.io");
}

TEST(RelayRequest, ChecksWhatFlagsSay) {
  EXPECT_TRUE(check_relays({"wss://relay.example/"}));
  EXPECT_EQ(error_of(check_relays({"relay.example"})), "relay.url");
  EXPECT_TRUE(check_proxy("http://proxy.example:3128"));
  EXPECT_EQ(error_of(check_proxy("proxy.example")), "relay.proxy");
}

}  // namespace
}  // namespace sotto::node
