#include "net/tor_process.h"

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>
#include <utility>

#include "base/text.h"
#include "net/spawn.h"
#include "net/tor_words.h"
#include "tor/errors.h"
#include "tor/torrc.h"

namespace sotto::net {
namespace {

namespace asio = boost::asio;
using tor::Errc;

constexpr std::size_t tail_limit = 4096;  // bytes of what it said last
constexpr milliseconds last_words_limit{200};

Error did_not_start(int error) {
  return {Errc::program_failed,
          std::string("Tor could not be started: ") + std::strerror(error) + "."};
}

Error ended_by_itself(int code, std::string_view output) {
  std::string text = "Tor ended by itself, ";
  text += code > 128 ? "by signal " + std::to_string(code - 128)
                     : "with exit code " + std::to_string(code);
  const std::string words = last_words(output);
  text += words.empty() ? ", and said nothing. Look into its log."
                        : ". It said: \"" + words + "\". Do what it asks for.";
  return {Errc::program_failed, text};
}

// The process itself.  Kept by its Handle and by what waits for it.
class Process : public std::enable_shared_from_this<Process> {
 public:
  Process(const asio::any_io_executor& executor, const Spawned& child, int output,
          TorProcess::OnEnd on_end)
      : pid_(child.pid),
        exited_(executor, child.pidfd),
        output_(executor, output),
        gone_(executor, SteadyTime::max()),
        grace_(executor),
        on_end_(std::move(on_end)) {}

  void start() {
    watch();
    listen();
  }
  pid_t pid() const { return pid_; }
  void terminate();
  void kill();
  static Async<void> wait(std::shared_ptr<Process> self, SteadyTime deadline);

 private:
  void watch();
  void listen();
  void keep(std::size_t bytes);
  void ended();
  void report();

  pid_t pid_;
  bool running_ = true;
  bool silent_ = false;  // says nothing more
  int code_ = 0;
  asio::posix::stream_descriptor exited_;  // readable once it has ended
  asio::posix::stream_descriptor output_;
  asio::steady_timer gone_;  // cancelled then
  asio::steady_timer grace_;
  std::array<char, 4096> buffer_;
  std::string said_;
  TorProcess::OnEnd on_end_;
};

void Process::watch() {
  exited_.async_wait(asio::posix::stream_descriptor::wait_read,
                     [weak = weak_from_this()](const boost::system::error_code& error) {
                       const auto self = weak.lock();
                       if (self && !error) self->ended();
                     });
}

// To its end, lest tor waits for a reader.
void Process::listen() {
  output_.async_read_some(
      asio::buffer(buffer_),
      [weak = weak_from_this()](const boost::system::error_code& error, std::size_t size) {
        const auto self = weak.lock();
        if (!self) return;
        self->keep(size);
        if (!error) return self->listen();
        self->silent_ = true;
        self->report();
      });
}

void Process::keep(std::size_t bytes) {
  said_.append(buffer_.data(), bytes);
  if (said_.size() > tail_limit) said_.erase(0, said_.size() - tail_limit);
}

void Process::ended() {
  if (!running_) return;
  pollfd over{exited_.native_handle(), POLLIN, 0};
  if (::poll(&over, 1, 0) != 1) return watch();
  // Until it is waited for, no other process can get its number.
  ::kill(-pid_, SIGKILL);  // the transport plugins that it has left
  code_ = wait_for_exit(pid_);
  running_ = false;
  gone_.cancel();
  // What it said last may not have come yet, or somebody else holds its end of the pipe.
  grace_.expires_after(last_words_limit);
  grace_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
    const auto self = weak.lock();
    if (!self || error) return;
    self->silent_ = true;
    self->report();
  });
  report();
}

void Process::report() {
  if (running_ || !silent_) return;
  grace_.cancel();
  if (const auto on_end = std::exchange(on_end_, nullptr)) {
    on_end(ended_by_itself(code_, said_));
  }
}

void Process::terminate() {
  on_end_ = nullptr;
  if (running_) ::kill(pid_, SIGTERM);
}

void Process::kill() {
  on_end_ = nullptr;
  if (!running_) return;
  ::kill(-pid_, SIGKILL);
  wait_for_exit(pid_);
  running_ = false;
  gone_.cancel();
}

Async<void> Process::wait(std::shared_ptr<Process> self, SteadyTime deadline) {
  if (!self->running_) co_return Result<void>();
  asio::steady_timer patience(self->gone_.get_executor(), deadline);
  patience.async_wait([self](const boost::system::error_code& error) {
    if (!error && self->running_) ::kill(-self->pid_, SIGKILL);
  });
  co_await self->gone_.async_wait(asio::as_tuple(asio::use_awaitable));
  co_return Result<void>();
}

class Handle final : public TorProcess {
 public:
  explicit Handle(std::shared_ptr<Process> process) : process_(std::move(process)) {}
  ~Handle() override { process_->kill(); }

  pid_t pid() const override { return process_->pid(); }
  Async<void> stop(SteadyTime deadline) override {
    process_->terminate();
    return Process::wait(process_, deadline);
  }

 private:
  std::shared_ptr<Process> process_;
};

}  // namespace

Result<std::unique_ptr<TorProcess>> TorProcess::start(const asio::any_io_executor& executor,
                                                      const std::filesystem::path& program,
                                                      const std::filesystem::path& torrc,
                                                      OnEnd on_end) {
  const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  std::array<int, 2> pipe{-1, -1};
  if (nothing < 0 || ::pipe2(pipe.data(), O_CLOEXEC) != 0) {
    const int error = errno;
    ::close(nothing);
    return std::unexpected(did_not_start(error));
  }
  std::vector<std::string> arguments = tor::tor_arguments(torrc.native());
  arguments.insert(arguments.begin(), "tor");
  const auto child = spawn(program, std::move(arguments), {}, {nothing, pipe[1], pipe[1]});
  ::close(nothing);
  ::close(pipe[1]);
  if (!child) {
    ::close(pipe[0]);
    return std::unexpected(did_not_start(child.error()));
  }
  ::fcntl(pipe[0], F_SETFL, O_NONBLOCK);
  const auto process = std::make_shared<Process>(executor, *child, pipe[0], std::move(on_end));
  process->start();
  return std::make_unique<Handle>(process);
}

}  // namespace sotto::net
