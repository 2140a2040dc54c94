#include "cli/prompt.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <poll.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include "cli/passphrase_file.h"
#include "cli/streams.h"
#include "node/errors.h"

namespace sotto::cli {
namespace {

volatile sig_atomic_t caught = 0;  // the last signal while a question stands

void on_signal(int number) {
  caught = number;
}

// While it lives, signals that would end or suspend the process wait until wait_for_input(),
// which they end.
class CaughtSignals {
 public:
  CaughtSignals() {
    caught = 0;
    sigset_t numbers_set;
    sigemptyset(&numbers_set);
    struct sigaction action{};
    action.sa_handler = on_signal;
    sigemptyset(&action.sa_mask);
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      ::sigaction(numbers[i], &action, &before_[i]);
      sigaddset(&numbers_set, numbers[i]);
    }
    ::sigprocmask(SIG_BLOCK, &numbers_set, &mask_before_);
  }
  ~CaughtSignals() {
    ::sigprocmask(SIG_SETMASK, &mask_before_, nullptr);
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      ::sigaction(numbers[i], &before_[i], nullptr);
    }
  }
  CaughtSignals(const CaughtSignals&) = delete;
  CaughtSignals& operator=(const CaughtSignals&) = delete;

  // False when a signal came first.
  bool wait_for_input(int descriptor) const {
    pollfd input{descriptor, POLLIN, 0};
    while (caught == 0) {
      if (::ppoll(&input, 1, nullptr, &mask_before_) >= 0) return true;
      if (errno != EINTR) return true;  // read() will tell
    }
    return false;
  }

 private:
  static constexpr std::array numbers{SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
  std::array<struct sigaction, numbers.size()> before_{};
  sigset_t mask_before_{};
};

// Echo off while it lives.
class SilentTerminal {
 public:
  explicit SilentTerminal(int descriptor) : descriptor_(descriptor) {
    valid_ = ::tcgetattr(descriptor, &before_) == 0;
    if (!valid_) return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHONL);
    valid_ = ::tcsetattr(descriptor, TCSAFLUSH, &silent) == 0;
  }
  ~SilentTerminal() {
    if (!valid_) return;
    while (::tcsetattr(descriptor_, TCSAFLUSH, &before_) != 0 && errno == EINTR) {
    }
  }
  SilentTerminal(const SilentTerminal&) = delete;
  SilentTerminal& operator=(const SilentTerminal&) = delete;

  bool valid() const { return valid_; }

 private:
  int descriptor_;
  termios before_{};
  bool valid_ = false;
};

std::unexpected<Error> no_terminal(const std::string& why) {
  return fail(Errc::terminal, "The terminal cannot be asked: " + why + ".");
}

// How a question is answered.
struct Manner {
  bool hidden;
  std::size_t limit;  // bytes of an answer
};
constexpr Manner unseen{true, passphrase_limit};
constexpr Manner seen{false, passphrase_limit};
constexpr Manner pasted{true, 4095};  // a line of a terminal is never longer (N_TTY_BUF_SIZE)

// One line, without its end; nothing when a signal came first.
Result<std::optional<Secret>> read_line(int descriptor, const CaughtSignals& signals,
                                        std::size_t limit) {
  Secret buffer(limit + 1);
  std::size_t length = 0;
  while (true) {
    if (!signals.wait_for_input(descriptor)) return std::nullopt;
    std::byte* next = buffer.mutable_view().data() + length;
    const ssize_t count = ::read(descriptor, next, 1);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return no_terminal(std::strerror(errno));
    if (count == 0 && length == 0) return no_terminal("it has come to its end");
    if (count == 0 || *next == std::byte{'\n'}) break;
    if (++length > limit) {
      return no_terminal("more than " + std::to_string(limit) + " bytes were typed");
    }
  }
  return Secret(buffer.view().first(length));
}

// One question; nothing when a signal came before the answer, and `caught` says which.
Result<std::optional<Secret>> ask_once(int descriptor, const std::string& question,
                                       Manner how) {
  const CaughtSignals signals;
  if (!how.hidden) {
    if (::tcflush(descriptor, TCIFLUSH) != 0) return no_terminal(std::strerror(errno));
    write_all(descriptor, question);
    return read_line(descriptor, signals, how.limit);
  }
  Result<std::optional<Secret>> answer = std::optional<Secret>();
  {
    const SilentTerminal silent(descriptor);
    if (!silent.valid()) return no_terminal(std::strerror(errno));
    write_all(descriptor, question);
    answer = read_line(descriptor, signals, how.limit);
  }
  write_all(descriptor, "\n");
  return answer;
}

Result<Secret> ask(int descriptor, const std::string& question, Manner how) {
  while (true) {
    auto answer = ask_once(descriptor, question, how);
    if (!answer) return pass(answer);
    if (*answer) return std::move(**answer);
    switch (const int number = caught) {
      case SIGINT:
        return fail(node::Errc::interrupted, "Interrupted.");
      case SIGTSTP:
        ::raise(number);  // suspends; asks again when continued
        break;
      default:
        return fail(node::Errc::terminated, "Terminated.");
    }
  }
}

Result<Secret> ask_terminal(const std::string& question, Manner how) {
  const int terminal = ::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
  if (terminal < 0) return no_terminal(std::strerror(errno));
  auto answer = ask(terminal, question, how);
  ::close(terminal);
  return answer;
}

Result<std::string> as_line(const Result<Secret>& answer) {
  if (!answer) return std::unexpected(answer.error());
  return std::string(as_text(answer->view()));
}

Result<bool> as_yes(Result<std::string> answer) {
  if (!answer) return pass(answer);
  for (char& c : *answer) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return *answer == "y" || *answer == "yes";
}

bool same(const Secret& a, const Secret& b) {
  return std::ranges::equal(a.view(), b.view());
}

}  // namespace

Result<Secret> ask_passphrase(int descriptor, const std::string& question) {
  return ask(descriptor, question, unseen);
}

Result<Secret> ask_passphrase(const std::string& question) {
  return ask_terminal(question, unseen);
}

Result<Secret> ask_pasted(const std::string& question) {
  return ask_terminal(question, pasted);
}

Result<std::string> ask_line(int descriptor, const std::string& question) {
  return as_line(ask(descriptor, question, seen));
}

Result<std::string> ask_line(const std::string& question) {
  return as_line(ask_terminal(question, seen));
}

Result<Secret> ask_new_passphrase(const std::string& question) {
  constexpr int attempts = 3;
  for (int attempt = 0; attempt < attempts; ++attempt) {
    auto first = ask_passphrase(attempt == 0 ? question : "Not the same.  " + question);
    if (!first || first->empty()) return first;
    auto second = ask_passphrase("The same again: ");
    if (!second) return second;
    if (same(*first, *second)) return first;
  }
  return fail(Errc::passphrase_differs,
              "The two passphrases were never the same: nothing was done.");
}

Result<bool> ask_yes(int descriptor, const std::string& question) {
  return as_yes(ask_line(descriptor, question + " [y/N] "));
}

Result<bool> ask_yes(const std::string& question) {
  return as_yes(ask_line(question + " [y/N] "));
}

}  // namespace sotto::cli
