#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/steady_timer.hpp>
#include <set>
#include <sys/resource.h>
#include <sys/wait.h>

#include "net/tcp.h"
#include "unit/net/testing.h"

namespace sotto::net {
namespace {

class TcpListenTest : public NetTest {
 protected:
  bool reaches(const std::string& host, std::uint16_t port) {
    return dial({{host, port}}).has_value();
  }
};

TEST_F(TcpListenTest, RandomPortsAreNeitherPrivilegedNorRepeated) {
  std::vector<TcpListener> listeners;
  std::set<std::uint16_t> ports;
  for (int i = 0; i < 50; ++i) {
    listeners.push_back(listen());
    EXPECT_GE(listeners.back().port(), 1025);
    ports.insert(listeners.back().port());
  }
  EXPECT_EQ(ports.size(), listeners.size());
}

TEST_F(TcpListenTest, ARandomPortThatIsTakenIsPassedOver) {
  SeededEntropy one(42);
  SeededEntropy same(42);
  const ListenOptions options{"127.0.0.1", {}};
  const auto first = must(TcpListener::open(io_.get_executor(), options, one));
  const auto second = must(TcpListener::open(io_.get_executor(), options, same));
  EXPECT_NE(first->port(), second->port());
}

TEST_F(TcpListenTest, ATakenPortIsSaidToBeTaken) {
  TcpListener listener = listen();
  const auto refused = try_listen("127.0.0.1", {listener.port()});
  EXPECT_EQ(error_of(refused), "route.port_taken");
  EXPECT_EQ(refused.error().kind(), Kind::service);
  EXPECT_NE(refused.error().text().find(std::to_string(listener.port())), std::string::npos);
  // Neither may both families take what one of them has.
  EXPECT_EQ(error_of(try_listen(std::nullopt, {listener.port()})), "route.port_taken");
}

TEST_F(TcpListenTest, TheFirstFreePortIsTaken) {
  TcpListener one = listen();
  TcpListener two = listen();
  const std::uint16_t free = closed_port().port;
  TcpListener listener = listen("127.0.0.1", {one.port(), two.port(), free});
  EXPECT_EQ(listener.port(), free);
  const auto none = try_listen("127.0.0.1", {one.port(), two.port(), free});
  EXPECT_EQ(error_of(none), "route.port_taken");
  EXPECT_NE(none.error().text().find("--port-range"), std::string::npos);
}

TEST_F(TcpListenTest, APortIsFreeAgainAfterItsConnections) {
  TcpListener listener = listen();
  const std::uint16_t port = listener.port();
  {
    auto [dialed, accepted] = connect(listener);
    accepted.stream->close();  // this side closes first, so the kernel remembers it
  }
  listener.close();
  EXPECT_TRUE(try_listen("127.0.0.1", {port}));
}

TEST_F(TcpListenTest, WhatIsNoAddressOfOursIsRefused) {
  for (const std::string bind : {"localhost", "127.0.0.1:80", "", "192.0.2.1"}) {
    const auto refused = try_listen(bind, {});
    EXPECT_EQ(error_of(refused), "route.bind") << bind;
    EXPECT_EQ(refused.error().kind(), Kind::service);
  }
}

TEST_F(TcpListenTest, EveryAddressOfBothFamiliesByDefault) {
  TcpListener listener = listen(std::nullopt);
  auto [v4, accepted_v4] = connect(listener, "127.0.0.1");
  EXPECT_TRUE(accepted_v4.peer.starts_with("127.0.0.1:"));  // and not ::ffff:127.0.0.1
  auto [v6, accepted_v6] = connect(listener, "::1");
  EXPECT_TRUE(accepted_v6.peer.starts_with("[::1]:"));
}

TEST_F(TcpListenTest, OnlyTheAddressThatWasAskedFor) {
  TcpListener v4 = listen("127.0.0.1");
  EXPECT_TRUE(reaches("127.0.0.1", v4.port()));
  EXPECT_FALSE(reaches("::1", v4.port()));
  TcpListener v6 = listen("::1");
  EXPECT_TRUE(reaches("::1", v6.port()));
  EXPECT_FALSE(reaches("127.0.0.1", v6.port()));
}

TEST_F(TcpListenTest, CloseEndsAccept) {
  TcpListener listener = listen();
  boost::asio::post(io_, [&] { listener.close(); });
  EXPECT_EQ(error_of(finish(io_, listener.accept())), "route.closed");
  EXPECT_EQ(error_of(finish(io_, listener.accept())), "route.closed");
  EXPECT_EQ(listener.port(), 0);
}

TEST_F(TcpListenTest, WhoHasGoneAlreadyIsNoTrouble) {
  TcpListener listener = listen();
  {
    const auto hasty = must(dial({{"127.0.0.1", listener.port()}}));
  }
  auto accepted = finish(io_, listener.accept());
  if (accepted) {
    Bytes buffer(1);
    EXPECT_EQ(finish(io_, accepted->stream->read_some(buffer)).value_or(0), 0U);
  }
  connect(listener);
}

// In a process of its own, whose limit it is.
int accept_without_descriptors() {
  boost::asio::io_context io;
  SeededEntropy entropy{std::random_device{}()};
  auto listener = must(TcpListener::open(io.get_executor(), {"127.0.0.1", {}}, entropy));
  auto dialed = must(finish(io, dial_tcp(io.get_executor(), {{"127.0.0.1", listener->port()}},
                                         std::chrono::steady_clock::now() + patience)));
  const int next = ::dup(STDIN_FILENO);
  ::close(next);
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  rlimit none = before;
  none.rlim_cur = static_cast<rlim_t>(next);
  if (::setrlimit(RLIMIT_NOFILE, &none) != 0) return 2;

  bool accepted_too_early = true;
  boost::asio::steady_timer relief(io, std::chrono::milliseconds(50));
  relief.async_wait([&](const boost::system::error_code&) {
    accepted_too_early = false;
    ::setrlimit(RLIMIT_NOFILE, &before);
  });
  const auto accepted = finish(io, listener->accept());
  if (!accepted) return 3;
  return accepted_too_early ? 4 : 0;
}

TEST_F(TcpListenTest, ALackOfDescriptorsIsWaitedOut) {
  const pid_t child = ::fork();
  if (child == 0) {
    try {
      ::_exit(accept_without_descriptors());
    } catch (...) {
      ::_exit(1);
    }
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(InterfaceAddresses, AreLiteralsThatOthersCouldUse) {
  const auto addresses = interface_addresses();
  ASSERT_FALSE(addresses.empty());
  bool loopback = false;
  bool v4_seen = false;
  for (const std::string& text : addresses) {
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address(text, error);
    ASSERT_FALSE(error) << text;
    loopback = loopback || address.is_loopback();
    if (address.is_v4()) v4_seen = true;
    EXPECT_FALSE(text.starts_with("169.254.")) << text;
    if (address.is_v6()) {
      EXPECT_FALSE(address.to_v6().is_link_local()) << text;
      EXPECT_TRUE(loopback || !v4_seen) << "IPv6 comes first";
    }
  }
  if (loopback) {
    EXPECT_TRUE(std::ranges::all_of(addresses, [](const std::string& text) {
      return boost::asio::ip::make_address(text).is_loopback();
    }));
  }
}

}  // namespace
}  // namespace sotto::net
