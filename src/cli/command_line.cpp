#include "cli/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>
#include <vector>

#include "base/text.h"
#include "cli/spec.h"
#include "cli/suggest.h"

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
  Error unknown_command(const std::string& word) const;
  Error unexpected_word(const std::string& word) const;
  std::string command_name() const;
  const CommandSpec* command() const;  // null before one was named
  std::vector<std::string> known_flags() const;

  CLI::App app_{"Messages between people and scripts that nobody in between can read.",
                "sotto"};
  Words words_;
};

Parser::Parser() {
  app_.require_subcommand(1);
  app_.get_formatter()->column_width(34);
  app_.footer(
      "Start here:\n"
      "  sotto host lobby --export lobby.sotto   host a room; the file lets one person in\n"
      "  sotto join lobby.sotto                  enter it from elsewhere\n"
      "  date | sotto send lobby                 leave a message and go\n\n"
      "`sotto COMMAND --help` tells more.  Exit codes: 0 done, 2 usage, 3 not reached in "
      "time,\n"
      "4 identity, 5 refused, 6 a service is missing, 7 store, 8 policy, 9 bad input, 1 "
      "other.");
  for (const FlagSpec& flag : global_flags()) add(app_, flag);
  app_.set_version_flag("--version", std::string("sotto ") + SOTTO_VERSION,
                        "Show the version and exit");
  app_.set_help_flag("-h,--help", "Show this and exit");
  for (const CommandSpec& spec : all_commands()) {
    CLI::App& app = *app_.add_subcommand(spec.name, spec.about);
    app.fallthrough();
    app.footer("Examples:\n" + std::string(spec.examples) +
               "\n\nFlags that every command takes: `sotto --help`.");
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
      app.add_flag_function(flag.names, keep, flag.about);
      return;
    }
    case Kind::text: {
      const std::function<void(const std::string&)> keep =
          [this, key](const std::string& value) { words_.add(key, unprotect(value)); };
      app.add_option_function(flag.names, keep, flag.about)
          ->type_name(flag.type)
          ->take_last()
          ->required(flag.required);
      return;
    }
    case Kind::list: {
      using Values = std::vector<std::string>;
      const std::function<void(const Values&)> keep = [this, key](const Values& values) {
        for (const std::string& value : values) words_.add(key, unprotect(value));
      };
      auto* option = app.add_option_function(flag.names, keep, flag.about)
                         ->type_name(flag.type)
                         ->required(flag.required);
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
  const auto specs = all_commands();
  const auto at = std::ranges::find(specs, command_name(), &CommandSpec::name);
  return at == specs.end() ? nullptr : &*at;
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

Error Parser::unknown_command(const std::string& word) const {
  std::vector<std::string> names;
  for (const CLI::App* known : app_.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(known->get_name());
  }
  const auto meant = nearest(word, names);
  return Error(Errc::usage, "There is no command '" + displayable(word) + "'" +
                                (meant ? ": did you mean '" + *meant + "'?"
                                       : ".  `sotto --help` lists them all."));
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
  const auto meant = nearest(flag, known_flags());
  return Error(Errc::usage, command + " has no flag " + displayable(flag) +
                                (meant ? ": did you mean " + *meant + "?"
                                       : ": see `" + command + " --help`."));
}

Error Parser::not_understood(const CLI::ParseError& error) {
  std::vector<std::string> rest = app_.remaining(true);
  std::erase(rest, "--");
  const std::string name = command_name();
  if (!rest.empty()) {
    const std::string word = unprotect(rest.front());
    const bool is_command = name.empty() && !word.starts_with('-');
    return is_command ? unknown_command(word) : unexpected_word(word);
  }
  if (name.empty()) {
    if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr) {
      return Error(Errc::usage, "Which command?  `sotto --help` lists them all.");
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
    return Invocation{{}, ShowCommand{app_.help()}};
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

// Faults stop every command but those that are there to say them.
Result<void> Parser::use_settings(const ConfigLoader& load) {
  const CommandSpec& spec = *command();
  const Config config = load(words_.text("--config"));
  const std::string_view name = spec.name;
  if (name != "config" && name != "doctor") {
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
