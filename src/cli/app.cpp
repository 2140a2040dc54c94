#include "cli/app.h"

#include <algorithm>
#include <csignal>
#include <exception>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/help.h"
#include "cli/home.h"
#include "cli/render_result.h"
#include "cli/streams.h"

namespace sotto::cli {
namespace {

// Errors show foreign text through displayable() already; once more does no harm.
void say(std::string_view line) {
  write_all(STDERR_FILENO, "sotto: " + displayable(line) + "\n");
}

void start_log(int verbosity) {
  constexpr LogLevel levels[] = {LogLevel::error, LogLevel::warning, LogLevel::info,
                                 LogLevel::debug};
  set_log(levels[std::clamp(verbosity + 1, 0, 3)],
          [](LogLevel, std::string_view line) { write_log(line); });
}

bool runs_relay(const Command& command) {
  const auto* relay = std::get_if<RelayCommand>(&command);
  return relay != nullptr && !relay->url;
}

// These tell of errors in JSON themselves.
bool talks(const Command& command) {
  const auto* agent = std::get_if<AgentCommand>(&command);
  const auto* outbox = std::get_if<OutboxCommand>(&command);
  return std::holds_alternative<HostCommand>(command) ||
         std::holds_alternative<JoinCommand>(command) ||
         std::holds_alternative<SendCommand>(command) ||
         std::holds_alternative<ListenCommand>(command) || (agent != nullptr && !agent->stop) ||
         (outbox != nullptr && outbox->action == OutboxCommand::Action::flush) ||
         std::holds_alternative<DoctorCommand>(command) || runs_relay(command) ||
         (std::holds_alternative<ConfigCommand>(command) &&
          std::get<ConfigCommand>(command).check);
}

void warn_of_unlocked_memory() {
  if (secrets_are_locked()) return;
  log(LogLevel::info,
      "The system lets no more memory be locked: keys may reach the swap space.");
}

Result<void> carry_out(const Invocation& invocation, bool has_input) {
  const Globals& globals = invocation.globals;
  const Asker asker(globals);
  const Surroundings around{globals, asker, choose_style(globals.color),
                            find_home(globals.home),
                            has_input && !invocation.reads_standard_input};
  auto done = std::visit([&around](const auto& command) { return run(command, around); },
                         invocation.command);
  warn_of_unlocked_memory();
  return done;
}

int finish(const Result<void>& done, const Command& command, bool json) {
  if (done) return 0;
  const int code = exit_code(done.error());
  if (code == 130 || code == 143) return code;  // whoever sent the signal knows
  if (json && !talks(command)) write_all(STDOUT_FILENO, error_json(done.error()));
  say(done.error().text() + " [" + done.error().name() + "]");
  return code;
}

// Somebody has typed `sotto` and nothing else.  A script that does gets an error of one line.
int greet() {
  write_all(STDERR_FILENO, help_of_sotto({page_width(STDERR_FILENO), choose_style({})}));
  return static_cast<int>(Kind::usage);
}

}  // namespace

int run(int argc, const char* const* argv) {
  const bool has_input = keep_standard_streams();
  std::signal(SIGPIPE, SIG_IGN);
  ::umask(S_IRWXG | S_IRWXO);  // what is written here is for one person
  try {
    if (argc <= 1 && ::isatty(STDERR_FILENO) == 1) return greet();
    const auto invocation = parse(argc, argv, load_config);
    if (!invocation) {
      return finish(std::unexpected(invocation.error()), IdCommand(),
                    asks_for_json(argc, argv));
    }
    start_log(invocation->globals.verbosity);
    return finish(carry_out(*invocation, has_input), invocation->command,
                  invocation->globals.json);
  } catch (const std::exception& error) {
    say(std::string(error.what()) + " [internal]");
    return static_cast<int>(Kind::failure);
  }
}

}  // namespace sotto::cli
