// help, completion.
#include "base/text.h"
#include "cli/suggest.h"
#include "cli/understand.h"

namespace sotto::cli {
namespace {

constexpr const char* shells = "bash zsh fish words";

Result<Command> help(const Words& words) {
  const std::string name = words.text("COMMAND").value_or("");
  if (!name.empty() && find_command(name) == nullptr) return std::unexpected(no_command(name));
  return Command(HelpCommand{name});
}

Result<CompletionCommand> understand_completion(const Words& words) {
  auto what = words.need("completion", "WHAT");
  if (!what) return pass(what);
  const auto choice = understand_choice("sotto completion", *what, shells);
  if (!choice) return std::unexpected(choice.error());
  CompletionCommand out;
  if (*what != "words") {
    out.shell = std::move(*what);
    if (const auto word = words.text("WORD"); word || words.has("--line")) {
      return usage("sotto completion " + out.shell + " takes no words: only `words` does.");
    }
    return out;
  }
  out.words = words.all("WORD");
  out.line = words.text("--line");
  if (out.line && !out.words.empty()) return usage("Give words or --line, not both.");
  return out;
}

Result<Command> completion(const Words& words) {
  return widened(understand_completion(words));
}

}  // namespace

Error no_command(const std::string& word) {
  std::vector<std::string> names;
  for (const CommandSpec& command : all_commands()) names.emplace_back(command.name);
  const auto meant = nearest(word, names);
  return Error(Errc::usage, "There is no command '" + displayable(word) + "'" +
                                (meant ? ": did you mean '" + *meant + "'?"
                                       : ".  `sotto help` lists them all."));
}

CommandSpec help_spec() {
  return {
      .name = "help",
      .about = "Show what there is, or how one command is used",
      .examples =
          "  sotto help\n"
          "  sotto help send     as `sotto send --help`",
      .flags = {{.names = "COMMAND", .about = "Which one", .whose = FlagSpec::Names::commands}},
      .understand = help};
}

CommandSpec completion_spec() {
  return {
      .name = "completion",
      .about = "Print what completes sotto's words in bash, zsh or fish",
      .examples =
          "  source <(sotto completion bash)     now; in ~/.bashrc: always\n"
          "  sotto completion zsh > ~/.zfunc/_sotto     in a folder of $fpath\n"
          "  sotto completion fish > ~/.config/fish/completions/sotto.fish\n"
          "  sotto completion words -- rooms show lo     what the three of them ask\n\n"
          "An installed sotto has put them in place already.\n\n"
          "`words` prints what the last word can become, a line each: the word, a tab, and "
          "what "
          "it\nis.  The first line is `files`, `folders` or `none`, for what may stand there "
          "besides, a\ntab, and the last word as it was understood.  Names of rooms and "
          "contacts come from\nthe profile of that command line, but only where no passphrase "
          "has to be asked for;\nnothing is made or started for them.",
      .flags = {{.names = "WHAT",
                 .about = "bash, zsh, fish, or words",
                 .required = true,
                 .choices = shells},
                {.names = "WORD",
                 .kind = FlagSpec::Kind::list,
                 .about = "Of words: a command line without `sotto`, after --",
                 .actions = "words"},
                {.names = "--line",
                 .type = "TEXT",
                 .about = "Of words: a whole command line instead, as a shell reads it"}},
      .understand = completion};
}

}  // namespace sotto::cli
