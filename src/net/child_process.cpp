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
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

#include "transport/errors.h"

extern char** environ;

namespace sotto::net {
namespace {

namespace asio = boost::asio;

std::unexpected<Error> not_started(int error) {
  return fail(transport::Errc::closed,
              std::string("The command could not be started: ") + std::strerror(error) + ".");
}

// Undone when it goes.
class SpawnSettings {
 public:
  SpawnSettings() {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
  }
  ~SpawnSettings() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;

  // Standard input from `input`, output to our standard error, nothing else open.
  int prepare(int input) {
    sigset_t all;
    ::sigfillset(&all);
    sigset_t none;
    ::sigemptyset(&none);
    int error = ::posix_spawn_file_actions_adddup2(&actions_, input, STDIN_FILENO);
    if (error == 0) {
      error = ::posix_spawn_file_actions_adddup2(&actions_, STDERR_FILENO, STDOUT_FILENO);
    }
    if (error == 0) error = ::posix_spawn_file_actions_addclosefrom_np(&actions_, 3);
    if (error == 0) error = ::posix_spawnattr_setsigdefault(&attributes_, &all);
    if (error == 0) error = ::posix_spawnattr_setsigmask(&attributes_, &none);
    if (error == 0) error = ::posix_spawnattr_setpgroup(&attributes_, 0);
    if (error == 0) {
      error = ::posix_spawnattr_setflags(
          &attributes_, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
    }
    return error;
  }

  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

// Ours, with `variables` in the place of those of the same name.
std::vector<char*> environment_with(const std::vector<std::string>& variables) {
  std::vector<char*> out;
  for (char** at = environ; *at != nullptr; ++at) {
    const std::string_view name =
        std::string_view(*at).substr(0, std::string_view(*at).find('=') + 1);
    const bool replaced = std::ranges::any_of(
        variables, [&](const std::string& variable) { return variable.starts_with(name); });
    if (!replaced) out.push_back(*at);
  }
  for (const std::string& variable : variables) {
    out.push_back(const_cast<char*>(variable.c_str()));  // posix_spawn changes nothing
  }
  out.push_back(nullptr);
  return out;
}

int code_of(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
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
  SpawnSettings settings;
  int error = settings.prepare(pipe[0]);
  pid_t pid = -1;
  if (error == 0) {
    std::array<std::string, 3> words{"sh", "-c", command};
    std::array<char*, 4> arguments{words[0].data(), words[1].data(), words[2].data(), nullptr};
    error = ::posix_spawn(&pid, "/bin/sh", &settings.actions_, &settings.attributes_,
                          arguments.data(), environment_with(variables).data());
  }
  ::close(pipe[0]);
  const int pidfd = error == 0 ? static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)) : -1;
  if (pidfd < 0) {
    if (error == 0) {
      error = errno;
      ::kill(-pid, SIGKILL);
      ::waitpid(pid, nullptr, 0);
    }
    ::close(pipe[1]);
    return not_started(error);
  }
  ::fcntl(pidfd, F_SETFD, FD_CLOEXEC);
  ::fcntl(pipe[1], F_SETFL, O_NONBLOCK);
  std::shared_ptr<ChildProcess> self(new ChildProcess(std::make_unique<Handles>(
      executor, pid, pidfd, pipe[1], std::move(input), std::move(on_end))));
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
  int status = 0;
  if (::waitpid(handles_->pid, &status, WNOHANG) != handles_->pid) return watch();
  handles_->running = false;
  boost::system::error_code ignored;
  handles_->input.close(ignored);
  if (const auto on_end = std::exchange(handles_->on_end, nullptr)) on_end(code_of(status));
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
  int status = 0;
  if (!handles_->running || ::waitpid(handles_->pid, &status, 0) != handles_->pid) return -1;
  handles_->running = false;
  return code_of(status);
}

ChildProcess::~ChildProcess() {
  if (!handles_->running) return;
  ::kill(-handles_->pid, SIGKILL);
  ::waitpid(handles_->pid, nullptr, 0);
}

}  // namespace sotto::net
