#include <chrono>

#include "net/asio_timer.h"
#include "net/tcp.h"
#include "transport/deadline.h"
#include "unit/net/testing.h"

namespace sotto::net {
namespace {

using std::chrono::steady_clock;

class TcpDialTest : public NetTest {
 protected:
  static HostPort where(const SilentPort& port) { return {"127.0.0.1", port.number()}; }
};

TEST_F(TcpDialTest, AddressesAreWrittenWithTheirPort) {
  EXPECT_EQ(to_string(HostPort{"127.0.0.1", 80}), "127.0.0.1:80");
  EXPECT_EQ(to_string(HostPort{"::1", 65535}), "[::1]:65535");
  EXPECT_EQ(to_string(HostPort{"example.org", 1}), "example.org:1");
}

TEST_F(TcpDialTest, ReachesBothFamilies) {
  for (const std::string host : {"127.0.0.1", "::1"}) {
    TcpListener listener = listen(host);
    auto [dialed, accepted] = connect(listener, host);
    EXPECT_EQ(dialed.peer, (HostPort{host, listener.port()}));
    EXPECT_TRUE(accepted.peer.starts_with(host == "::1" ? "[::1]:" : host + ":"));
    EXPECT_EQ(pass_on(*dialed.stream, *accepted.stream, "ping"), "ping");
    EXPECT_EQ(pass_on(*accepted.stream, *dialed.stream, "pong"), "pong");
  }
}

TEST_F(TcpDialTest, ResolvesNames) {
  TcpListener listener = listen();
  const auto dialed = must(dial({{"localhost", listener.port()}}));
  EXPECT_EQ(dialed.peer, (HostPort{"localhost", listener.port()}));
}

TEST_F(TcpDialTest, TheFirstThatAnswersWins) {
  TcpListener one = listen();
  TcpListener two = listen();
  EXPECT_EQ(must(dial({{"127.0.0.1", one.port()}, {"127.0.0.1", two.port()}})).peer.port,
            one.port());
}

TEST_F(TcpDialTest, AClosedPortIsPassedOverAtOnce) {
  const HostPort closed = closed_port();
  TcpListener listener = listen();
  const auto before = steady_clock::now();
  const auto dialed = must(dial({closed, closed, {"127.0.0.1", listener.port()}}));
  EXPECT_EQ(dialed.peer.port, listener.port());
  EXPECT_LT(steady_clock::now() - before, std::chrono::milliseconds(250));
}

TEST_F(TcpDialTest, ASilentPortIsNotWaitedFor) {
  const SilentPort silent;
  TcpListener listener = listen();
  const auto before = steady_clock::now();
  const auto dialed = must(dial({where(silent), {"127.0.0.1", listener.port()}}));
  EXPECT_EQ(dialed.peer.port, listener.port());
  const auto took = steady_clock::now() - before;
  EXPECT_GE(took, std::chrono::milliseconds(250));  // the first one's head start
  EXPECT_LT(took, std::chrono::milliseconds(1500));
  EXPECT_TRUE(comes_to_rest(io_));  // the loser was closed
}

TEST_F(TcpDialTest, RefusalsAreListed) {
  const HostPort one = closed_port();
  const HostPort two = closed_port();
  const auto refused = dial({one, two});
  EXPECT_EQ(error_of(refused), "route.unreachable");
  EXPECT_EQ(refused.error().kind(), Kind::unreached);
  for (const HostPort& address : {one, two}) {
    EXPECT_NE(refused.error().text().find(to_string(address) + ": Connection refused"),
              std::string::npos)
        << refused.error().text();
  }
}

TEST_F(TcpDialTest, GivesUpInTime) {
  const SilentPort silent;
  const auto before = steady_clock::now();
  const auto late = dial({where(silent)}, std::chrono::milliseconds(50));
  EXPECT_EQ(error_of(late), "route.timeout");
  EXPECT_NE(late.error().text().find(to_string(where(silent))), std::string::npos);
  EXPECT_LT(steady_clock::now() - before, std::chrono::seconds(1));
  EXPECT_TRUE(comes_to_rest(io_));
}

TEST_F(TcpDialTest, WhenTheTimeIsUpNothingIsTried) {
  TcpListener listener = listen();
  EXPECT_EQ(error_of(dial({{"127.0.0.1", listener.port()}}, std::chrono::milliseconds(0))),
            "route.timeout");
}

TEST_F(TcpDialTest, WithoutAnAddressThereIsNothingToReach) {
  EXPECT_EQ(error_of(dial({})), "route.unreachable");
}

TEST_F(TcpDialTest, ANameWithoutAddressIsSaidToBeTheTrouble) {
  // No name server is asked: a label has at most 63 bytes.
  const HostPort nameless{std::string(70, 'a'), 80};
  EXPECT_EQ(error_of(dial({nameless})), "route.name");
  EXPECT_EQ(error_of(dial({nameless, closed_port()})), "route.unreachable");
}

TEST_F(TcpDialTest, CancellationLeavesNothingBehind) {
  const SilentPort silent;
  AsioTimer timer(io_.get_executor());
  auto attempt = dial_tcp(io_.get_executor(), {where(silent)}, steady_clock::now() + patience);
  auto limited = transport::within(std::move(attempt), timer,
                                   timer.now() + std::chrono::milliseconds(20), "Too late.");
  const auto before = steady_clock::now();
  EXPECT_EQ(error_of(finish(io_, std::move(limited))), "route.timeout");
  EXPECT_LT(steady_clock::now() - before, std::chrono::seconds(1));
  EXPECT_TRUE(comes_to_rest(io_));
}

}  // namespace
}  // namespace sotto::net
