// init, id.
#include "cli/understand.h"

namespace sotto::cli {
namespace {

Result<Command> init(const Words& words) {
  return Command(InitCommand{words.text("--name").value_or("")});
}

Result<Command> id(const Words&) {
  return Command(IdCommand{});
}

}  // namespace

CommandSpec init_spec() {
  return {.name = "init",
          .about = "Make a profile: an identity with its own sealed store",
          .examples =
              "  sotto init --name anna\n"
              "  sotto --home ./bot --passphrase-file secret init --name bot",
          .flags = {{.names = "--name",
                     .type = "NAME",
                     .about = "What others see (default: the login name)"}},
          .understand = init};
}

CommandSpec id_spec() {
  return {
      .name = "id",
      .about = "Show who this profile is: name, fingerprint and card",
      .examples =
          "  sotto id\n"
          "  sotto export lobby -o f --for \"$(sotto --home ./bot id --json | jq -r .card)\"",
      .flags = {},
      .understand = id};
}

}  // namespace sotto::cli
