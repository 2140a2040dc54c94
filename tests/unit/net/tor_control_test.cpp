#include "net/tor_control.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <fstream>
#include <optional>
#include <ranges>

#include "base/log.h"
#include "support/control_server.h"
#include "support/temp_dir.h"
#include "tor/command.h"
#include "unit/net/testing.h"

namespace sotto::net {
namespace {

using Trouble = FakeControlPort::Trouble;
constexpr milliseconds long_enough = patience;

class TorControlTest : public NetTest {
 protected:
  TorControlTest() {
    server_.port.cookie_file = dir_ / "cookie";
    std::ofstream(dir_ / "cookie") << as_text(server_.port.cookie);
  }

  Result<std::shared_ptr<TorControl>> open(std::string_view password = "",
                                           milliseconds limit = long_enough) {
    return open_at(path_, password, limit);
  }
  Result<std::shared_ptr<TorControl>> open_at(TorEndpoint endpoint,
                                              std::string_view password = "",
                                              milliseconds limit = long_enough) {
    auto control = finish(io_, TorControl::open(io_.get_executor(), std::move(endpoint),
                                                Secret(as_bytes(password)), entropy_,
                                                std::chrono::steady_clock::now() + limit));
    if (control) {
      (*control)->set_handlers([this](const tor::Event& event) { events_.push_back(event); },
                               [this](const Error& why) {
                                 order_.push_back("closed");
                                 closed_.push_back(why.name());
                               });
    }
    return control;
  }

  // Begins to wait for the reply, whose text or error goes to `order_`.
  void begin(TorControl& control, tor::Command command, milliseconds limit = long_enough) {
    auto keep = [this](const std::exception_ptr&, const Result<tor::Reply>& reply) {
      order_.push_back(reply ? reply->last() : reply.error().name());
    };
    boost::asio::co_spawn(io_, control.ask(std::move(command), limit), std::move(keep));
  }
  Result<tor::Reply> ask(TorControl& control, tor::Command command) {
    return finish(io_, control.ask(std::move(command), long_enough));
  }

  template <class Done>
  void until(Done done) {
    io_.restart();
    const auto limit = std::chrono::steady_clock::now() + patience;
    while (!done() && io_.run_one_until(limit) > 0) {
    }
    EXPECT_TRUE(done());
  }

  static std::size_t count_in(const std::string& folder) {
    return static_cast<std::size_t>(
        std::ranges::distance(std::filesystem::directory_iterator(folder)));
  }
  static std::size_t threads() { return count_in("/proc/self/task"); }
  static std::size_t descriptors() { return count_in("/proc/self/fd"); }

