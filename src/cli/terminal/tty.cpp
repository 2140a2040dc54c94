#include "cli/terminal/tty.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utility>

#include "cli/errors.h"

namespace sotto::cli {
namespace {

constexpr std::array numbers{SIGWINCH, SIGCONT, SIGTSTP};
constexpr std::string_view ask_for_paste_marks = "\x1b[?2004h";
constexpr std::string_view no_paste_marks = "\x1b[?2004l";

volatile sig_atomic_t came[numbers.size()];
volatile sig_atomic_t woken = -1;  // the eventfd to write to
std::array<struct sigaction, numbers.size()> actions_before;

void on_signal(int number) {
  const int kept = errno;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (numbers[i] == number) came[i] = 1;
  }
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t n = ::write(woken, &one, sizeof one);
  errno = kept;
}

void catch_signal(std::size_t i, struct sigaction* before) {
  struct sigaction action{};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  ::sigaction(numbers[i], &action, before);
}

// A description of its own: what is set on it is not set for the shell, which shares ours.
int opened_again(int descriptor) {
  const std::string path = "/proc/self/fd/" + std::to_string(descriptor);
  const int again = ::open(path.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  return again >= 0 ? again : ::fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
}

}  // namespace

Result<Tty> Tty::open(bool redrawn) {
  const int input = opened_again(STDIN_FILENO);
  const int output = opened_again(STDOUT_FILENO);
  const int signals = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  Tty tty(input, output, signals, redrawn);
  if (input < 0 || output < 0 || signals < 0 || ::tcgetattr(input, &tty.before_) != 0) {
    return fail(Errc::terminal,
                std::string("The terminal cannot be used: ") + std::strerror(errno) + ".");
  }
  woken = signals;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    came[i] = 0;
    // Without modes of ours, stopping needs no care.
    if (redrawn || numbers[i] == SIGWINCH) catch_signal(i, &actions_before.at(i));
  }
  tty.take_over();
  return tty;
}

Tty::Tty(int input, int output, int signals, bool redrawn)
    : input_(input), output_(output), signals_(signals), redrawn_(redrawn) {}

Tty::Tty(Tty&& other) noexcept
    : input_(other.input_),
      output_(other.output_),
      signals_(other.signals_),
      redrawn_(other.redrawn_),
      taken_(std::exchange(other.taken_, false)),
      moved_from_(std::exchange(other.moved_from_, true)),
      before_(other.before_) {}

Tty::~Tty() {
  if (moved_from_) return;
  restore();
  if (woken == signals_ && signals_ >= 0) {
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      if (redrawn_ || numbers[i] == SIGWINCH) {
        ::sigaction(numbers[i], &actions_before.at(i), nullptr);
      }
    }
    woken = -1;
  }
  for (const int fd : {input_, output_, signals_}) {
    if (fd >= 0) ::close(fd);
  }
}

void Tty::take_over() {
  if (!redrawn_) return;
  termios raw = before_;
  raw.c_iflag &= ~static_cast<tcflag_t>(ICRNL | INLCR | IGNCR | ISTRIP | INPCK | PARMRK);
  raw.c_oflag &= ~static_cast<tcflag_t>(OPOST);
  raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | ISIG | IEXTEN);
  raw.c_cc[VMIN] = 1;
  raw.c_cc[VTIME] = 0;
  while (::tcsetattr(input_, TCSANOW, &raw) != 0 && errno == EINTR) {
  }
  taken_ = true;
  write(ask_for_paste_marks, -1);
}

void Tty::restore() {
  if (!std::exchange(taken_, false)) return;
  write(no_paste_marks, -1);
  while (::tcsetattr(input_, TCSANOW, &before_) != 0 && errno == EINTR) {
  }
}

Tty::Size Tty::size() const {
  winsize size{};
  if (::ioctl(output_, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) {
    return {80, 24};
  }
  return {size.ws_col, size.ws_row};
}

std::optional<std::string> Tty::read() const {
  std::array<char, 4096> buffer;
  const ssize_t n = ::read(input_, buffer.data(), buffer.size());
  if (n > 0) return std::string(buffer.data(), static_cast<std::size_t>(n));
  if (n < 0 && (errno == EINTR || errno == EAGAIN)) return std::string();
  return std::nullopt;
}

bool Tty::write(std::string_view text, int interrupt) const {
  constexpr std::size_t piece = 4096;
  constexpr int limit = 2'000;  // ms, where nothing else ends the waiting
  while (!text.empty()) {
    const ssize_t n = ::write(output_, text.data(), std::min(text.size(), piece));
    if (n > 0) {
      text.remove_prefix(static_cast<std::size_t>(n));
      continue;
    }
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno != EAGAIN) return false;
    std::array<pollfd, 2> watched{{{output_, POLLOUT, 0}, {interrupt, POLLIN, 0}}};
    const int ready = ::poll(watched.data(), watched.size(), interrupt < 0 ? limit : -1);
    if (ready == 0 || watched[1].revents != 0) return false;
    if ((watched[0].revents & (POLLERR | POLLHUP)) != 0) return false;
  }
  return true;
}

void Tty::suspend() {
  restore();
  // The whole group, as the terminal does it: a pipeline or script stops as one.
  ::signal(SIGTSTP, SIG_DFL);
  ::kill(0, SIGTSTP);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (numbers[i] == SIGTSTP) catch_signal(i, nullptr);
  }
  take_over();
}

Tty::News Tty::take_news() const {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t n = ::read(signals_, &count, sizeof count);
  const auto take = [](std::size_t i) {
    const bool it_came = came[i] != 0;
    came[i] = 0;
    return it_came;
  };
  return {take(0), take(1), take(2)};
}

}  // namespace sotto::cli
