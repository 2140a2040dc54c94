// Forwards from socket to socket: the ports of a member and the services of a host, with two
// sessions in memory between them.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <netinet/tcp.h>

#include "node/forwarding_host.h"
#include "node/forwarding_join.h"
#include "support/results.h"
#include "transport/errors.h"
#include "unit/session/session_pair.h"

namespace sotto::node {
namespace {

using transport::DuplexStream;
using Stream = std::unique_ptr<DuplexStream>;

constexpr std::chrono::seconds patience{10};
constexpr std::uint64_t client = 1;
constexpr std::uint64_t other_client = 2;

class ForwardingTest : public session::SessionPair {
 protected:
  ~ForwardingTest() override {
    at_member_.reset();
    at_host_.reset();
    ports_->close();
    services_->close();
    service_.close();
    io_.restart();
    io_.poll();
  }

  std::string service_address() { return net::to_string(service_.address()); }

  void expose(const std::string& name, std::uint64_t who = client) {
    must(services_->add(who, must(parse_exposures({name + "=" + service_address()}))));
  }
  // A port that leads to the service.
  net::HostPort forward(const std::string& name, std::uint64_t who = client) {
    auto open = must(open_ports(io_.get_executor(), must(parse_forwards({"0:" + name}))));
    const net::HostPort address = open[0].port.address();
    ports_->add(who, std::move(open));
    return address;
  }
  void attach(std::vector<std::string> allowed = {"web"}) {
    at_host_ = services_->serve(host_, std::move(allowed));
    at_member_ = ports_->attach(joiner_);
  }

  // Runs everything once: sockets, and what the sessions have to say.
  void run_once() {
    io_.restart();
    io_.poll();
    if (!linked_) return;
    exchange();
    while (auto event = host_.next_event()) {
      if (at_host_) at_host_->on_event(std::move(*event));
    }
    while (at_member_) {
      auto event = joiner_.next_event();
      if (!event) break;
      at_member_->on_event(std::move(*event));
    }
  }
  template <class Done>
  void until(Done done) {
    const auto limit = std::chrono::steady_clock::now() + patience;
    while (!done()) {
      if (std::chrono::steady_clock::now() > limit)
        throw std::runtime_error("it did not happen");
      run_once();
    }
  }
  void rest() {
    for (int i = 0; i < 50; ++i) {
      run_once();
      io_.restart();
      io_.run_for(milliseconds(1));
    }
  }
  template <class T>
  Result<T> wait_for(Async<T> operation) {
    std::optional<Result<T>> result;
    boost::asio::co_spawn(io_, std::move(operation),
                          [&result](const std::exception_ptr& thrown, Result<T> value) {
                            if (thrown) std::rethrow_exception(thrown);
                            result.emplace(std::move(value));
                          });
    until([&] { return result.has_value(); });
    return std::move(*result);
  }

  Stream connect(const net::HostPort& address) {
    return must(wait_for(net::dial_service(io_.get_executor(), address,
                                           std::chrono::steady_clock::now() + patience)));
  }
  Stream accept() { return must(wait_for(service_.accept())); }
  std::string read(DuplexStream& from) {
    Bytes space(1 << 16);
    return std::string(as_text(ByteView(space).first(must(wait_for(from.read_some(space))))));
  }
  bool is_reset(DuplexStream& stream) {
    Bytes space(100);
    const auto n = wait_for(stream.read_some(space));
    return !n && n.error().is(transport::Errc::lost);
  }
  void say(DuplexStream& stream, std::string_view text) {
    must(wait_for(stream.write_all(as_bytes(text))));
  }

  std::vector<std::string> notices() const {
    std::vector<std::string> out;
    for (const Event& event : told_) {
      if (const auto* notice = std::get_if<NoticeEvent>(&event)) out.push_back(notice->code);
    }
    return out;
  }

