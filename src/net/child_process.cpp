#include "net/child_process.h"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>
#include <utility>

#include "net/spawn.h"
#include "transport/errors.h"

namespace sotto::net {
namespace {

namespace asio = boost::asio;

std::unexpected<Error> not_started(int error) {
  return fail(transport::Errc::closed,
              std::string("The command could not be started: ") + std::strerror(error) + ".");
}

}  // namespace

struct ChildProcess::Handles {
  Handles(const asio::any_io_executor& executor, pid_t pid_in, int pidfd, int pipe,
          std::string text, OnEnd ended)
      : pid(pid_in),
        exited(executor, pidfd),
        input(executor, pipe),
        data(std::move(text)),
        on_end(std::move(ended)) {}

  pid_t pid;
  bool running = true;
  asio::posix::stream_descriptor exited;  // readable once it has ended
  asio::posix::stream_descriptor input;
  std::string data;
  OnEnd on_end;
};

ChildProcess::ChildProcess(std::unique_ptr<Handles> handles) : handles_(std::move(handles)) {}

Result<std::shared_ptr<ChildProcess>> ChildProcess::start(
    const asio::any_io_executor& executor, const std::string& command,
    const std::vector<std::string>& variables, std::string input, OnEnd on_end) {
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return not_started(errno);
  // Its output is no data: it goes to our standard error.
  const auto child = spawn("/bin/sh", {"sh", "-c", command}, variables,
                           {pipe[0], STDERR_FILENO, STDERR_FILENO});
  ::close(pipe[0]);
  if (!child) {
    ::close(pipe[1]);
    return not_started(child.error());
  }
  ::fcntl(pipe[1], F_SETFL, O_NONBLOCK);
  std::shared_ptr<ChildProcess> self(new ChildProcess(std::make_unique<Handles>(
      executor, child->pid, child->pidfd, pipe[1], std::move(input), std::move(on_end))));
  self->feed();
  self->watch();
  return self;
}

// A command that does not read, or not to the end, is no trouble.
void ChildProcess::feed() {
  asio::async_write(handles_->input, asio::buffer(handles_->data),
                    [weak = weak_from_this()](const boost::system::error_code&, std::size_t) {
                      const auto self = weak.lock();
                      boost::system::error_code ignored;
                      if (self) self->handles_->input.close(ignored);
                    });
}

void ChildProcess::watch() {
  handles_->exited.async_wait(
      asio::posix::stream_descriptor::wait_read,
      [weak = weak_from_this()](const boost::system::error_code& error) {
        const auto self = weak.lock();
        if (self && !error) self->reap();
      });
}

void ChildProcess::reap() {
  if (!handles_->running) return;  // finish() was faster
  const auto code = exit_code_of(handles_->pid);
  if (!code) return watch();
  handles_->running = false;
  boost::system::error_code ignored;
  handles_->input.close(ignored);
  if (const auto on_end = std::exchange(handles_->on_end, nullptr)) on_end(*code);
}

void ChildProcess::terminate() const {
  if (handles_->running) ::kill(-handles_->pid, SIGTERM);
}

int ChildProcess::finish(SteadyTime limit) {
  handles_->on_end = nullptr;
  boost::system::error_code ignored;
  handles_->input.close(ignored);
  const auto left = std::chrono::ceil<milliseconds>(limit - std::chrono::steady_clock::now());
  pollfd ended{handles_->exited.native_handle(), POLLIN, 0};
  if (::poll(&ended, 1, static_cast<int>(std::max<std::int64_t>(0, left.count()))) != 1) {
    ::kill(-handles_->pid, SIGKILL);
  }
  if (!handles_->running) return -1;
  handles_->running = false;
  return wait_for_exit(handles_->pid);
}

ChildProcess::~ChildProcess() {
  if (!handles_->running) return;
  ::kill(-handles_->pid, SIGKILL);
  wait_for_exit(handles_->pid);
}

}  // namespace sotto::net
