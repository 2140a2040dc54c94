// config, doctor.
#include "cli/understand.h"

namespace sotto::cli {
namespace {

constexpr const char* config_actions = "show check";

Result<Command> config(const Words& words) {
  const auto what =
      understand_choice("sotto config", words.text("WHAT").value_or("show"), config_actions);
  if (!what) return std::unexpected(what.error());
  return Command(ConfigCommand{*what == 1});
}

Result<Command> doctor(const Words&) {
  return Command(DoctorCommand{});
}

}  // namespace

CommandSpec config_spec() {
  return {.name = "config",
          .about = "Show the settings that hold, or check the settings file",
          .examples =
              "  sotto config                 what holds, and where it comes from\n"
              "  sotto config check           all faults of the file; exit 9 if there is one\n"
              "  sotto --config ./test.toml config show --json\n\n"
              "A flag wins over the environment, the environment over the file.",
          .flags = {{.names = "WHAT",
                     .about = "show (default) or check",
                     .choices = config_actions}},
          .understand = config};
}

CommandSpec doctor_spec() {
  return {.name = "doctor",
          .about = "Check the installation and say the cure of each fault",
          .examples =
              "  sotto doctor\n"
              "  sotto doctor --json | jq '.[] | select(.status != \"ok\")'\n\n"
              "Changes nothing.  Exit 0 where there is no fault, else that of the first one.",
          .flags = {},
          .understand = doctor};
}

}  // namespace sotto::cli
