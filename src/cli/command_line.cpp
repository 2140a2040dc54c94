#include "cli/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>
#include <vector>

#include "base/text.h"
#include "cli/suggest.h"
#include "cli/understand.h"

namespace sotto::cli {
namespace {

// CLI11 takes "[a,b]" apart, ends a command at "++", and loses empty words and what follows a
// late "--".  Such words travel through it behind a mark; words that start with the mark by
// themselves are marked as well.
constexpr char mark = '\x01';

std::string protect(std::string word) {
  if (word.starts_with("--") && word.find('=') == word.size() - 1) return word + mark;
  const bool special =
      word.empty() || word.front() == mark || word.front() == '[' || word == "++";
  return special ? mark + word : word;
}

std::string unprotect(std::string word) {
  if (word.starts_with(mark)) word.erase(0, 1);
  return word;
}

// In reverse order, as CLI11 wants them.
std::vector<std::string> protected_words(int argc, const char* const* argv) {
  std::vector<std::string> words;
  bool flags_ended = false;  // at "--"
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (flags_ended) {
      words.push_back(mark + word);
    } else if (word == "--") {
      flags_ended = true;
    } else {
      words.push_back(protect(word));
    }
  }
  return {words.rbegin(), words.rend()};
}

// CLI11 built from the specs; what it finds goes into Words.
class Parser {
 public:
  Parser();

  Result<Invocation> parse(int argc, const char* const* argv, const ConfigLoader& load);

 private:
  void add(CLI::App& app, const FlagSpec& flag);

  Result<void> use_settings(const ConfigLoader& load);
  Result<Invocation> understand() const;
  Error not_understood(const CLI::ParseError& error);
  Error unexpected_word(const std::string& word) const;
  std::string command_name() const;
  const CommandSpec* command() const;  // null before one was named
  std::vector<std::string> known_flags() const;

  CLI::App app_{"", "sotto"};  // cli/help.h has the words
  Words words_;
};

Parser::Parser() {
  app_.require_subcommand(1);
  for (const FlagSpec& flag : global_flags()) add(app_, flag);
  for (const Setting& setting : all_settings()) words_.expect(setting.flag);
  app_.set_version_flag("--version", std::string("sotto ") + SOTTO_VERSION);
  app_.set_help_flag("-h,--help");
  for (const CommandSpec& spec : all_commands()) {
    CLI::App& app = *app_.add_subcommand(spec.name);
    app.fallthrough();
    for (const FlagSpec& flag : spec.flags) add(app, flag);
  }
}

void Parser::add(CLI::App& app, const FlagSpec& flag) {
  using Kind = FlagSpec::Kind;
  const std::string key = flag.key();
  words_.expect(key);
  switch (flag.kind) {
    case Kind::on:
    case Kind::count: {
      const std::function<void(std::int64_t)> keep = [this, key](std::int64_t times) {
        for (std::int64_t i = 0; i < times; ++i) words_.add(key, "");
      };
      app.add_flag_function(flag.names, keep);
      return;
    }
    case Kind::text: {
      const std::function<void(const std::string&)> keep =
          [this, key](const std::string& value) { words_.add(key, unprotect(value)); };
      app.add_option_function(flag.names, keep)->take_last()->required(flag.required);
      return;
    }
    case Kind::list: {
      using Values = std::vector<std::string>;
      const std::function<void(const Values&)> keep = [this, key](const Values& values) {
        for (const std::string& value : values) words_.add(key, unprotect(value));
      };
      auto* option = app.add_option_function(flag.names, keep)->required(flag.required);
      if (!flag.is_word()) option->allow_extra_args(false);
      return;
    }
  }
}

std::string Parser::command_name() const {
  const auto parsed = app_.get_subcommands();
  return parsed.empty() ? std::string() : parsed.front()->get_name();
}

const CommandSpec* Parser::command() const {
  return find_command(command_name());
}

std::vector<std::string> Parser::known_flags() const {
  std::vector<std::string> flags;
  const auto add = [&flags](const CLI::App& app) {
    for (const CLI::Option* known : app.get_options()) {
      for (const std::string& name : known->get_lnames()) flags.push_back("--" + name);
    }
  };
  add(app_);
  for (const CLI::App* parsed : app_.get_subcommands()) add(*parsed);
  return flags;
}

// The commands that have this flag: "sotto host and sotto listen".
std::string takers_of(std::string_view flag) {
  std::vector<std::string> names;
  for (const CommandSpec& command : all_commands()) {
    if (std::ranges::count(command.flags, flag, &FlagSpec::key) > 0) {
      names.push_back("sotto " + std::string(command.name));
    }
  }
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i) {
    out += i == 0 ? "" : i + 1 == names.size() ? " and " : ", ";
    out += names[i];
  }
  return out;
}

