#include "cli/open_answers.h"

#include "base/text.h"
#include "cli/passphrase_file.h"
#include "cli/prompt.h"

namespace sotto::cli {
namespace {

Result<bool> ask_about(const node::OpenAnswers::Host& host) {
  const auto answer = ask_line(
      "The host calls itself " + displayable(host.name) + " and has the fingerprint\n\n    " +
      displayable(host.fingerprint) +
      "\n\nSomebody else may have answered.  Compare it with what `sotto id` shows the host, "
      "over\nanother channel: a call, a letter, face to face.  Is it the same?  [y/N] ");
  if (!answer) return std::unexpected(answer.error());
  return *answer == "y" || *answer == "Y" || *answer == "yes" || *answer == "Yes";
}

std::unexpected<Error> nobody_to_ask() {
  return fail(Errc::needs_flag,
              "Nobody can be asked whether this is the right host: give --fingerprint FP, or "
              "--trust-new to enter without comparing.");
}

}  // namespace

node::OpenAnswers open_answers(const OpenFlags& flags, const Asker& asker) {
  node::OpenAnswers answers;
  answers.trust_new = flags.trust_new;
  if (flags.password_file) {
    answers.given_password = [&flags] { return read_passphrase_file(*flags.password_file); };
  }
  answers.is_right = [&asker](const node::OpenAnswers::Host& host) -> Result<bool> {
    if (!asker.interactive()) return nobody_to_ask();
    return ask_about(host);
  };
  if (!asker.interactive()) return answers;
  answers.password = [] {
    return ask_passphrase(
        "The host lets nobody in without a password, or not at all.\n"
        "Password of the room (empty: none): ");
  };
  answers.address = [](const std::string&) {
    return ask_line("No open room of this machine has that id.  Its address, as HOST:PORT: ");
  };
  return answers;
}

}  // namespace sotto::cli