  TempDir dir_;
  std::filesystem::path path_ = dir_ / "control";
  std::optional<ControlServer> owned_{std::in_place, io_, path_};
  ControlServer& server_ = *owned_;
  std::vector<tor::Event> events_;
  std::vector<std::string> closed_;
  std::vector<std::string> order_;  // of what was heard
};

tor::Command version() {
  return tor::get_info({"version"});
}

TEST_F(TorControlTest, AuthenticatesByTheCookie) {
  const auto control = must(open());
  EXPECT_TRUE(server_.port.authenticated);
  EXPECT_EQ(control->info().version, "0.4.9.11");
  EXPECT_EQ(server_.port.commands[0], "PROTOCOLINFO 1");
  EXPECT_TRUE(server_.port.commands[1].starts_with("AUTHCHALLENGE SAFECOOKIE "));
  const auto reply = must(ask(*control, version()));
  EXPECT_EQ(must(tor::read_get_info(reply)).at("version"), "0.4.9.11");
  EXPECT_EQ(must(tor::read_get_info(reply)).at("circuit-status"), "1 BUILT\n.dot\n");
}

TEST_F(TorControlTest, AuthenticatesByAPasswordOverTcp) {
  ControlServer server(io_);
  server.port.methods = "HASHEDPASSWORD";
  const TorEndpoint endpoint = TorPort{"127.0.0.1", server.number()};
  EXPECT_TRUE(open_at(endpoint, "open sesame"));
  EXPECT_EQ(error_of(open_at(endpoint)), "tor.control.password");
  server.port.closed = false;
  EXPECT_EQ(error_of(open_at(endpoint, "open barley")), "tor.control.password");
}

TEST_F(TorControlTest, WhereNobodyListens) {
  EXPECT_EQ(error_of(open_at(dir_ / "nobody")), "route.unreachable");
  EXPECT_EQ(error_of(open_at(std::filesystem::path(dir_.path() / std::string(200, 'x')))),
            "route.unreachable");
  EXPECT_EQ(error_of(open_at(TorPort{"127.0.0.1", closed_port().port})), "route.unreachable");
  for (const char* elsewhere : {"localhost", "192.0.2.1", "0.0.0.0", "::", "tor.example", ""}) {
    EXPECT_EQ(error_of(open_at(TorPort{elsewhere, 9051})), "route.unreachable") << elsewhere;
  }
  const SilentPort silent;
  EXPECT_EQ(error_of(open_at(TorPort{"127.0.0.1", silent.number()}, "", milliseconds(50))),
            "route.timeout");
}

TEST_F(TorControlTest, ACookieThatIsNone) {
  for (const std::size_t size : {0U, 31U, 33U, 5000U}) {
    std::ofstream(dir_ / "cookie") << std::string(size, 'x');
    EXPECT_EQ(error_of(open()), "tor.control.cookie") << size;
  }
  for (const auto& path : {dir_ / "no file", dir_.path()}) {
    server_.port.cookie_file = path;
    EXPECT_EQ(error_of(open()), "tor.control.cookie") << path;
  }
  EXPECT_FALSE(server_.port.authenticated);
}

struct Case {
  Trouble trouble;
  const char* opening;  // what open() ends with
  const char* asking;   // and what a command does, later
};
const Case cases[] = {
    {Trouble::silence, "tor.control.timeout", "tor.control.timeout"},
    {Trouble::zero_byte, "tor.control.reply", "tor.control.reply"},
    {Trouble::long_line, "tor.control.limit", "tor.control.limit"},
    {Trouble::bad_status, "tor.control.reply", "tor.control.reply"},
    {Trouble::mixed_statuses, "tor.control.reply", "tor.control.reply"},
    {Trouble::half_reply, "tor.control.closed", "tor.control.closed"},
};

TEST_F(TorControlTest, MisbehaviourEndsTheAttempt) {
  for (const Case& each : cases) {
    server_.port.trouble = each.trouble;
    server_.port.closed = false;
    const bool silent = each.trouble == Trouble::silence;
    EXPECT_EQ(error_of(open("", silent ? milliseconds(50) : long_enough)), each.opening);
  }
  server_.port.closed = false;
  server_.port.trouble = Trouble::unsolicited;
  EXPECT_EQ(error_of(open()), "tor.control.unsolicited");
  server_.port.trouble = Trouble::close_on_challenge;
  EXPECT_EQ(error_of(open()), "tor.control.closed");
  server_.port.closed = false;
  server_.port.trouble = Trouble::forged_hash;
  EXPECT_EQ(error_of(open()), "tor.control.forged");
  EXPECT_FALSE(server_.port.authenticated);
  EXPECT_FALSE(std::ranges::any_of(server_.port.commands, [](const std::string& command) {
    return command.starts_with("AUTHENTICATE");
  }));
}

TEST_F(TorControlTest, MisbehaviourLaterEndsEveryCommandAndThenTheConnection) {
  for (const Case& each : cases) {
    order_.clear();
    server_.port.trouble = Trouble::none;
    server_.port.closed = false;
    const auto control = must(open());
    server_.port.trouble = each.trouble;
    const bool silent = each.trouble == Trouble::silence;
    begin(*control, version(), silent ? milliseconds(50) : long_enough);
    begin(*control, version());
    until([&] { return order_.size() == 3; });
    EXPECT_EQ(order_, (std::vector<std::string>{each.asking, each.asking, "closed"}));
    EXPECT_EQ(error_of(ask(*control, version())), each.asking);
  }
  EXPECT_EQ(closed_.size(), std::size(cases));
}

TEST_F(TorControlTest, WhatCameBeforeTheTroubleCounts) {
  const auto control = must(open());
  server_.port.trouble = Trouble::unsolicited;
  begin(*control, version());
  until([&] { return order_.size() == 2; });
  EXPECT_EQ(order_, (std::vector<std::string>{"OK", "closed"}));
  EXPECT_EQ(closed_, std::vector<std::string>{"tor.control.unsolicited"});
}

TEST_F(TorControlTest, EventsComeBetweenReplies) {
  const auto control = must(open());
  server_.port.trouble = Trouble::interleaved;
  begin(*control, version());
  until([&] { return order_.size() == 1 && events_.size() == 2; });
  EXPECT_EQ(order_, std::vector<std::string>{"OK"});
  EXPECT_EQ(std::get<tor::OtherEvent>(events_[0]).name, "SIGNAL");
  EXPECT_TRUE(std::get<tor::NetworkLiveness>(events_[1]).up);
  EXPECT_TRUE(closed_.empty());
}

TEST_F(TorControlTest, AMalformedEventIsSkipped) {
  const auto control = must(open());
  server_.say("650 NETWORK_LIVENESS SIDEWAYS\r\n650 HS_DESC\r\n650 NETWORK_LIVENESS DOWN\r\n");
  until([&] { return !events_.empty(); });
  EXPECT_FALSE(std::get<tor::NetworkLiveness>(events_[0]).up);
  EXPECT_EQ(must(ask(*control, tor::take_ownership())).status, 250);
}

TEST_F(TorControlTest, RepliesFindTheirCommands) {
  const auto control = must(open());
  server_.port.answers["SIGNAL"] = "250 signalled\r\n";
  begin(*control, tor::take_ownership());
  begin(*control, tor::signal(tor::Signal::active));
  begin(*control, tor::Command("NONSENSE"));
  begin(*control, version());
  until([&] { return order_.size() == 4; });
  EXPECT_EQ(order_, (std::vector<std::string>{"OK", "signalled",
                                              "Unrecognized command \"NONSENSE\"", "OK"}));
}

TEST_F(TorControlTest, ItsEndIsToldOnce) {
  const auto control = must(open());
  server_.hang_up();
  until([&] { return !closed_.empty(); });
  EXPECT_EQ(closed_, std::vector<std::string>{"tor.control.closed"});
  control->close();
  owned_.reset();
  EXPECT_TRUE(comes_to_rest(io_));
  EXPECT_EQ(closed_.size(), 1U);
}

TEST_F(TorControlTest, CloseIsNoTroubleToHearOf) {
  const auto control = must(open());
  server_.port.trouble = Trouble::silence;
  begin(*control, version());
  until([&] { return server_.port.commands.back() == "GETINFO version"; });
  control->close();
  control->close();
  until([&] { return !order_.empty() && server_.open() == 0; });
  EXPECT_EQ(error_of(ask(*control, version())), "route.closed");
  owned_.reset();
  EXPECT_TRUE(comes_to_rest(io_));
  EXPECT_EQ(order_, std::vector<std::string>{"route.closed"});
}

TEST_F(TorControlTest, DestructionEndsWhatIsUnderWay) {
  auto control = must(open());
  server_.port.trouble = Trouble::silence;
  for (int i = 0; i < 3; ++i) begin(*control, version());
  auto never_awaited = control->ask(version(), long_enough);
  control.reset();
  until([&] { return order_.size() == 3 && server_.open() == 0; });
  owned_.reset();
  EXPECT_TRUE(comes_to_rest(io_));
  EXPECT_EQ(order_, (std::vector<std::string>(3, "route.closed")));
}

TEST_F(TorControlTest, WhoHearsAnEventMayEndTheConnection) {
  auto control = must(open());
  control->set_handlers(
      [&](const tor::Event& event) {
        control.reset();
        events_.push_back(event);
      },
      [this](const Error& why) { closed_.push_back(why.name()); });
  begin(*control, version());
  server_.say("650 ONE\r\n650 TWO\r\n");
  until([&] { return !events_.empty() && server_.open() == 0; });
  owned_.reset();
  EXPECT_TRUE(comes_to_rest(io_));
  EXPECT_EQ(events_.size(), 1U);
  EXPECT_TRUE(closed_.empty());
}

TEST_F(TorControlTest, WhoHearsOfTheEndMayDestroyTheRest) {
  auto control = must(open());
  control->set_handlers({}, [&](const Error&) {
    control.reset();
    order_.push_back("closed");
  });
  server_.hang_up();
  until([&] { return !order_.empty(); });
  EXPECT_EQ(control, nullptr);
}

TEST_F(TorControlTest, ADeadlineOfOneCommandDoesNotHurryTheOthers) {
  const auto control = must(open());
  server_.port.answers["SIGNAL"] = "";
  begin(*control, tor::signal(tor::Signal::active), std::chrono::hours(1));
  begin(*control, tor::signal(tor::Signal::active), milliseconds(40));
  const auto since = std::chrono::steady_clock::now();
  until([&] { return order_.size() == 3; });
  EXPECT_GE(std::chrono::steady_clock::now() - since, milliseconds(40));
  EXPECT_EQ(closed_, std::vector<std::string>{"tor.control.timeout"});
}

TEST_F(TorControlTest, AGiveUpByTheCallerLosesNoOtherReply) {
  const auto control = must(open());
  boost::asio::cancellation_signal give_up;
  auto keep = [this](const std::exception_ptr&, const Result<tor::Reply>& reply) {
    order_.push_back(reply ? "answered" : reply.error().name());
  };
  boost::asio::co_spawn(io_, control->ask(tor::take_ownership(), long_enough),
                        boost::asio::bind_cancellation_slot(give_up.slot(), keep));
  until([&] { return server_.port.commands.back() == "TAKEOWNERSHIP"; });
  give_up.emit(boost::asio::cancellation_type::terminal);
  server_.port.answers["SIGNAL"] = "250 signalled\r\n";
  EXPECT_EQ(must(ask(*control, tor::signal(tor::Signal::active))).last(), "signalled");
}

TEST_F(TorControlTest, AFloodArrivesWholeAndInOrder) {
  const auto control = must(open());
  constexpr int count = 40'000;
  std::string flood;
  for (int i = 0; i < count; ++i) {
    flood += "650 CIRC " + std::to_string(i) + " BUILT PURPOSE=GENERAL " +
             std::string(30, 'x') + "\r\n";
  }
  server_.say(flood);
  until([&] { return events_.size() == count; });
  for (int i = 0; i < count; ++i) {
    ASSERT_EQ(std::get<tor::CircuitEvent>(events_[static_cast<std::size_t>(i)]).id,
              std::to_string(i));
  }
}

TEST_F(TorControlTest, LeavesNoThreadAndNoDescriptor) {
  open().value()->close();
  const std::size_t threads_before = threads();
  for (int i = 0; i < 20; ++i) {
    auto control = must(open());
    EXPECT_EQ(threads(), threads_before + 1);
    control.reset();
  }
  until([&] { return server_.open() == 0; });
  const std::size_t descriptors_before = descriptors();
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(open());
    server_.port.trouble = Trouble::half_reply;
    EXPECT_FALSE(open());
    server_.port.trouble = Trouble::none;
    server_.port.closed = false;
  }
  until([&] { return server_.open() == 0; });
  EXPECT_EQ(threads(), threads_before);
  EXPECT_EQ(descriptors(), descriptors_before);
}

TEST_F(TorControlTest, TheLogHasNoSecrets) {
  std::string lines;
  set_log(LogLevel::debug, [&](LogLevel, std::string_view line) { lines += line; });
  const auto control = must(open());
  set_log(LogLevel::error, nullptr);
  EXPECT_TRUE(lines.contains("AUTHENTICATE [cookie hash]"));
  for (const std::string& command : server_.port.commands) {
    if (!command.starts_with("AUTHENTICATE ")) continue;
    EXPECT_FALSE(lines.contains(command.substr(13)));
  }
}

}  // namespace
}  // namespace sotto::net
