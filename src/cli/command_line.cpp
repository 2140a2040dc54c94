#include "cli/command_line.h"

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "base/text.h"
#include "cli/raw_flags.h"
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

class Parser {
 public:
  Parser();

  Result<Invocation> parse(int argc, const char* const* argv);

 private:
  CLI::App& command(const char* name, const char* what, const char* examples);
  void add_globals();
  void add_host();
  void add_join();
  void add_send();
  void add_export();
  void add_import();
  void add_history();
  void add_writing(CLI::App& app);  // flags of a connection file that is written
  void add_reading(CLI::App& app);  // and of one that may be read

  CLI::Option* option(CLI::App& app, const char* flags, RawFlags::Text& text, const char* type,
                      const char* what);
  CLI::Option* list(CLI::App& app, const char* flags, std::vector<std::string>& words,
                    const char* type, const char* what);

  Error not_understood(const CLI::ParseError& error);
  Error unknown_command(const std::string& word) const;
  Error unexpected_word(const std::string& word) const;
  std::string command_name() const;
  std::vector<std::string> known_flags() const;

  CLI::App app_{"Messages between people and scripts that nobody in between can read.",
                "sotto"};
  RawFlags raw_;
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
  add_globals();
  CLI::App& init = command("init", "Make a profile: an identity with its own sealed store",
                           "  sotto init --name anna\n"
                           "  sotto --home ./bot --passphrase-file secret init --name bot");
  option(init, "--name", raw_.name, "NAME", "What others see (default: the login name)");
  command("id", "Show who this profile is: name, fingerprint and card",
          "  sotto id\n"
          "  sotto export lobby -o f --for \"$(sotto --home ./bot id --json | jq -r .card)\"");
  add_host();
  add_join();
  add_send();
  add_export();
  add_import();
  add_history();
}

CLI::App& Parser::command(const char* name, const char* what, const char* examples) {
  CLI::App& app = *app_.add_subcommand(name, what);
  app.fallthrough();
  app.footer("Examples:\n" + std::string(examples) +
             "\n\nFlags that every command takes: `sotto --help`.");
  return app;
}

CLI::Option* Parser::option(CLI::App& app, const char* flags, RawFlags::Text& text,
                            const char* type, const char* what) {
  const std::function<void(const std::string&)> keep = [&text](const std::string& value) {
    text = unprotect(value);
  };
  return app.add_option_function(flags, keep, what)->type_name(type)->take_last();
}

CLI::Option* Parser::list(CLI::App& app, const char* flags, std::vector<std::string>& words,
                          const char* type, const char* what) {
  using Words = std::vector<std::string>;
  const std::function<void(const Words&)> keep = [&words](const Words& values) {
    for (const std::string& value : values) words.push_back(unprotect(value));
  };
  return app.add_option_function(flags, keep, what)->type_name(type);
}

void Parser::add_globals() {
  option(app_, "--home", raw_.home, "DIR",
         "The profile's folder (default: $SOTTO_HOME, else $XDG_DATA_HOME/sotto, else "
         "~/.local/share/sotto)");
  app_.add_flag("--json", raw_.json, "One JSON object, or one a line for what goes on");
  app_.add_flag("--no-input", raw_.no_input, "Never ask: fail and name the flag instead");
  option(app_, "--passphrase-file", raw_.passphrase_file, "FILE",
         "Unlock the profile with the first line of FILE (-: standard input)");
  option(app_, "--passphrase-fd", raw_.passphrase_fd, "N", "The same from a descriptor");
  app_.add_flag("-v,--verbose", raw_.verbose, "Say what is going on; twice: in detail");
  app_.add_flag("-q,--quiet", raw_.quiet, "Say nothing but errors");
  option(app_, "--color", raw_.color, "WHEN", "auto, always or never (and $NO_COLOR)");
  app_.set_version_flag("--version", std::string("sotto ") + SOTTO_VERSION,
                        "Show the version and exit");
  app_.set_help_flag("-h,--help", "Show this and exit");
}

void Parser::add_writing(CLI::App& app) {
  option(app, "--uses", raw_.uses, "N", "How many people the file lets in (default 1)");
  option(app, "--expires", raw_.expires, "TIME", "Until when, such as 24h (default: for ever)");
  app.add_flag("--armor", raw_.armor, "Write text instead of bytes");
  app.add_flag("--force", raw_.force, "Replace a file that is there already");
  option(app, "--invite-passphrase-file", raw_.invite_passphrase_file, "FILE",
         "Lock the file with the passphrase on FILE's first line (-: standard input; asked for "
         "in a terminal)");
  list(app, "--for", raw_.for_cards, "CARD",
       "Lock it for this card instead (repeatable; `sotto id` shows one)")
      ->allow_extra_args(false);
  app.add_flag("--unsealed", raw_.unsealed, "Lock it not at all: whoever reads it can use it");
}

void Parser::add_reading(CLI::App& app) {
  option(
      app, "--invite-passphrase-file", raw_.invite_passphrase_file, "FILE",
      "The connection file's passphrase: first line of FILE (-: standard input; asked for in "
      "a terminal)");
}

