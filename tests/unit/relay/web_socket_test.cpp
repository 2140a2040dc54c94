#include "relay/web_socket.h"

#include <boost/asio/write.hpp>
#include <filesystem>
#include <sys/resource.h>

#include "tls/stream.h"
#include "unit/relay/raw_client.h"
#include "wire/limits.h"

namespace sotto::relay {
namespace {

class RelayWebSocketTest : public RelaySocketTest {
 protected:
  // Serves the next connection and reads its messages to their end.
  static asio::awaitable<void> keep_reading(RelayWebSocketTest& test) {
    Served served = co_await test.serve();
    test.relay_ = served.socket;
    test.shaken_ = std::move(served.handshake);
    while (test.shaken_->has_value()) {
      auto message = co_await test.relay_->read_message();
      if (!message) {
        test.read_end_ = std::move(message.error());
        break;
      }
      test.messages_.push_back(sotto::to_string(*message));
    }
    test.over_ = true;
  }
  RawClient raw_client() {
    asio::co_spawn(io_, keep_reading(*this), asio::detached);
    RawClient client(io_, port(), spki_);
    EXPECT_TRUE(client.shake_hands());
    return client;
  }
  RawClient upgraded() {
    shaken_.reset();
    RawClient client = raw_client();
    client.say(upgrade_request());
    EXPECT_TRUE(client.hear_header().starts_with("HTTP/1.1 101 "));
    while (!shaken_) io_.run_one();
    return client;
  }
  // The status line's number of what answers `request`, which must end the connection well.
  std::string status_of(const std::string& request) {
    over_ = false;
    RawClient client = raw_client();
    client.say(request);
    answer_ = client.hear_all();
    EXPECT_EQ(client.end(), asio::error::eof);
    client.cut();
    wait_for_end();
    EXPECT_FALSE(shaken_->has_value());
    return answer_.starts_with("HTTP/1.1 ") ? answer_.substr(9, 3) : answer_;
  }
  // The code of the close that answers these frames; the connection ends well, too.
  int code_for(const std::vector<RawFrame>& frames) {
    over_ = false;
    RawClient client = upgraded();
    std::string bytes;
    for (const RawFrame& frame : frames) bytes += to_bytes(frame);
    client.say(bytes);
    const int code = client.hear_close();
    client.say(RawFrame{.opcode = Opcode::close, .payload = "\x03\xe8"});
    client.hear_all();
    EXPECT_EQ(client.end(), asio::error::eof);
    client.cut();
    wait_for_end();
    return code;
  }
  void wait_for_end() {
    const auto limit = std::chrono::steady_clock::now() + patience;
    while (!over_ && io_.run_one_until(limit) > 0) {
    }
    EXPECT_TRUE(over_);
  }

  // Counts how handshakes end.
  static asio::awaitable<void> watch(RelayWebSocketTest& test, int& late, int& other) {
    Served served = co_await test.serve();
    ++(error_of(served.handshake) == "route.timeout" ? late : other);
  }

