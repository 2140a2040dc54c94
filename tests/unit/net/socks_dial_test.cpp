#include "net/socks_dial.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "net/local_stream.h"
#include "support/temp_dir.h"
#include "unit/net/testing.h"

namespace sotto::net {
namespace {

const std::string method_taken{'\x05', '\x02'};
const std::string user_taken{'\x01', '\0'};

std::string reply(char code) {
  return std::string{'\x05', code, '\0', '\x01', '\0', '\0', '\0', '\0', '\0', '\0'};
}

// What a SOCKS port answers, step by step, and what it was told.
class SocksDialTest : public NetTest {
 protected:
  SocksDialTest()
      : address_(crypto::Ed25519KeyPair::generate(entropy_).public_key),
        listener_(must(listen_local(io_.get_executor(), path_))) {}

  // Answers each thing that it is told with the next of `answers`, then hangs up if `hangs_up`.
  static boost::asio::awaitable<void> serve(transport::Listener& listener, SocksDialTest& test,
                                            std::vector<std::string> answers, bool hangs_up) {
    auto accepted = co_await listener.accept();
    if (!accepted) co_return;
    test.stream_ = std::move(accepted->stream);
    for (const std::string& answer : answers) {
      Bytes heard(512);
      const auto size = co_await test.stream_->read_some(heard);
      if (!size) co_return;
      test.told_.emplace_back(as_text(heard).substr(0, *size));
      const auto written = co_await test.stream_->write_all(as_bytes(answer));
      if (!written) co_return;
    }
    if (hangs_up) test.stream_->close();
  }
  void answer(std::vector<std::string> answers, bool hangs_up = false) {
    boost::asio::co_spawn(io_, serve(*listener_, *this, std::move(answers), hangs_up),
                          boost::asio::detached);
  }

  Async<std::unique_ptr<transport::ByteStream>> dialing(TorEndpoint socks, milliseconds limit) {
    return dial_onion(io_.get_executor(), std::move(socks), address_, 9735,
                      {"the user", "the password"}, std::chrono::steady_clock::now() + limit);
  }
  Result<std::unique_ptr<transport::ByteStream>> dial_it(milliseconds limit = patience) {
    return finish(io_, dialing(path_, limit));
  }
  bool sees_the_end() {
    Bytes rest(512);
    while (true) {
      const auto size = finish(io_, stream_->read_some(rest));
      if (!size) return size.error().name() == "route.lost";
      if (*size == 0) return true;
    }
  }

