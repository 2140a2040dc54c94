#include "net/child_process.h"

#include <boost/asio/io_context.hpp>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <unistd.h>

#include "support/results.h"
#include "support/run_real.h"
#include "support/temp_dir.h"

namespace sotto::net {
namespace {

class ChildProcessTest : public testing::Test {
 protected:
  ChildProcessTest() { std::signal(SIGPIPE, SIG_IGN); }  // as the program does
  std::string file(const char* name) const { return (dir_.path() / name).string(); }
  std::string content(const char* name) const {
    std::ifstream in(file(name));
    return {std::istreambuf_iterator<char>(in), {}};
  }

  std::shared_ptr<ChildProcess> start(const std::string& command, std::string input = "",
                                      const std::vector<std::string>& variables = {}) {
    return must(ChildProcess::start(io_.get_executor(), command, variables, std::move(input),
                                    [this](int code) { code_ = code; }));
  }
  // The exit code of `command`, run to its end.
  int run(const std::string& command, std::string input = "",
          const std::vector<std::string>& variables = {}) {
    code_.reset();
    io_.restart();
    const auto child = start(command, std::move(input), variables);
    const auto limit = std::chrono::steady_clock::now() + patience;
    while (!code_ && io_.run_one_until(limit) > 0) {
    }
    EXPECT_TRUE(code_) << command << " did not end";
    return code_.value_or(-1);
  }

  TempDir dir_;
  boost::asio::io_context io_;
  std::optional<int> code_;
};

TEST_F(ChildProcessTest, TellsTheExitCode) {
  EXPECT_EQ(run("true"), 0);
  EXPECT_EQ(run("exit 7"), 7);
  EXPECT_EQ(run("kill -TERM $$"), 128 + SIGTERM);
  EXPECT_EQ(run("/nowhere/at/all 2>/dev/null"), 127);
}

TEST_F(ChildProcessTest, TheInputArrivesWholeAndNeedNotBeRead) {
  const std::string text(1 << 20, 'x');
  EXPECT_EQ(run("cat > " + file("copy"), text), 0);
  EXPECT_EQ(content("copy"), text);
  EXPECT_EQ(run("true", text), 0);
  EXPECT_EQ(run("head -c 1 > " + file("copy"), text), 0);
  EXPECT_EQ(content("copy"), "x");
}

TEST_F(ChildProcessTest, VariablesTakeThePlaceOfOurs) {
  ASSERT_EQ(::setenv("SOTTO_ROOM", "old", 1), 0);
  EXPECT_EQ(run("env | grep ^SOTTO_ | sort > " + file("env"), "",
                {"SOTTO_ROOM=lobby", "SOTTO_NAME=two words; $(echo no)"}),
            0);
  ::unsetenv("SOTTO_ROOM");
  EXPECT_EQ(content("env"), "SOTTO_NAME=two words; $(echo no)\nSOTTO_ROOM=lobby\n");
}

TEST_F(ChildProcessTest, InheritsNoDescriptorAndNoSignalOfOurs) {
  const int kept = ::fcntl(STDERR_FILENO, F_DUPFD, 50);  // without O_CLOEXEC
  ASSERT_GE(kept, 50);
  EXPECT_EQ(run("grep SigIgn /proc/self/status > " + file("signals") +
                "; test ! -e /proc/$$/fd/" + std::to_string(kept)),
            0);
  ::close(kept);
  // The C library keeps the signals 32 and 33 for itself.
  constexpr std::uint64_t named = (std::uint64_t{1} << 31) - 1;
  EXPECT_EQ(std::stoull(content("signals").substr(8), nullptr, 16) & named, 0U);
}

TEST_F(ChildProcessTest, FinishInsistsAtTheLimit) {
  const auto deaf =
      start("trap '' TERM; echo $$ > " + file("pid") + "; while :; do sleep 1; done");
  const auto limit = std::chrono::steady_clock::now() + patience;
  while (content("pid").empty() && std::chrono::steady_clock::now() < limit) ::usleep(1000);
  const pid_t pid = std::stoi(content("pid"));
  deaf->terminate();
  EXPECT_EQ(deaf->finish(std::chrono::steady_clock::now() + std::chrono::milliseconds(50)),
            128 + SIGKILL);
  EXPECT_EQ(::kill(pid, 0), -1);
  io_.poll();
  EXPECT_FALSE(code_) << "whoever waits for the end is not called as well";
}

TEST_F(ChildProcessTest, OneThatIsGivenUpDoesNotGoOn) {
  auto child = start("echo $$ > " + file("pid") + "; sleep 1000");
  const auto limit = std::chrono::steady_clock::now() + patience;
  while (content("pid").empty() && std::chrono::steady_clock::now() < limit) ::usleep(1000);
  const pid_t pid = std::stoi(content("pid"));
  child.reset();
  EXPECT_EQ(::kill(pid, 0), -1);
}

}  // namespace
}  // namespace sotto::net
