#include "net/service_socket.h"

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "support/temp_dir.h"
#include "transport/errors.h"
#include "unit/net/testing.h"

namespace sotto::net {
namespace {

using transport::DuplexStream;
using transport::Errc;
using Stream = std::unique_ptr<DuplexStream>;

class ServiceSocketTest : public NetTest {
 protected:
  ServicePort open(const std::string& bind = "127.0.0.1", std::uint16_t port = 0) {
    return must(ServicePort::open(io_.get_executor(), bind, port));
  }
  Result<Stream> dial(ServiceAddress address,
                      std::chrono::milliseconds limit = std::chrono::seconds(5)) {
    return finish(io_, dial_service(io_.get_executor(), std::move(address),
                                    std::chrono::steady_clock::now() + limit));
  }
  std::pair<Stream, Stream> connect(ServicePort& port) {
    Stream dialed = must(dial(port.address()));
    return {std::move(dialed), must(finish(io_, port.accept()))};
  }
  std::size_t read(DuplexStream& from) {
    Bytes space(100);
    return must(finish(io_, from.read_some(space)));
  }
};

TEST_F(ServiceSocketTest, BytesGoBothWays) {
  for (const char* bind : {"127.0.0.1", "::1"}) {
    ServicePort port = open(bind);
    EXPECT_EQ(port.address().host, bind);
    auto [program, service] = connect(port);
    EXPECT_EQ(pass_on(*program, *service, "question"), "question");
    EXPECT_EQ(pass_on(*service, *program, "answer"), "answer");
  }
}

TEST_F(ServiceSocketTest, TheEndOfOneDirectionLeavesTheOther) {
  ServicePort port = open();
  auto [program, service] = connect(port);
  program->end_writing();
  EXPECT_EQ(read(*service), 0U);
  EXPECT_EQ(read(*service), 0U);
  EXPECT_EQ(pass_on(*service, *program, "late answer"), "late answer");
  service->end_writing();
  EXPECT_EQ(read(*program), 0U);
}

TEST_F(ServiceSocketTest, ACloseIsAnEndAndAResetIsNone) {
  ServicePort port = open();
  auto [program, service] = connect(port);
  program->close();
  EXPECT_EQ(read(*service), 0U);

  auto [other, its_service] = connect(port);
  other->reset();
  Bytes space(10);
  const auto n = finish(io_, its_service->read_some(space));
  ASSERT_FALSE(n);
  EXPECT_TRUE(n.error().is(Errc::lost));
}

TEST_F(ServiceSocketTest, ClosingEndsWhatIsPending) {
  ServicePort port = open();
  auto [program, service] = connect(port);
  Bytes space(10);
  boost::asio::post(io_, [&stream = *program] { stream.close(); });
  const auto n = finish(io_, program->read_some(space));
  ASSERT_FALSE(n);
  EXPECT_TRUE(n.error().is(Errc::closed));
  boost::asio::post(io_, [&port] { port.close(); });
  const auto accepted = finish(io_, port.accept());
  ASSERT_FALSE(accepted);
  EXPECT_TRUE(accepted.error().is(Errc::closed));
}

TEST_F(ServiceSocketTest, AUnixSocketIsAServiceToo) {
  const TempDir folder;
  const std::string path = folder.path() / "service";
  boost::asio::local::stream_protocol::acceptor acceptor(io_, path);
  Stream program = must(dial(UnixPath{path}));
  boost::asio::local::stream_protocol::socket service(io_);
  acceptor.accept(service);
  must(finish(io_, program->write_all(as_bytes("hello"))));
  program->end_writing();
  std::string heard(5, ' ');
  EXPECT_EQ(boost::asio::read(service, boost::asio::buffer(heard)), 5U);
  EXPECT_EQ(heard, "hello");
  boost::asio::write(service, boost::asio::buffer("hi", 2));
  EXPECT_EQ(read(*program), 2U);
}

TEST_F(ServiceSocketTest, WhereNobodyListensIsUnreachable) {
  const TempDir folder;
  for (const ServiceAddress& address :
       {ServiceAddress(closed_port()), ServiceAddress(UnixPath{folder.path() / "none"}),
        ServiceAddress(UnixPath{std::string(200, 'x')})}) {
    const auto stream = dial(address);
    ASSERT_FALSE(stream) << to_string(address);
    EXPECT_TRUE(stream.error().is(Errc::unreachable)) << stream.error().text();
  }
}

TEST_F(ServiceSocketTest, AServiceThatDoesNotAnswerTakesOnlySoLong) {
  const SilentPort silent;
  const auto stream =
      dial(HostPort{"127.0.0.1", silent.number()}, std::chrono::milliseconds(100));
  ASSERT_FALSE(stream);
  EXPECT_TRUE(stream.error().is(Errc::timeout));
}

TEST_F(ServiceSocketTest, APortIsTakenOnce) {
  const ServicePort first = open();
  const auto second = ServicePort::open(io_.get_executor(), "127.0.0.1", first.address().port);
  ASSERT_FALSE(second);
  EXPECT_TRUE(second.error().is(Errc::port_taken));
}

TEST_F(ServiceSocketTest, OnlyAddressesOfThisMachineCanBeListenedOn) {
  for (const char* bind : {"192.0.2.1", "localhost", ""}) {
    const auto port = ServicePort::open(io_.get_executor(), bind, 0);
    ASSERT_FALSE(port) << bind;
    EXPECT_TRUE(port.error().is(Errc::bind));
  }
}

TEST(ServiceAddress, IsShownAsItIsWritten) {
  EXPECT_EQ(to_string(ServiceAddress(HostPort{"127.0.0.1", 80})), "127.0.0.1:80");
  EXPECT_EQ(to_string(ServiceAddress(HostPort{"::1", 80})), "[::1]:80");
  EXPECT_EQ(to_string(ServiceAddress(UnixPath{"/run/web"})), "unix:/run/web");
}

TEST(ServiceAddress, OnlyLiteralsOfTheLoopbackStayHere) {
  for (const char* here : {"127.0.0.1", "127.9.9.9", "::1"}) EXPECT_TRUE(is_loopback(here));
  for (const char* away : {"localhost", "192.0.2.1", "0.0.0.0", "::", "2001:db8::1", ""}) {
    EXPECT_FALSE(is_loopback(away)) << away;
  }
}

}  // namespace
}  // namespace sotto::net
