// Carrying out agent and rpc.
#include <cerrno>
#include <cstring>
#include <unistd.h>

#include "cli/stream_sink.h"
#include "cli/streams.h"

namespace sotto::cli {
namespace {

// A command that has one answer keeps quiet about what happens meanwhile.
class SilentSink final : public node::EventSink {
 public:
  bool on_event(const node::Event&, WallTime) override { return true; }
};

Result<std::string> all_of_standard_input() {
  std::string text;
  char chunk[1 << 16];
  constexpr std::size_t limit = 4 << 20;  // a line of the socket
  while (text.size() <= limit) {
    const ssize_t n = ::read(STDIN_FILENO, chunk, sizeof chunk);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno != EBADF) {  // a closed one is an empty one
      return fail(Errc::input,
                  std::string("Standard input cannot be read: ") + std::strerror(errno) + ".");
    }
    if (n <= 0) return text;
    text.append(chunk, static_cast<std::size_t>(n));
  }
  return fail(Errc::usage, "The parameters of a method have at most 4 MiB.");
}

Result<void> run_agent(const Surroundings& around, StreamSink& sink) {
  auto access = open_access(around, true);
  if (!access) return pass(access);
  return node::run_agent(*access, sink);
}

Result<void> stop_agent(const Surroundings& around) {
  auto access = open_access(around, false);
  if (!access) return pass(access);
  const bool runs = access->owner() != nullptr;
  if (!runs && around.globals.verbosity >= 0) {
    write_all(STDERR_FILENO, "No process owns this profile: there is nothing to stop.\n");
  }
  return node::stop_agent(*access);
}

}  // namespace

Result<void> run(const AgentCommand& command, const Surroundings& around) {
  if (command.stop) return stop_agent(around);
  StreamSink sink(around);
  return sink.conclude(run_agent(around, sink));
}

Result<void> run(const RpcCommand& command, const Surroundings& around) {
  std::string params = command.params.value_or("");
  if (params == "-") {
    auto text = all_of_standard_input();
    if (!text) return pass(text);
    params = std::move(*text);
  }
  auto access = open_access(around, true);
  if (!access) return pass(access);
  SilentSink sink;
  auto answer = node::call_method(*access, command.method, params, command.timeout, sink);
  if (!answer) return pass(answer);
  return print(*answer + "\n");
}

}  // namespace sotto::cli