  // For a member that is not ours: what the host says on a channel.
  template <class Frame>
  std::optional<Frame> heard(session::ChannelId channel) {
    run_once();
    std::optional<Frame> out;
    while (auto event = joiner_.next_event()) {
      const auto* arrived = std::get_if<session::MessageArrived>(&*event);
      if (arrived == nullptr || arrived->channel != channel) continue;
      const auto frame = must(wire::decode_forward_frame(arrived->message));
      if (const auto* match = std::get_if<Frame>(&frame)) out = *match;
    }
    return out;
  }

  boost::asio::io_context io_;
  net::ServicePort service_ = must(net::ServicePort::open(io_.get_executor(), "127.0.0.1", 0));
  std::vector<Event> told_;
  std::vector<std::string> host_told_;
  std::shared_ptr<ExposedServices> services_ = std::make_shared<ExposedServices>(
      io_.get_executor(), [this](const Error& what) { host_told_.push_back(what.name()); });
  std::shared_ptr<ForwardPorts> ports_ = std::make_shared<ForwardPorts>(
      io_.get_executor(), [this](const Event& event) { told_.push_back(event); },
      milliseconds(50));
  std::shared_ptr<room::ChannelUser> at_host_;
  std::shared_ptr<room::ChannelUser> at_member_;
  bool linked_ = true;
};

TEST_F(ForwardingTest, CarriesAStreamAndItsEnds) {
  expose("web");
  attach();
  const auto program = connect(forward("web"));
  say(*program, "question");
  const auto service = accept();
  EXPECT_EQ(read(*service), "question");
  program->end_writing();
  EXPECT_EQ(read(*service), "");
  say(*service, "answer");
  EXPECT_EQ(read(*program), "answer");
  service->end_writing();
  EXPECT_EQ(read(*program), "");
  rest();
  EXPECT_TRUE(joiner_.everything_acknowledged() && host_.everything_acknowledged());
}

TEST_F(ForwardingTest, TellsWhereAPortLeads) {
  const auto address = forward("web");
  const auto& event = std::get<ForwardEvent>(told_.at(0));
  EXPECT_EQ(event.name, "web");
  EXPECT_EQ(event.address, net::to_string(address));
}

TEST_F(ForwardingTest, WhoComesBeforeTheSessionWaitsForIt) {
  expose("web");
  const auto program = connect(forward("web"));
  say(*program, "early");
  rest();
  attach();
  EXPECT_EQ(read(*accept()), "early");
}

TEST_F(ForwardingTest, AnotherSessionKnowsNothingOfTheStreamsBefore) {
  expose("web");
  attach();
  const auto address = forward("web");
  const auto program = connect(address);
  const auto service = accept();
  at_member_.reset();
  EXPECT_TRUE(is_reset(*program));
  EXPECT_TRUE(is_reset(*service));
}

TEST_F(ForwardingTest, StreamsWaitForALinkOnlySoLong) {
  expose("web");
  attach();
  ports_->on_link(true);
  const auto program = connect(forward("web"));
  const auto service = accept();
  say(*program, "before");
  EXPECT_EQ(read(*service), "before");

  linked_ = false;
  ports_->on_link(false);
  ports_->on_link(true);
  rest();
  rest();
  linked_ = true;
  say(*service, "it came back in time");
  EXPECT_EQ(read(*program), "it came back in time");

  linked_ = false;
  ports_->on_link(false);
  EXPECT_TRUE(is_reset(*program));
  linked_ = true;
  ports_->on_link(true);
  EXPECT_TRUE(is_reset(*service));
}

TEST_F(ForwardingTest, WhatTheHostRefusesIsResetAndToldOnceInAWhile) {
  expose("web");
  attach({"other"});
  const auto address = forward("web");
  for (int i = 0; i < 5; ++i) {
    const auto program = connect(address);
    EXPECT_TRUE(is_reset(*program));
  }
  EXPECT_EQ(notices(), std::vector<std::string>{"forward.refused"});
  EXPECT_TRUE(host_told_.empty());
}

TEST_F(ForwardingTest, AServiceThatIsDownIsToldToBoth) {
  expose("web");
  service_.close();
  attach();
  const auto address = forward("web");
  EXPECT_TRUE(is_reset(*connect(address)));
  EXPECT_TRUE(is_reset(*connect(address)));
  EXPECT_EQ(notices(), std::vector<std::string>{"forward.unreachable"});
  EXPECT_EQ(host_told_, std::vector<std::string>{"forward.unreachable"});
}

TEST_F(ForwardingTest, AServiceThatIsExposedNoMoreEndsItsStreams) {
  expose("web", client);
  expose("web", other_client);
  attach();
  const auto program = connect(forward("web"));
  const auto service = accept();
  services_->remove(client);
  say(*program, "somebody still exposes it");
  EXPECT_EQ(read(*service), "somebody still exposes it");
  services_->remove(other_client);
  EXPECT_TRUE(is_reset(*service));
  EXPECT_TRUE(is_reset(*program));
}

TEST_F(ForwardingTest, ANameLeadsToOneServiceOnly) {
  expose("web");
  const auto taken = services_->add(
      other_client, must(parse_exposures({"new=127.0.0.1:1", "web=127.0.0.1:1"})));
  ASSERT_FALSE(taken);
  EXPECT_TRUE(taken.error().is(Errc::exposed_otherwise));
  EXPECT_EQ(taken.error().kind(), Kind::usage);
  // Nothing of it has been exposed.
  attach({"new"});
  EXPECT_TRUE(is_reset(*connect(forward("new"))));
}

TEST_F(ForwardingTest, APortEndsWithItsClientAndItsStreamsWithTheLastOfThatService) {
  expose("web");
  attach();
  const auto first = connect(forward("web", client));
  const auto at_first = accept();
  const auto address = forward("web", other_client);
  ports_->remove(other_client);
  const auto refused = wait_for(net::dial_service(io_.get_executor(), address,
                                                  std::chrono::steady_clock::now() + patience));
  EXPECT_FALSE(refused);
  say(*first, "goes on");
  EXPECT_EQ(read(*at_first), "goes on");
  ports_->remove(client);
  EXPECT_TRUE(is_reset(*first));
  EXPECT_TRUE(is_reset(*at_first));
}

// A member that closes channels early gains no more sockets by it: what a service has not taken
// yet counts.
TEST_F(ForwardingTest, AHostServesOnlySoManyStreamsOfAMember) {
  using boost::asio::ip::tcp;
  tcp::acceptor slow(io_, tcp::v4());
  slow.set_option(boost::asio::socket_base::receive_buffer_size(4'096));
  // And the sender's system keeps little for it, which goes by the size of segments.
  const int segment = 536;
  ASSERT_EQ(
      ::setsockopt(slow.native_handle(), IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof segment), 0);
  slow.bind({boost::asio::ip::address_v4::loopback(), 0});
  slow.listen();
  const net::HostPort address{"127.0.0.1", slow.local_endpoint().port()};
  must(services_->add(client, {{"slow", address}}));
  at_host_ = services_->serve(host_, {"slow"});
  std::vector<tcp::socket> taken;
  const auto open = [&] {
    return joiner_.open(session::ChannelKind::forward, wire::encode(wire::ForwardOpen{"slow"}));
  };
  for (std::size_t i = 0; i < session::channels_limit; ++i) {
    const auto id = open();
    until([&] { return heard<wire::ForwardOpened>(id).has_value(); });
    taken.push_back(slow.accept());
    taken.back().shutdown(tcp::socket::shutdown_send);
    Bytes data(65'000);
    data[0] = wire::forward_data_kind;
    for (int j = 0; j < 14; ++j) joiner_.send(id, data);
    joiner_.send(id, wire::encode(wire::ForwardFrame(wire::ForwardEnd())));
    // Both directions have ended then, and most is still to be written.
    until([&] { return heard<wire::ForwardEnd>(id).has_value(); });
    joiner_.close(id, 0);
  }
  const auto one_more = open();
  std::optional<wire::ForwardRefused> refused;
  until([&] { return (refused = heard<wire::ForwardRefused>(one_more)).has_value(); });
  EXPECT_EQ(refused->reason, wire::ForwardRefusal::busy);
}

}  // namespace
}  // namespace sotto::node
