#include "cli/prompt.h"

#include <cstdlib>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <string>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "cli/passphrase_file.h"
#include "node/errors.h"

namespace sotto::cli {
namespace {

// Both ends of a terminal: what the person sees and types at, and what the program has.
class Terminal {
 public:
  Terminal() {
    person_ = ::posix_openpt(O_RDWR | O_NOCTTY);
    ::grantpt(person_);
    ::unlockpt(person_);
    program_ = ::open(::ptsname(person_), O_RDWR | O_NOCTTY);
    if (program_ < 0) std::abort();
  }
  ~Terminal() {
    ::close(program_);
    ::close(person_);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  int program() const { return program_; }
  void type(std::string_view keys) const {
    if (::write(person_, keys.data(), keys.size()) != static_cast<ssize_t>(keys.size())) {
      std::abort();
    }
  }
  // What has appeared on the screen.
  std::string seen() const {
    std::string out;
    pollfd screen{person_, POLLIN, 0};
    while (::poll(&screen, 1, 100) > 0 && (screen.revents & POLLIN) != 0) {
      char buffer[4096];
      const ssize_t count = ::read(person_, buffer, sizeof buffer);
      if (count <= 0) break;
      out.append(buffer, static_cast<std::size_t>(count));
    }
    return out;
  }
  bool echoes() const {
    termios now{};
    ::tcgetattr(program_, &now);
    return (now.c_lflag & ECHO) != 0;
  }
  // Waits until the program has asked: what is typed earlier is thrown away.
  void wait_for_silence() const {
    while (echoes()) ::usleep(1000);
  }

 private:
  int person_;
  int program_;
};

// Runs `person` in a process of its own while the question stands.
template <class Person>
Result<Secret> ask(const Terminal& terminal, Person person) {
  const pid_t asking = ::getpid();
  const pid_t child = ::fork();
  if (child == 0) {
    terminal.wait_for_silence();
    person(asking);
    ::_exit(0);
  }
  auto answer = ask_passphrase(terminal.program(), "Passphrase: ");
  ::waitpid(child, nullptr, 0);
  return answer;
}

TEST(AskPassphrase, ReadsALineUnseen) {
  const Terminal terminal;
  EXPECT_TRUE(terminal.echoes());
  const auto answer = ask(terminal, [&](pid_t) { terminal.type("correct horse\nrest"); });
  ASSERT_TRUE(answer) << answer.error().text();
  EXPECT_EQ(as_text(answer->view()), "correct horse");
  EXPECT_TRUE(terminal.echoes());
  const std::string seen = terminal.seen();
  EXPECT_NE(seen.find("Passphrase: "), std::string::npos);
  EXPECT_EQ(seen.find("horse"), std::string::npos);
}

TEST(AskPassphrase, TakesAnEmptyLine) {
  const Terminal terminal;
  const auto answer = ask(terminal, [&](pid_t) { terminal.type("\n"); });
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->empty());
}

TEST(AskPassphrase, BringsEchoBackAfterSignals) {
  for (const auto& [number, expected] :
       {std::pair(SIGINT, node::Errc::interrupted), std::pair(SIGTERM, node::Errc::terminated),
        std::pair(SIGHUP, node::Errc::terminated)}) {
    const Terminal terminal;
    const auto answer =
        ask(terminal, [signal = number](pid_t asking) { ::kill(asking, signal); });
    ASSERT_FALSE(answer);
    EXPECT_TRUE(answer.error().is(expected)) << answer.error().text();
    EXPECT_TRUE(terminal.echoes());
  }
}

TEST(AskPassphrase, AsksAgainAfterASuspension) {
  const Terminal terminal;
  const pid_t asking = ::fork();
  if (asking == 0) {
    ::setpgid(0, 0);  // nobody can suspend a group that has no parent outside it
    const auto answer = ask_passphrase(terminal.program(), "Passphrase: ");
    ::_exit(answer && as_text(answer->view()) == "horse" ? 0 : 1);
  }
  terminal.wait_for_silence();
  ::kill(asking, SIGTSTP);
  int status = 0;
  ::waitpid(asking, &status, WUNTRACED);
  EXPECT_TRUE(WIFSTOPPED(status));
  EXPECT_TRUE(terminal.echoes());
  ::kill(asking, SIGCONT);
  terminal.wait_for_silence();
  terminal.type("horse\n");
  ::waitpid(asking, &status, 0);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(AskPassphrase, EndsWithTheTerminal) {
  const Terminal terminal;
  const auto answer = ask(terminal, [&](pid_t) { terminal.type("\x04"); });  // end of input
  ASSERT_FALSE(answer);
  EXPECT_TRUE(answer.error().is(Errc::terminal));
  EXPECT_TRUE(terminal.echoes());
}

TEST(AskPassphrase, HasALimit) {
  const Terminal terminal;
  const auto answer = ask(
      terminal, [&](pid_t) { terminal.type(std::string(passphrase_limit + 1, 'x') + "\n"); });
  ASSERT_FALSE(answer);
  EXPECT_TRUE(answer.error().is(Errc::terminal));
}

TEST(AskPassphrase, NeedsATerminal) {
  const int null = ::open("/dev/null", O_RDWR);
  const auto answer = ask_passphrase(null, "Passphrase: ");
  ::close(null);
  ASSERT_FALSE(answer);
  EXPECT_TRUE(answer.error().is(Errc::terminal));
}

// Answers a question that shows what is typed.
Result<bool> answered(const Terminal& terminal, const std::string& answer) {
  const pid_t child = ::fork();
  if (child == 0) {
    std::string seen;
    while (seen.find("[y/N] ") == std::string::npos) seen += terminal.seen();
    terminal.type(answer);
    ::_exit(0);
  }
  auto result = ask_yes(terminal.program(), "Sure?");
  ::waitpid(child, nullptr, 0);
  return result;
}

TEST(AskYes, TakesYesInEitherCaseAndNothingElse) {
  const Terminal terminal;
  for (const char* yes : {"y\n", "Y\n", "yes\n", "YES\n"}) {
    EXPECT_EQ(answered(terminal, yes).value(), true) << yes;
    EXPECT_TRUE(terminal.echoes());
  }
  for (const char* no : {"\n", "n\n", "no\n", "yess\n", " y\n", "ja\n"}) {
    EXPECT_EQ(answered(terminal, no).value(), false) << no;
  }
}

// Waits for the question itself: nothing else shows that it stands.
template <class Person>
Result<std::string> ask_for_line(const Terminal& terminal, Person person) {
  const pid_t asking = ::getpid();
  const pid_t child = ::fork();
  if (child == 0) {
    std::string seen;
    while (seen.find("Is it?") == std::string::npos) seen += terminal.seen();
    person(asking);
    ::_exit(0);
  }
  auto answer = ask_line(terminal.program(), "Is it? ");
  ::waitpid(child, nullptr, 0);
  return answer;
}

TEST(AskLine, ReadsALineThatIsSeen) {
  const Terminal terminal;
  const auto answer = ask_for_line(terminal, [&](pid_t) { terminal.type("yes, it is\n"); });
  ASSERT_TRUE(answer) << answer.error().text();
  EXPECT_EQ(*answer, "yes, it is");
  EXPECT_TRUE(terminal.echoes());
}

// A yes that was typed before anybody could know to what is none.
TEST(AskLine, ThrowsAwayWhatWasTypedBefore) {
  const Terminal terminal;
  terminal.type("y\n");
  const auto answer = ask_for_line(terminal, [&](pid_t) { terminal.type("n\n"); });
  ASSERT_TRUE(answer) << answer.error().text();
  EXPECT_EQ(*answer, "n");
}

TEST(AskLine, EndsWithASignalOrTheTerminal) {
  const Terminal terminal;
  auto answer = ask_for_line(terminal, [](pid_t asking) { ::kill(asking, SIGINT); });
  ASSERT_FALSE(answer);
  EXPECT_TRUE(answer.error().is(node::Errc::interrupted));
  answer = ask_for_line(terminal, [&](pid_t) { terminal.type("\x04"); });
  ASSERT_FALSE(answer);
  EXPECT_TRUE(answer.error().is(Errc::terminal));
}

TEST(AskLine, NeedsATerminal) {
  const int null = ::open("/dev/null", O_RDWR);
  const auto answer = ask_line(null, "Is it? ");
  ::close(null);
  ASSERT_FALSE(answer);
  EXPECT_TRUE(answer.error().is(Errc::terminal));
}

}  // namespace
}  // namespace sotto::cli
