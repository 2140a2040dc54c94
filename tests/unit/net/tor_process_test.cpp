#include "net/tor_process.h"

#include <csignal>
#include <sys/stat.h>
#include <unistd.h>

#include "tor/command.h"
#include "unit/net/real_tor.h"

namespace sotto::net {
namespace {

bool is_alive(pid_t pid) {
  return ::kill(pid, 0) == 0;
}

class TorProcessTest : public RealTorTest {
 protected:
  // A program that is no tor, in shell.
  std::filesystem::path script(const std::string& text) const {
    const auto path = home_ / "program";
    std::ofstream(path) << "#!/bin/sh\n" << text << "\n";
    ::chmod(path.c_str(), 0700);
    return path;
  }
  Result<std::unique_ptr<TorProcess>> start_script(const std::string& text) {
    return TorProcess::start(io_.get_executor(), script(text), home_ / "torrc",
                             [this](const Error& why) { ended_.push_back(why); });
  }
};

TEST_F(TorProcessTest, FindsTheProgram) {
  const auto found = must(find_tor("tor"));
  EXPECT_TRUE(found.is_absolute());
  EXPECT_EQ(must(find_tor(found)), found);
  for (const std::string name : {"no-such-tor", "", "/usr", "./tor", "/etc/passwd"}) {
    EXPECT_EQ(error_of(find_tor(name)), "tor.missing") << name;
  }
  EXPECT_TRUE(find_tor("no-such-tor").error().text().contains("sudo apt install tor"));
}

TEST_F(TorProcessTest, TellsTheVersion) {
  EXPECT_TRUE(must(tor_version(must(find_tor("tor")))).starts_with("0.4."));
  EXPECT_EQ(must(tor_version(script("echo 'Tor version 0.4.10.1-alpha-dev (git-1).'"))),
            "0.4.10.1-alpha-dev");
  for (const char* no_tor : {"echo 'Not tor'", "exit 1", "exec >&-; sleep 1000"}) {
    EXPECT_EQ(error_of(tor_version(script(no_tor))), "tor.failed") << no_tor;
  }
  EXPECT_EQ(error_of(tor_version(home_ / "nothing")), "tor.failed");
}

TEST_F(TorProcessTest, RunsStopsAndIsGone) {
  const auto process = start();
  const auto control = connect();
  EXPECT_EQ(
      must(tor::read_get_info(ask(*control, tor::get_info({"process/pid"})))).at("process/pid"),
      std::to_string(process->pid()));
  EXPECT_EQ(::getpgid(process->pid()), process->pid());
  must(finish(io_, process->stop(soon())));
  EXPECT_FALSE(is_alive(process->pid()));
  EXPECT_TRUE(log().contains("exiting cleanly"));
  EXPECT_TRUE(ended_.empty());
  must(finish(io_, process->stop(soon())));
}

TEST_F(TorProcessTest, GoesWithItsObject) {
  auto process = start();
  connect();
  const pid_t pid = process->pid();
  process.reset();
  EXPECT_FALSE(is_alive(pid));
  io_.restart();
  io_.poll();
  EXPECT_TRUE(ended_.empty());
}

TEST_F(TorProcessTest, AKilledTorIsToldOnceOnBothWays) {
  const auto process = start();
  const auto control = connect();
  std::vector<std::string> closed;
  control->set_handlers({}, [&](const Error& why) { closed.push_back(why.name()); });
  ASSERT_EQ(::kill(process->pid(), SIGKILL), 0);
  until([&] { return !ended_.empty() && !closed.empty(); });
  EXPECT_EQ(closed, std::vector<std::string>{"tor.control.closed"});
  ASSERT_EQ(ended_.size(), 1U);
  EXPECT_EQ(ended_[0].name(), "tor.failed");
  EXPECT_TRUE(ended_[0].text().contains("by signal 9"));
  EXPECT_FALSE(is_alive(process->pid()));
}

TEST_F(TorProcessTest, ItsOwnWordsSayWhyItDoesNotStart) {
  auto bad = values();
  bad.extra = {"FooBar 1"};
  const auto process = start_on(must(tor::make_torrc(bad)));
  until([&] { return !ended_.empty(); });
  EXPECT_EQ(ended_[0].name(), "tor.failed");
  EXPECT_TRUE(ended_[0].text().contains("with exit code 1. It said: \""));
  EXPECT_TRUE(ended_[0].text().contains("Unknown option 'FooBar'.")) << ended_[0].text();
}

TEST_F(TorProcessTest, ASocketThatCannotBeIsNamed) {
  auto bad = values();
  bad.control_socket = home_ / "missing" / "control";
  const auto process = start_on(must(tor::make_torrc(bad)));
  until([&] { return !ended_.empty(); });
  EXPECT_TRUE(ended_[0].text().contains("Failed to bind one of the listener ports."))
      << ended_[0].text();
}

TEST_F(TorProcessTest, WhatIsNoProgramDoesNotStart) {
  EXPECT_EQ(error_of(TorProcess::start(io_.get_executor(), home_ / "nothing", home_ / "torrc",
                                       [](const Error&) {})),
            "tor.failed");
}

TEST_F(TorProcessTest, ItsChatterIsReadAndTheLastOfItKept) {
  const auto process = must(start_script(
      "i=0; while [ $i -lt 4000 ]; do echo \"line $i of what fills a pipe more than once\"; "
      "i=$((i+1)); done; printf '\\033[31mred\\n'; exit 3"));
  until([&] { return !ended_.empty(); });
  EXPECT_EQ(ended_[0].text(),
            "Tor ended by itself, with exit code 3. It said: \"\\x1b[31mred\". Do what it asks "
            "for.");
}

TEST_F(TorProcessTest, StopInsistsAtTheDeadline) {
  const auto process = must(start_script("trap '' TERM; touch '" + (home_ / "deaf").native() +
                                         "'; while :; do sleep 1; done"));
  const SteadyTime limit = soon();
  while (!std::filesystem::exists(home_ / "deaf") && std::chrono::steady_clock::now() < limit) {
    ::usleep(1000);
  }
  must(finish(io_, process->stop(std::chrono::steady_clock::now() + milliseconds(50))));
  EXPECT_FALSE(is_alive(process->pid()));
  EXPECT_TRUE(ended_.empty());
}

TEST_F(TorProcessTest, WhatItHasStartedDoesNotOutliveIt) {
  const auto note = (home_ / "child").native();
  const auto process = must(start_script("sleep 1000 & echo $! > '" + note + "'; exit 0"));
  until([&] { return !ended_.empty(); });
  pid_t child = 0;
  std::ifstream(note) >> child;
  ASSERT_GT(child, 0);
  const SteadyTime limit = soon();  // whoever adopts it waits for it
  const auto state = [&] {
    std::ifstream in("/proc/" + std::to_string(child) + "/stat");
    std::string word;
    in >> word >> word >> word;
    return word;
  };
  while (!state().empty() && state() != "Z" && std::chrono::steady_clock::now() < limit) {
    ::usleep(1000);
  }
  EXPECT_TRUE(state().empty() || state() == "Z");
}

TEST_F(TorProcessTest, ALeftOverTorIsSeenAndReplaced) {
  EXPECT_FALSE(is_held(data_));
  auto left = start();
  connect();
  EXPECT_TRUE(is_held(data_));
  until([&] { return tor_holding(data_) == left->pid(); });
  must(finish(io_, replace_tor(io_.get_executor(), data_, soon())));
  EXPECT_FALSE(is_held(data_));
  EXPECT_TRUE(log().contains("exiting cleanly"));
  until([&] { return !ended_.empty(); });
  EXPECT_TRUE(std::filesystem::exists(data_ / "lock"));  // the file is no sign
  must(finish(io_, replace_tor(io_.get_executor(), data_, soon())));
  const auto next = start();
  ended_.clear();
  connect();
  until([&] { return tor_holding(data_) == next->pid(); });
  must(finish(io_, next->stop(soon())));
}

TEST_F(TorProcessTest, AHungTorIsReplacedByForce) {
  const auto left = start();
  connect();
  ASSERT_EQ(::kill(left->pid(), SIGSTOP), 0);
  must(finish(io_, replace_tor(io_.get_executor(), data_,
                               std::chrono::steady_clock::now() + milliseconds(400))));
  EXPECT_FALSE(is_held(data_));
  until([&] { return !ended_.empty(); });
}

}  // namespace
}  // namespace sotto::net
