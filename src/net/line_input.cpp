#include "net/line_input.h"

#include <array>
#include <atomic>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <poll.h>
#include <semaphore>
#include <string_view>
#include <sys/eventfd.h>
#include <unistd.h>
#include <utility>

namespace sotto::net {
namespace {

constexpr std::ptrdiff_t read_ahead = 64;  // lines

}  // namespace

struct LineInput::Shared : std::enable_shared_from_this<Shared> {
  Shared(boost::asio::any_io_executor executor_in, std::size_t limit_in,
         std::function<void(std::optional<std::string>)> on_line_in)
      : executor(std::move(executor_in)),
        limit(limit_in),
        on_line(std::move(on_line_in)),
        stop(::eventfd(0, EFD_CLOEXEC)) {}
  ~Shared() { ::close(stop); }

  // On the thread.
  void run() {
    std::array<char, std::size_t{16} * 1024> buffer;
    std::string line;
    while (true) {
      std::array<pollfd, 2> watched{{{STDIN_FILENO, POLLIN, 0}, {stop, POLLIN, 0}}};
      if (::poll(watched.data(), watched.size(), -1) < 0 && errno != EINTR) break;
      if (watched[1].revents != 0) return;
      if (watched[0].revents == 0) continue;
      const ssize_t n = ::read(STDIN_FILENO, buffer.data(), buffer.size());
      if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (n <= 0) break;
      if (!split(std::string_view(buffer.data(), static_cast<std::size_t>(n)), line)) return;
    }
    if (!line.empty() && !deliver(cut(std::move(line)))) return;
    deliver(std::nullopt);
  }

  bool split(std::string_view text, std::string& line) {
    while (!text.empty()) {
      const auto end = text.find('\n');
      line += text.substr(0, end);
      // One byte more than is delivered, lest a return in its midst passes for the end of a
      // line.
      if (line.size() > limit + 2) line.resize(limit + 2);
      if (end == std::string_view::npos) return true;
      text.remove_prefix(end + 1);
      if (!line.empty() && line.back() == '\r') line.pop_back();
      if (!deliver(cut(std::exchange(line, {})))) return false;
    }
    return true;
  }

  std::string cut(std::string line) const {
    if (line.size() > limit) line.resize(limit + 1);
    return line;
  }

  // False once nobody listens any more.
  bool deliver(std::optional<std::string> line) {
    room.acquire();
    if (stopped.load()) return false;
    boost::asio::post(executor, [self = shared_from_this(), line = std::move(line)]() mutable {
      if (!self->stopped.load()) self->on_line(std::move(line));
    });
    return true;
  }

  boost::asio::any_io_executor executor;
  std::size_t limit;
  std::function<void(std::optional<std::string>)> on_line;
  std::counting_semaphore<> room{read_ahead};
  std::atomic<bool> stopped{false};
  int stop;
};

LineInput::LineInput(boost::asio::any_io_executor executor, std::size_t limit,
                     std::function<void(std::optional<std::string>)> on_line)
    : shared_(std::make_shared<Shared>(std::move(executor), limit, std::move(on_line))) {
  thread_ = std::thread([shared = shared_] { shared->run(); });
}

void LineInput::taken() {
  shared_->room.release();
}

LineInput::~LineInput() {
  shared_->stopped = true;
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(shared_->stop, &one, sizeof one);
  shared_->room.release();
  thread_.join();
}

}  // namespace sotto::net
