// config, doctor.
#include "base/text.h"
#include "cli/understand.h"

namespace sotto::cli {
namespace {

Result<Command> config(const Words& words) {
  const std::string what = words.text("WHAT").value_or("show");
  if (what != "show" && what != "check") {
    return usage("sotto config takes show or check, not '" + displayable(what) + "'.");
  }
  return Command(ConfigCommand{what == "check"});
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
          .flags = {{.names = "WHAT", .about = "show (default) or check"}},
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
