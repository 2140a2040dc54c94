#include "net/command_output.h"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

#include "net/spawn.h"
#include "transport/errors.h"

namespace sotto::net {
namespace {

namespace asio = boost::asio;
using transport::Errc;

constexpr auto as_tuple = asio::as_tuple(asio::use_awaitable);

std::unexpected<Error> not_started(int error) {
  return fail(Errc::closed,
              std::string("The command could not be started: ") + std::strerror(error) + ".");
}

using Pipe = std::array<int, 2>;  // what is read from, what is written to

void close_both(const Pipe& pipe) {
  ::close(pipe[0]);
  ::close(pipe[1]);
}

// The command and our ends of its pipes; killed with this, unless it has ended.
struct Running {
  Running(const asio::any_io_executor& executor, const Spawned& child, int input_end,
          int output_end, Bytes data)
      : pid(child.pid),
        exited(executor, child.pidfd),
        input(executor, input_end),
        output(executor, output_end),
        text(std::move(data)) {}
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running() {
    if (pid < 0) return;
    ::kill(-pid, SIGKILL);
    wait_for_exit(pid);
  }

  pid_t pid;                              // negative: it has ended
  asio::posix::stream_descriptor exited;  // readable once it has
  asio::posix::stream_descriptor input;
  asio::posix::stream_descriptor output;
  Bytes text;
  CommandOutput answer;
  std::optional<std::size_t> limit;  // none: what it prints is thrown away
  bool too_much = false;

  void print(ByteView piece) {
    if (!limit) return;
    append(answer.printed, piece);
    too_much = answer.printed.size() > *limit;
  }
};

// A command that does not read, or not to the end, is no trouble.
void feed(const std::shared_ptr<Running>& command) {
  asio::async_write(command->input, asio::buffer(command->text),
                    [command](const boost::system::error_code&, std::size_t) {
                      boost::system::error_code ignored;
                      command->input.close(ignored);
                    });
}

// Until the end of its output, or more than its limit of it.
asio::awaitable<void> read_output(std::shared_ptr<Running> command) {
  std::array<std::byte, 4096> chunk{};
  while (true) {
    const auto [error, n] =
        co_await command->output.async_read_some(asio::buffer(chunk), as_tuple);
    command->print(ByteView(chunk).first(n));
    if (error || command->too_much) co_return;
  }
}

asio::awaitable<void> await_exit(std::shared_ptr<Running> command) {
  while (true) {
    const auto [error] = co_await command->exited.async_wait(
        asio::posix::stream_descriptor::wait_read, as_tuple);
    if (error) co_return;
    if (const auto code = exit_code_of(command->pid)) {
      command->answer.exit_code = *code;
      command->pid = -1;
      co_return;
    }
  }
}

// What it has printed before it ended, where something else keeps the pipe open.
void read_rest(Running& command) {
  command.output.non_blocking(true);
  std::array<std::byte, 4096> chunk{};
  boost::system::error_code error;
  while (!error && !command.too_much) {
    const std::size_t n = command.output.read_some(asio::buffer(chunk), error);
    command.print(ByteView(chunk).first(n));
  }
}

asio::awaitable<void> run_to_the_end(std::shared_ptr<Running> command) {
  using namespace asio::experimental::awaitable_operators;
  auto either = read_output(command) || await_exit(command);
  co_await std::move(either);
  if (command->too_much) co_return;
  if (command->pid < 0) {
    read_rest(*command);
  } else {
    co_await await_exit(command);
  }
}

asio::awaitable<void> wait_until(asio::any_io_executor executor, SteadyTime deadline) {
  asio::steady_timer timer(std::move(executor), deadline);
  co_await timer.async_wait(as_tuple);
}

Result<std::shared_ptr<Running>> start(const asio::any_io_executor& executor,
                                       const std::string& command, Bytes text) {
  Pipe input{};
  Pipe output{};
  if (::pipe2(input.data(), O_CLOEXEC) != 0) return not_started(errno);
  if (::pipe2(output.data(), O_CLOEXEC) != 0) {
    const int error = errno;
    close_both(input);
    return not_started(error);
  }
  const auto child =
      spawn("/bin/sh", {"sh", "-c", command}, {}, {input[0], output[1], STDERR_FILENO});
  ::close(input[0]);
  ::close(output[1]);
  if (!child) {
    ::close(input[1]);
    ::close(output[0]);
    return not_started(child.error());
  }
  ::fcntl(input[1], F_SETFL, O_NONBLOCK);
  return std::make_shared<Running>(executor, *child, input[1], output[0], std::move(text));
}

}  // namespace

Async<CommandOutput> command_output(asio::any_io_executor executor, std::string command,
                                    Bytes input, std::optional<std::size_t> limit,
                                    SteadyTime deadline) {
  using namespace asio::experimental::awaitable_operators;
  auto started = start(executor, command, std::move(input));
  if (!started) co_return std::unexpected(started.error());
  const std::shared_ptr<Running> running = std::move(*started);
  running->limit = limit;
  feed(running);
  auto race = run_to_the_end(running) || wait_until(executor, deadline);
  const auto first = co_await std::move(race);
  boost::system::error_code ignored;
  running->input.close(ignored);
  if (running->too_much) {
    co_return fail(Errc::lost, "The command printed more than " + std::to_string(*limit) +
                                   " bytes, and was ended.");
  }
  if (first.index() == 1) {
    co_return fail(Errc::timeout, "The command did not end in time, and was killed.");
  }
  co_return std::move(running->answer);
}

}  // namespace sotto::net