Error Parser::unexpected_word(const std::string& word) const {
  const std::string name = command_name();
  const std::string command = name.empty() ? "sotto" : "sotto " + name;
  if (!word.starts_with('-') || word == "-") {
    return Error(Errc::usage, command + " does not know what to do with '" + displayable(word) +
                                  "': see `" + command + " --help`.");
  }
  // What follows '=' may be a secret.
  const std::string flag = word.substr(0, word.find('='));
  const std::string text = command + " has no flag " + displayable(flag);
  const std::string others = takers_of(flag);
  if (!others.empty()) return Error(Errc::usage, text + ": it belongs to " + others + ".");
  const auto meant = nearest(flag, known_flags());
  return Error(Errc::usage, text + (meant ? ": did you mean " + *meant + "?"
                                          : ": see `" + command + " --help`."));
}

Error Parser::not_understood(const CLI::ParseError& error) {
  std::vector<std::string> rest = app_.remaining(true);
  std::erase(rest, "--");
  const std::string name = command_name();
  if (!rest.empty()) {
    const std::string word = unprotect(rest.front());
    const bool is_command = name.empty() && !word.starts_with('-');
    return is_command ? no_command(word) : unexpected_word(word);
  }
  if (name.empty()) {
    if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr) {
      return Error(Errc::usage, "Which command?  `sotto help` lists them all.");
    }
  } else if (auto understood = understand(); !understood) {
    return std::move(understood.error());  // says better what is missing
  }
  const std::string text = error.what();
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) {
    return Error(Errc::usage, displayable(text.substr(0, text.find(':'))) +
                                  " needs a value: see `sotto " +
                                  (name.empty() ? "" : name + " ") + "--help`.");
  }
  return Error(Errc::usage, displayable(text) + ".");
}

Result<Invocation> Parser::parse(int argc, const char* const* argv, const ConfigLoader& load) {
  try {
    app_.parse(protected_words(argc, argv));
  } catch (const CLI::CallForHelp&) {
    Invocation help{{}, HelpCommand{command_name()}};
    if (const auto globals = understand_globals(words_)) help.globals.color = globals->color;
    return help;
  } catch (const CLI::CallForVersion& version) {
    return Invocation{{}, ShowCommand{std::string(version.what()) + "\n"}};
  } catch (const CLI::ParseError& error) {
    return std::unexpected(not_understood(error));
  }
  const auto home = words_.text("--home");
  const auto color = words_.text("--color");
  if (load) {
    if (auto used = use_settings(load); !used) return pass(used);
  }
  auto invocation = understand();
  if (!invocation) return invocation;
  invocation->globals.given_home = home;
  invocation->globals.given_color = color;
  return invocation;
}

// Faults stop every command but those that are there to say them, or have no use of settings.
Result<void> Parser::use_settings(const ConfigLoader& load) {
  const CommandSpec& spec = *command();
  const Config config = load(words_.text("--config"));
  constexpr std::string_view exempt[] = {"config", "doctor", "help", "completion"};
  if (std::ranges::find(exempt, spec.name) == std::end(exempt)) {
    if (auto good = usable(config); !good) return good;
  }
  apply(config, spec, words_);
  return {};
}

// Everything on this command line that is to come from standard input, in words.
std::vector<std::string> standard_input_uses(const CommandSpec& command, const Words& words) {
  std::vector<std::string> uses;
  const auto look_at = [&](const FlagSpecs& flags) {
    for (const FlagSpec& flag : flags) {
      const bool may = *flag.input != '\0';
      if (may && words.text(flag.key()) == "-") uses.emplace_back(flag.input);
    }
  };
  look_at(global_flags());
  if (words.text("--passphrase-fd") == "0") uses.emplace_back("--passphrase-fd");
  look_at(command.flags);
  if (command.input == nullptr) return uses;
  std::string more = command.input(words);
  if (!more.empty()) uses.push_back(std::move(more));
  return uses;
}

Result<Invocation> Parser::understand() const {
  const CommandSpec& spec = *command();
  const std::vector<std::string> uses = standard_input_uses(spec, words_);
  if (uses.size() > 1) {
    return usage("Standard input can be read for one thing only, not for " + uses[0] + " and " +
                 uses[1] + " both: put one of them in a file.");
  }
  Invocation out;
  out.reads_standard_input = !uses.empty();
  auto globals = understand_globals(words_);
  if (!globals) return pass(globals);
  out.globals = std::move(*globals);
  auto understood = spec.understand(words_);
  if (!understood) return pass(understood);
  out.command = std::move(*understood);
  return out;
}

}  // namespace

Result<Invocation> parse(int argc, const char* const* argv, const ConfigLoader& load) {
  return Parser().parse(argc, argv, load);
}

bool asks_for_json(int argc, const char* const* argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--") return false;
    if (word == "--json") return true;
  }
  return false;
}

}  // namespace sotto::cli