  std::shared_ptr<WebSocket> relay_;
  std::optional<Result<void>> shaken_;
  std::optional<Error> read_end_;
  std::vector<std::string> messages_;
  bool over_ = false;
  std::string answer_;
};

TEST_F(RelayWebSocketTest, UpgradesAsTheSpecificationShows) {
  RawClient client = raw_client();
  client.say(upgrade_request());
  const std::string answer = client.hear_header();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 101 ")) << answer;
  // The example of RFC 6455 section 1.3.
  EXPECT_NE(answer.find("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"), answer.npos);
  EXPECT_NE(answer.find("Sec-WebSocket-Protocol: sotto-relay.1\r\n"), answer.npos);
  EXPECT_EQ(answer.find("Extensions"), answer.npos);
  EXPECT_NE(answer.find("Server: sotto\r\n"), answer.npos);
}

TEST_F(RelayWebSocketTest, WhatIsNoUpgradeIsToldInHttp) {
  const auto changed = [](const std::string& from, const std::string& to) {
    std::string request = upgrade_request();
    request.replace(request.find(from), from.size(), to);
    return request;
  };
  EXPECT_EQ(status_of(upgrade_request({}, "POST / HTTP/1.1")), "405");
  EXPECT_NE(answer_.find("Allow: GET"), answer_.npos);
  EXPECT_EQ(status_of(upgrade_request({}, "GET /other HTTP/1.1")), "404");
  EXPECT_EQ(status_of(upgrade_request({}, "GET /?query HTTP/1.1")), "404");
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: relay.example\r\n\r\n"), "426");
  EXPECT_NE(answer_.find("Upgrade: websocket"), answer_.npos);
  EXPECT_NE(answer_.find("sotto --relay"), answer_.npos);
  EXPECT_EQ(status_of(changed("Version: 13", "Version: 8")), "426");
  EXPECT_NE(answer_.find("Sec-WebSocket-Version: 13"), answer_.npos);
  EXPECT_EQ(status_of(changed("sotto-relay.1", "sotto-relay.2")), "400");
  EXPECT_NE(answer_.find("sotto-relay.1"), answer_.npos);
  EXPECT_EQ(status_of(changed("Sec-WebSocket-Protocol: sotto-relay.1\r\n", "")), "400");
  EXPECT_EQ(status_of(changed("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", "")), "400");
  EXPECT_EQ(status_of(upgrade_request({}, "GET / HTTP/1.0")), "426");
  EXPECT_EQ(status_of("SSH-2.0-OpenSSH_9.2\r\n\r\n"), "400");
  EXPECT_EQ(status_of(upgrade_request("X: " + std::string(9000, 'x') + "\r\n")), "431");
  EXPECT_EQ(status_of(upgrade_request("Content-Length: 5\r\n") + "hello"), "400");
  EXPECT_EQ(status_of(upgrade_request() + "and more"), "400");
}

TEST_F(RelayWebSocketTest, MessagesOfAllFormsArrive) {
  RawClient client = upgraded();
  const std::string longest(wire::relay_request_limit, 'x');
  client.say(RawFrame{.payload = "one"});
  client.say(RawFrame{.payload = ""});
  client.say(RawFrame{.payload = longest});
  client.say(RawFrame{.payload = "fr", .fin = false});
  client.say(RawFrame{.opcode = Opcode::ping, .payload = "between"});
  client.say(RawFrame{.opcode = Opcode::more, .payload = "agments"});
  EXPECT_EQ(client.hear_frame(), (std::pair<int, std::string>{0x8a, "between"}));
  client.say(RawFrame{.opcode = Opcode::close, .payload = "\x03\xe8"});
  EXPECT_EQ(client.hear_close(), 1000);
  client.cut();
  wait_for_end();
  EXPECT_EQ(messages_, (std::vector<std::string>{"one", "", longest, "fragments"}));
  EXPECT_EQ(read_end_->name(), "route.closed");
}

TEST_F(RelayWebSocketTest, WhatBreaksTheRulesIsClosedWithItsCode) {
  const std::string over(wire::relay_request_limit + 1, 'x');
  EXPECT_EQ(code_for({{.payload = "unmasked", .masked = false}}), 1002);
  EXPECT_EQ(code_for({{.payload = "reserved", .reserved = 4}}), 1002);
  EXPECT_EQ(code_for({{.opcode = static_cast<Opcode>(3), .payload = "unknown"}}), 1002);
  EXPECT_EQ(code_for({{.opcode = static_cast<Opcode>(11), .payload = "unknown"}}), 1002);
  EXPECT_EQ(code_for({{.opcode = Opcode::ping, .payload = "fragment", .fin = false}}), 1002);
  EXPECT_EQ(code_for({{.opcode = Opcode::ping, .payload = std::string(126, 'x')}}), 1002);
  EXPECT_EQ(code_for({{.opcode = Opcode::more, .payload = "of what"}}), 1002);
  EXPECT_EQ(code_for({{.payload = "one", .fin = false}, {.payload = "in another"}}), 1002);
  EXPECT_EQ(messages_.size(), 0U);
}

TEST_F(RelayWebSocketTest, LengthsAreChecked) {
  const std::string over(wire::relay_request_limit + 1, 'x');
  EXPECT_EQ(code_for({{.payload = over}}), 1009);
  EXPECT_EQ(code_for({{.payload = over.substr(1), .fin = false},
                      {.opcode = Opcode::more, .payload = "x"}}),
            1009);
  EXPECT_EQ(code_for({{.payload = "x", .length_says = 1ULL << 40}}), 1009);
  EXPECT_EQ(code_for({{.payload = "x", .length_says = 1ULL << 63}}), 1009);
  EXPECT_EQ(code_for({{.payload = "short", .length_bytes = 2}}), 1002);
  EXPECT_EQ(code_for({{.payload = std::string(200, 'x'), .length_bytes = 8}}), 1002);
  EXPECT_EQ(messages_.size(), 0U);
}

TEST_F(RelayWebSocketTest, TextIsNotTaken) {
  EXPECT_EQ(code_for({{.opcode = Opcode::text, .payload = "hello"}}), 1003);
  EXPECT_EQ(code_for({{.opcode = Opcode::text, .payload = "\xff\xfe"}}), 1007);
  EXPECT_EQ(messages_.size(), 0U);
}

TEST_F(RelayWebSocketTest, ClosesAreChecked) {
  const auto close = [](const std::string& payload) {
    return RawFrame{.opcode = Opcode::close, .payload = payload};
  };
  EXPECT_EQ(code_for({close("\x03\xe8 bye")}), 1000);
  EXPECT_EQ(code_for({close("\x03\xe8\xff\xfe")}), 1002);  // no UTF-8
  EXPECT_EQ(code_for({close("\x03")}), 1002);
  EXPECT_EQ(code_for({close("\x03\xed")}), 1002);  // 1005 is never sent
  EXPECT_EQ(code_for({close(std::string("\0\x01", 2))}), 1002);
}

TEST_F(RelayWebSocketTest, CloseSaysWhy) {
  Pair pair = connected();
  auto both =
      pair.relay->close(CloseCode::draining, "the relay ends") && pair.client->read_message();
  const auto [closed, heard] = finish(io_, std::move(both));
  EXPECT_TRUE(closed.has_value());
  EXPECT_EQ(error_of(heard), "route.closed");
  EXPECT_NE(heard.error().text().find("the relay ends (1012)"), std::string::npos)
      << heard.error().text();
}

TEST_F(RelayWebSocketTest, AClosedOneEndsWhatIsPending) {
  RawClient client = upgraded();
  asio::co_spawn(io_, relay_->close(CloseCode::full, std::string(200, 'x')), asio::detached);
  EXPECT_EQ(client.hear_close(), 1013);
  client.say(RawFrame{.opcode = Opcode::close, .payload = "\x03\xe8"});
  client.cut();
  wait_for_end();
  EXPECT_EQ(read_end_->name(), "route.closed");
}

TEST_F(RelayWebSocketTest, WhoDoesNotAnswerACloseIsLeft) {
  limits_.handshake = milliseconds(3000);
  RawClient client = upgraded();
  const auto closed = finish(io_, relay_->close(CloseCode::full, "full"));
  EXPECT_FALSE(closed.has_value());
  wait_for_end();
  EXPECT_EQ(read_end_->name(), "route.closed");
}

TEST_F(RelayWebSocketTest, ACutInTheMiddleOfAFrameIsALoss) {
  RawClient client = upgraded();
  client.say(to_bytes({.payload = "half of it is missing"}).substr(0, 12));
  client.cut();
  wait_for_end();
  EXPECT_EQ(read_end_->name(), "route.lost");
  EXPECT_EQ(messages_.size(), 0U);
}

TEST_F(RelayWebSocketTest, WhoSaysNothingIsAskedAndThenLeft) {
  limits_.idle = milliseconds(4000);
  RawClient client = upgraded();
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(client.hear_frame().first, 0x89);
    client.say(RawFrame{.opcode = Opcode::pong, .payload = ""});
  }
  client.say(RawFrame{.payload = "still here"});
  EXPECT_EQ(client.hear_frame().first, 0x89);
  EXPECT_EQ(messages_, std::vector<std::string>{"still here"});
  client.hear_all();  // and no answer
  wait_for_end();
  EXPECT_TRUE(read_end_.has_value());
}

TEST_F(RelayWebSocketTest, BytesOfSmallAndLargeMessagesAreReadAsTheyCome) {
  Pair pair = connected();
  std::string sent;
  std::string got;
  const auto send = [&](std::size_t size) {
    const std::string part(size, static_cast<char>('a' + sent.size() % 26));
    sent += part;
    auto written = pair.client->write_message(as_bytes(part));
    asio::co_spawn(
        io_,
        [](Async<void> write, std::string) -> asio::awaitable<void> {
          must(co_await std::move(write));
        }(std::move(written), part),
        asio::detached);
    while (got.size() < sent.size()) {
      const ByteView bytes = must(finish(io_, pair.relay->read_bytes()));
      EXPECT_LE(bytes.size(), spliced_at_once);
      got += as_text(bytes);
    }
  };
  for (const std::size_t size : {1, 100, 2000, 16000, 65537, 65537, 200'000, 3}) send(size);
  EXPECT_EQ(got, sent);
}

std::size_t open_files() {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    count += entry.is_symlink() ? 1 : 0;
  }
  return count;
}

// Neither who says nothing, nor who stops in the middle, nor who drips.
TEST_F(RelayWebSocketTest, ThousandsOfHalfOpenHandshakesAreFreed) {
  limits_.handshake = milliseconds(3000);
  rlimit files{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &files), 0);
  files.rlim_cur = files.rlim_max;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &files), 0);
  const int count = static_cast<int>(std::min<rlim_t>(files.rlim_cur / 2 - 100, 2000));
  const std::size_t before = open_files();
  int late = 0;
  int other = 0;
  {
    std::vector<tcp::socket> clients;
    acceptor_.listen(count);
    for (int i = 0; i < count; ++i) {
      asio::co_spawn(io_, watch(*this, late, other), asio::detached);
      tcp::socket& socket = clients.emplace_back(io_);
      socket.connect({asio::ip::address_v4::loopback(), port()});
      // A record that says it is a handshake of 512 bytes, and some of it.
      const std::string hello =
          std::string("\x16\x03\x01\x02", 4) + std::string(1, '\0') + "\x01";
      if (i % 2 == 0) asio::write(socket, asio::buffer(hello));
      io_.poll();
    }
    const auto limit = std::chrono::steady_clock::now() + 3 * patience;
    while (late + other < count && io_.run_one_until(limit) > 0) {
    }
  }
  EXPECT_EQ(late, count);
  EXPECT_EQ(other, 0);
  EXPECT_LE(open_files(), before);
  // And others still get in.
  limits_ = {};
  Pair pair = connected();
  must(finish(io_, pair.client->write_message(as_bytes("hello"))));
  EXPECT_EQ(as_text(must(finish(io_, pair.relay->read_message()))), "hello");
}

}  // namespace
}  // namespace sotto::relay