  TempDir dir_;
  std::filesystem::path path_ = dir_ / "socks";
  tor::OnionAddress address_;
  std::unique_ptr<transport::Listener> listener_;
  std::unique_ptr<transport::ByteStream> stream_;
  std::vector<std::string> told_;
};

TEST_F(SocksDialTest, ConnectsByNameWithAUserOfItsOwn) {
  answer({method_taken, user_taken, reply('\0')});
  const auto dialed = must(dial_it());
  EXPECT_EQ(told_[0], (std::string{'\x05', '\x01', '\x02'}));
  EXPECT_EQ(told_[1], "\x01\x08the user\x0cthe password");
  EXPECT_EQ(told_[2], std::string("\x05\x01\0\x03\x3e", 5) + address_.host() + "\x26\x07");
  EXPECT_EQ(pass_on(*dialed, *stream_, "ping"), "ping");
  EXPECT_EQ(pass_on(*stream_, *dialed, "pong"), "pong");
}

TEST_F(SocksDialTest, WhatCameWithTheAnswerIsReadFirst) {
  answer({method_taken, user_taken, reply('\0') + "first words"});
  const auto dialed = must(dial_it());
  Bytes little(5);
  EXPECT_EQ(must(finish(io_, dialed->read_some(little))), 5U);
  EXPECT_EQ(as_text(little), "first");
  EXPECT_EQ(pass_on(*stream_, *dialed, ", and then"), " words, an");
}

TEST_F(SocksDialTest, ClosedMeansClosedThoughSomethingIsLeft) {
  answer({method_taken, user_taken, reply('\0') + "first words"});
  const auto dialed = must(dial_it());
  dialed->close();
  Bytes buffer(5);
  EXPECT_EQ(error_of(finish(io_, dialed->read_some(buffer))), "route.closed");
  EXPECT_TRUE(sees_the_end());
}

TEST_F(SocksDialTest, AnAnswerInPiecesIsOne) {
  answer({method_taken.substr(0, 1)});
  auto slowly = [](std::unique_ptr<transport::ByteStream>& stream) -> Async<void> {
    const std::string rest = method_taken.substr(1);
    co_return co_await stream->write_all(as_bytes(rest));
  };
  std::optional<Result<std::unique_ptr<transport::ByteStream>>> result;
  boost::asio::co_spawn(
      io_, dialing(path_, patience),
      [&](const std::exception_ptr&, auto dialed) { result.emplace(std::move(dialed)); });
  const auto until = [&](auto done) {
    const auto limit = std::chrono::steady_clock::now() + patience;
    io_.restart();
    while (!done() && io_.run_one_until(limit) > 0) {
    }
    ASSERT_TRUE(done());
  };
  until([&] { return told_.size() == 1; });
  must(finish(io_, slowly(stream_)));
  for (const std::string& text : {user_taken, reply('\0')}) {
    Bytes heard(512);
    ASSERT_GT(must(finish(io_, stream_->read_some(heard))), 0U);
    for (const char c : text) must(finish(io_, stream_->write_all(as_bytes({&c, 1}))));
  }
  until([&] { return result.has_value(); });
  EXPECT_TRUE(*result);
}

TEST_F(SocksDialTest, TorsErrorsAreOurs) {
  for (const auto& [code, name] :
       std::vector<std::pair<int, std::string>>{{0x01, "tor.socks.failed"},
                                                {0xf0, "tor.onion.descriptor"},
                                                {0xf4, "tor.onion.auth_missing"},
                                                {0xf5, "tor.onion.auth_wrong"},
                                                {0xf7, "tor.onion.timeout"}}) {
    told_.clear();
    answer({method_taken, user_taken, reply(static_cast<char>(code))}, true);
    EXPECT_EQ(error_of(dial_it()), name);
  }
}

TEST_F(SocksDialTest, WhoIsNoTorIsFoundOut) {
  answer({"HTTP/1.1 400 Bad Request\r\n\r\n"}, true);
  EXPECT_EQ(error_of(dial_it()), "tor.socks.protocol");
  answer({std::string{'\x05', '\xff'}});
  EXPECT_EQ(error_of(dial_it()), "tor.socks.isolation");
  answer({method_taken}, true);
  EXPECT_EQ(error_of(dial_it()), "tor.socks.closed");
  EXPECT_EQ(error_of(finish(io_, dialing(dir_ / "nobody", patience))), "route.unreachable");
  EXPECT_EQ(error_of(finish(io_, dialing(TorPort{"localhost", 9050}, patience))),
            "route.unreachable");
}

TEST_F(SocksDialTest, TheDeadlineClosesTheSocket) {
  answer({method_taken, user_taken});
  EXPECT_EQ(error_of(dial_it(milliseconds(50))), "route.timeout");
  EXPECT_TRUE(sees_the_end());
}

TEST_F(SocksDialTest, WhoGivesUpClosesTheSocket) {
  answer({method_taken, user_taken});
  boost::asio::cancellation_signal give_up;
  bool ended = false;
  auto end = [&](const std::exception_ptr&, auto) { ended = true; };
  boost::asio::co_spawn(io_, dialing(path_, patience),
                        boost::asio::bind_cancellation_slot(give_up.slot(), end));
  const auto limit = std::chrono::steady_clock::now() + patience;
  while (told_.size() < 2 && io_.run_one_until(limit) > 0) {
  }
  give_up.emit(boost::asio::cancellation_type::terminal);
  while (!ended && io_.run_one_until(limit) > 0) {
  }
  ASSERT_TRUE(ended);
  EXPECT_TRUE(sees_the_end());
}

}  // namespace
}  // namespace sotto::net
