#include "relay/splice.h"

#include "unit/relay/testing.h"

namespace sotto::relay {
namespace {

class SpliceTest : public RelaySocketTest {
 protected:
  std::string pass_on(net::WebSocket& from, net::WebSocket& to, std::string_view text) {
    must(finish(io_, from.write_message(as_bytes(text))));
    std::string got;
    while (got.size() < text.size()) got += as_text(must(finish(io_, to.read_message())));
    return got;
  }
};

TEST_F(SpliceTest, MessagesGoBothWaysBeforeIt) {
  Pair pair = connected();
  must(finish(io_, pair.client->write_message(as_bytes("a request"))));
  EXPECT_EQ(as_text(must(finish(io_, pair.relay->read_message()))), "a request");
  must(finish(io_, pair.relay->write_message(as_bytes("an answer"))));
  EXPECT_EQ(as_text(must(finish(io_, pair.client->read_message()))), "an answer");
  EXPECT_EQ(pair.relay->binding().spki, pair.client->binding().spki);
  EXPECT_EQ(pair.relay->binding().exporter, pair.client->binding().exporter);
}

TEST_F(SpliceTest, BytesOfOneReachTheOther) {
  Pair one = connected();
  Pair two = connected();
  std::optional<Spliced> counts;
  asio::co_spawn(io_, splice({one.relay, nullptr}, {two.relay, nullptr}),
                 [&](std::exception_ptr, Spliced done) { counts = done; });
  EXPECT_EQ(pass_on(*one.client, *two.client, "ping"), "ping");
  EXPECT_EQ(pass_on(*two.client, *one.client, "pong"), "pong");
  const std::string large(200'000, 'x');
  EXPECT_EQ(pass_on(*one.client, *two.client, large), large);
  one.client->close();
  EXPECT_EQ(error_of(finish(io_, two.client->read_message())), "route.closed");
  while (!counts) io_.run_one();
  EXPECT_EQ(counts->from_one, large.size() + 4);
  EXPECT_EQ(counts->from_two, 4U);
}

}  // namespace
}  // namespace sotto::relay
