#include "net/command_output.h"

#include <csignal>
#include <fstream>
#include <gtest/gtest.h>
#include <thread>
#include <unistd.h>

#include "support/results.h"
#include "support/run_real.h"
#include "support/temp_dir.h"
#include "transport/errors.h"

namespace sotto::net {
namespace {

class CommandOutputTest : public testing::Test {
 protected:
  CommandOutputTest() { std::signal(SIGPIPE, SIG_IGN); }  // as the program does

  Result<CommandOutput> run(const std::string& command, std::string_view input = "",
                            std::size_t limit = 1000, milliseconds time = patience) {
    return finish(io_, command_output(io_.get_executor(), command, to_bytes(as_bytes(input)),
                                      limit, std::chrono::steady_clock::now() + time));
  }
  std::string printed(const std::string& command, std::string_view input = "") {
    return std::string(as_text(must(run(command, input)).printed));
  }
  // The process that has written its number into this file.
  pid_t process_in(const char* name) {
    std::ifstream in(dir_.path() / name);
    pid_t pid = 0;
    in >> pid;
    return pid;
  }
  bool is_gone(pid_t pid) {
    const auto limit = std::chrono::steady_clock::now() + patience;
    while (::kill(pid, 0) == 0) {
      if (std::chrono::steady_clock::now() > limit) return false;
      std::this_thread::sleep_for(milliseconds(5));
    }
    return true;
  }

  TempDir dir_;
  boost::asio::io_context io_;
};

TEST_F(CommandOutputTest, WhatGoesInComesOut) {
  EXPECT_EQ(printed("cat", "some words"), "some words");
  EXPECT_EQ(printed("printf abc; exec 1>&-; exit 0"), "abc");
  EXPECT_EQ(printed("true"), "");
}

TEST_F(CommandOutputTest, TellsTheExitCode) {
  EXPECT_EQ(must(run("exit 3")).exit_code, 3);
  EXPECT_EQ(must(run("kill -TERM $$")).exit_code, 128 + SIGTERM);
  EXPECT_EQ(must(run("/nowhere/at/all 2>/dev/null")).exit_code, 127);
}

TEST_F(CommandOutputTest, NeedNotReadItsInput) {
  const std::string much(1 << 20, 'x');
  EXPECT_EQ(printed("echo done", much), "done\n");
  EXPECT_EQ(printed("head -c 3", much), "xxx");
}

TEST_F(CommandOutputTest, PrintsUpToTheLimitAndNoMore) {
  EXPECT_EQ(must(run("head -c 1000 /dev/zero")).printed.size(), 1000U);
  const auto more = run("head -c 1001 /dev/zero");
  ASSERT_FALSE(more.has_value());
  EXPECT_TRUE(more.error().is(transport::Errc::lost));
  const auto endless = run("cat /dev/zero");
  ASSERT_FALSE(endless.has_value());
  EXPECT_TRUE(endless.error().is(transport::Errc::lost));
}

TEST_F(CommandOutputTest, OneThatDoesNotEndIsKilledWithWhatItHasStarted) {
  const auto pid = (dir_.path() / "pid").string();
  const auto slow =
      run("sleep 1000 & echo $! > " + pid + "; wait", "", 1000, milliseconds(500));
  ASSERT_FALSE(slow.has_value());
  EXPECT_TRUE(slow.error().is(transport::Errc::timeout));
  ASSERT_GT(process_in("pid"), 0);
  EXPECT_TRUE(is_gone(process_in("pid")));
}

TEST_F(CommandOutputTest, WhatStaysInTheBackgroundHoldsNobodyUp) {
  const auto pid = (dir_.path() / "pid").string();
  EXPECT_EQ(printed("echo abc; sleep 1000 & echo $! > " + pid), "abc\n");
  ASSERT_GT(process_in("pid"), 0);
  EXPECT_EQ(::kill(process_in("pid"), SIGKILL), 0);
}

}  // namespace
}  // namespace sotto::net
