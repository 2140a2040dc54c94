// init, id.
#include "cli/understand.h"

namespace sotto::cli {
namespace {

Result<Command> init(const Words& words) {
  return Command(InitCommand{words.text("--name").value_or("")});
}

Result<Command> id(const Words& words) {
  return Command(IdCommand{words.has("--qr")});
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
          "  sotto id --qr          to be scanned\n"
          "  sotto export lobby -o f --for \"$(sotto --home ./bot id --json | jq -r .card)\"",
      .flags = {{.names = "--qr",
                 .kind = FlagSpec::Kind::on,
                 .about = "Show the card as a QR code instead"}},
      .understand = id};
}

}  // namespace sotto::cli