void Parser::add_host() {
  CLI::App& app = command(
      "host", "Host a room and talk in it",
      "  sotto host lobby --export lobby.sotto        asks for the file's passphrase\n"
      "  sotto host lobby --bind 127.0.0.1 --port 4711\n"
      "  sotto --json host lobby < /dev/null           JSON Lines of what happens\n\n"
      "Each line of standard input is a message.  The end of input ends typing only: the room\n"
      "stays open until a signal (or --once).");
  option(app, "ROOM", raw_.room, "", "The room's name (default: main)");
  app.add_flag("--direct", raw_.direct, "Listen on TCP here (the default)");
  option(app, "--bind", raw_.bind, "ADDRESS", "Listen on this IP address (default: all)");
  option(app, "--port", raw_.port, "N", "Listen on this port, 1025 to 65535 (default: random)");
  option(app, "--port-range", raw_.port_range, "A-B", "Listen on the first free one of these");
  option(app, "--max-members", raw_.max_members, "N", "Let no more than N members in");
  app.add_flag("--once", raw_.once, "Leave when the first member leaves");
  option(app, "--export", raw_.export_to, "FILE",
         "Write a connection file once the room is open; the flags below are about it");
  add_writing(app);
}

void Parser::add_join() {
  CLI::App& app =
      command("join", "Enter a room and talk in it",
              "  sotto join lobby.sotto              a connection file\n"
              "  sotto join lobby                    by name, once joined\n"
              "  tail -f log | sotto join lobby      each line is a message\n\n"
              "The end of input leaves the room once everything has been delivered.");
  option(app, "TARGET", raw_.target, "",
         "A room known by name, else a connection file (./x is always a file, -: standard "
         "input)")
      ->required();
  option(app, "--fingerprint", raw_.fingerprint, "FP", "Talk to the host with this one only");
  option(app, "--timeout", raw_.timeout, "TIME", "Give up after this long (default 60s)");
  add_reading(app);
}

void Parser::add_send() {
  CLI::App& app = command(
      "send", "Leave one message and go",
      "  date | sotto send lobby                       text from standard input\n"
      "  sotto send lobby < note.txt                   the whole file is one message\n"
      "  tail log | sotto send lobby --lines           each line is one\n"
      "  sotto send lobby.sotto --id backup-7 < note   a retry with this id never shows twice\n"
      "  sotto send lobby see you at eight             quick, but `ps` shows the text\n");
  option(app, "TARGET", raw_.target, "", "A room known by name, else a connection file")
      ->required();
  list(app, "TEXT", raw_.words, "", "The message (default: standard input, at most 1 MiB)");
  option(app, "-m,--message", raw_.message, "TEXT", "The message, too");
  app.add_flag("--lines", raw_.lines, "Each line of standard input is one message");
  option(app, "--id", raw_.id, "ID", "Name the message, to send it again without harm");
  option(app, "--wait", raw_.wait, "STAGE", "Until it is queued or delivered (the default)");
  option(app, "--timeout", raw_.timeout, "TIME", "Give up after this long (default 60s)");
  app.add_flag("--queue", raw_.queue, "Not reached in time: keep it to send later");
  option(app, "--fingerprint", raw_.fingerprint, "FP", "Only to the host with this one");
  add_reading(app);
}

void Parser::add_export() {
  CLI::App& app = command(
      "export", "Write a connection file: what lets somebody into a room of ours",
      "  sotto export lobby -o lobby.sotto --expires 24h      asks for its passphrase\n"
      "  sotto export lobby -o - --armor --invite-passphrase-file p | mail -s hello bob\n");
  option(app, "ROOM", raw_.room, "", "A room that this profile hosts")->required();
  option(app, "-o,--output", raw_.export_to, "FILE", "Where to (-: standard output)");
  add_writing(app);
}

void Parser::add_import() {
  CLI::App& app = command("import", "Remember the room of a connection file by name",
                          "  sotto import lobby.sotto\n"
                          "  sotto import lobby.sotto --as book-club");
  option(app, "FILE", raw_.file, "", "A connection file (-: standard input)")->required();
  option(app, "--as", raw_.as_name, "NAME", "What to call the room here");
  add_reading(app);
}

void Parser::add_history() {
  CLI::App& app = command("history", "Show what was said in a room",
                          "  sotto history lobby --since 24h\n"
                          "  sotto history lobby --limit 20 --json | jq -r '.messages[].text'");
  option(app, "ROOM", raw_.who, "", "A room known by name")->required();
  option(app, "--since", raw_.since, "TIME",
         "From then, or from so long ago: 24h, "
         "2026-11-20T22:05:00Z");
  option(app, "--limit", raw_.limit, "N", "The last N messages only");
}

std::string Parser::command_name() const {
  const auto parsed = app_.get_subcommands();
  return parsed.empty() ? std::string() : parsed.front()->get_name();
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
  } else if (auto understood = interpret(name, raw_); !understood) {
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

Result<Invocation> Parser::parse(int argc, const char* const* argv) {
  try {
    app_.parse(protected_words(argc, argv));
  } catch (const CLI::CallForHelp&) {
    return Invocation{{}, ShowCommand{app_.help()}};
  } catch (const CLI::CallForVersion& version) {
    return Invocation{{}, ShowCommand{std::string(version.what()) + "\n"}};
  } catch (const CLI::ParseError& error) {
    return std::unexpected(not_understood(error));
  }
  return interpret(command_name(), std::move(raw_));
}

}  // namespace

Result<Invocation> parse(int argc, const char* const* argv) {
  return Parser().parse(argc, argv);
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
