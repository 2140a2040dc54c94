#include "cli/manual.h"

#include <algorithm>
#include <span>

#include "cli/examples.h"

namespace sotto::cli {
namespace {

// --- man(7)

// Text as roff takes it: no character is an escape.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else if (c == '~') {
      out += "\\(ti";
    } else if (c == '^') {
      out += "\\(ha";
    } else if (c == '`') {
      out += "\\(ga";
    } else if (c == '\'') {
      out += "\\(aq";
    } else {
      out += c;
    }
  }
  return out;
}

// A text of any length, in short lines of which none is a request; a sentence ends a line, so
// that roff puts the right space behind it.
std::string filled(std::string_view text) {
  constexpr std::size_t width = 78;
  std::string out;
  std::size_t column = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    std::string word = escaped(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (word.empty()) continue;
    const bool sentence_ended = out.ends_with('.') || out.ends_with('?') || out.ends_with('!');
    if (column > 0 && (sentence_ended || column + 1 + word.size() > width)) {
      out += '\n';
      column = 0;
    }
    if (column > 0) {
      out += ' ';
      ++column;
    } else if (word.starts_with('.')) {
      word.insert(0, "\\&");
    }
    out += word;
    column += word.size();
  }
  return out + "\n";
}

std::string upper(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? char(c - 'a' + 'A') : c; });
  return out;
}

std::string head(const std::string& name, std::string_view about) {
  return ".TH " + upper(name) +
         " 1 " SOTTO_RELEASED " \"sotto " SOTTO_VERSION
         "\" \"sotto manual\"\n.nh\n.ad l\n.SH NAME\n" +
         escaped(name) + " \\- " + escaped(about) + "\n";
}

// A term in bold (escaped already), and its text further in.
std::string entry(const std::string& term, std::string_view text) {
  return ".TP\n.B " + term + "\n" + filled(text);
}

struct Entry {
  const char* term;
  const char* about;
};

std::string entries(std::string_view section, std::span<const Entry> all) {
  std::string out = ".SH " + std::string(section) + "\n";
  for (const Entry& one : all) out += entry(escaped(one.term), one.about);
  return out;
}

// --- from the tables

// "-o, --output FILE"
std::string term_of(const FlagSpec& flag) {
  std::string names = flag.names;
  if (const auto comma = names.find(','); comma != std::string::npos)
    names.insert(comma + 1, " ");
  if (*flag.type != '\0') names += " " + std::string(flag.type);
  return escaped(names);
}

std::string synopsis_of(const CommandSpec& command) {
  std::string out = ".SH SYNOPSIS\n.B sotto " + escaped(command.name) + "\n";
  for (const FlagSpec& flag : command.flags) {
    if (!flag.is_word()) continue;
    const bool many = flag.kind == FlagSpec::Kind::list;
    out += flag.required ? "" : "[";
    out += "\\fI" + escaped(flag.names) + "\\fR" + (many ? "..." : "");
    out += flag.required ? "\n" : "]\n";
  }
  return out + "[\\fIflags\\fR]\n";
}

std::string description_of(const CommandSpec& command, const Examples& examples) {
  std::string out = ".SH DESCRIPTION\n" + filled(std::string(command.about) + ".");
  for (const std::string& note : examples.notes) out += ".PP\n" + filled(note);
  return out + ".PP\nFlags that every command takes are listed in\n.BR sotto (1).\n";
}

std::string arguments_of(const CommandSpec& command) {
  std::string out;
  for (const FlagSpec& flag : command.flags) {
    if (flag.is_word()) out += entry(term_of(flag), flag.about);
  }
  return out.empty() ? out : ".SH ARGUMENTS\n" + out;
}

std::string flags_of(std::string_view section, const FlagSpecs& flags) {
  std::string out;
  for (const auto& [group, some] : by_group(flags)) {
    if (out.empty()) out += ".SH " + std::string(section) + "\n";
    if (!group.empty()) out += ".SS " + escaped(group) + "\n";
    for (const FlagSpec& flag : some) out += entry(term_of(flag), flag.about);
  }
  return out;
}

std::string examples_of(std::span<const Example> examples) {
  std::string out = ".SH EXAMPLES\n";
  for (const Example& example : examples) {
    if (&example != examples.data()) out += ".PP\n";
    out += ".EX\n" + escaped(example.line) + "\n.EE\n";
    if (!example.about.empty()) out += ".RS 4\n" + filled(example.about) + ".RE\n";
  }
  return out;
}

std::string see_also_of(const CommandSpec& command) {
  std::string out = ".SH SEE ALSO\n.BR sotto (1)";
  std::span<const CommandSpec> rest = all_commands();
  for (const CommandGroup& group : command_groups()) {
    const auto here = rest.first(group.count);
    rest = rest.subspan(group.count);
    if (std::ranges::count(here, std::string_view(command.name), &CommandSpec::name) == 0) {
      continue;
    }
    for (const CommandSpec& other : here) {
      if (std::string_view(other.name) == command.name) continue;
      out += ",\n.BR sotto\\-" + escaped(other.name) + " (1)";
    }
  }
  return out + "\n";
}

std::string commands() {
  std::string out = ".SH COMMANDS\n";
  std::span<const CommandSpec> rest = all_commands();
  for (const CommandGroup& group : command_groups()) {
    out += ".SS " + escaped(group.heading) + "\n";
    for (const CommandSpec& command : rest.first(group.count)) {
      out += ".TP\n.BR sotto\\-" + escaped(command.name) + " (1)\n" + filled(command.about);
    }
    rest = rest.subspan(group.count);
  }
  return out;
}

std::string exit_status() {
  std::string out = ".SH EXIT STATUS\n";
  for (const ExitCode& code : exit_codes()) {
    out += entry(code.code, std::string(code.about) + ".");
  }
  return out + ".PP\n" +
         filled(
             "An error ends with a short name in brackets that never changes, such as "
             "[invite.expired]; with --json it is the code of the error.");
}

// --- what no table has

constexpr Entry variables[] = {
    {"SOTTO_HOME", "The profile's folder, where --home is not given."},
    {"XDG_DATA_HOME", "Where profiles live: in its folder sotto (default ~/.local/share)."},
    {"XDG_CONFIG_HOME", "Where the settings are: sotto/config.toml in it (default ~/.config)."},
    {"XDG_RUNTIME_DIR",
     "Where open rooms of this machine find each other, and the sockets of our own tor where "
     "the "
     "profile's folder has too long a name (default /run/user/UID, else the folder for "
     "temporary "
     "files)."},
    {"HOME", "Stands in the defaults above."},
    {"PATH", "Where tor is looked for."},
    {"NO_COLOR", "Set to anything: no colours, unless --color always is given."},
    {"TERM", "A terminal that is dumb, or has no name, is not painted or redrawn."},
    {"COLUMNS", "How wide help is, where the terminal does not say."},
    {"LC_ALL, LC_CTYPE, LANG",
     "Whether QR codes can be drawn in half blocks, which takes UTF-8."},
};

constexpr Entry files[] = {
    {"$XDG_DATA_HOME/sotto/",
     "The profile. Nobody else can read it; copy it with `sotto backup` only."},
    {"profile.sotto", "In it: the key of the store, locked by a passphrase or by profile.key."},
    {"profile.key", "The key file, where there is no passphrase."},
    {"sotto.db, sotto.key", "The sealed store, and what forgetting destroys: its key."},
    {"agent.sock", "Where the process that owns the profile answers, as docs/rpc.md says."},
    {"tor/", "What our own tor keeps."},
    {"$XDG_CONFIG_HOME/sotto/config.toml", "Settings, which stand for flags."},
};

constexpr const char* what_it_is =
    "One person hosts a room on their own machine and hands somebody a small sealed file; the "
    "two talk, directly or through Tor onion services, and nobody in between can read it. "
    "There "
    "is no account and no server. Text goes in on standard input, data comes out on standard "
    "output, everything else on standard error.";
constexpr const char* over_tor =
    "With --tor a room is an onion service: no port is open, no address is told, and neither "
    "side learns where the other is. Nothing leaves any other way, then and later: the promise "
    "is kept with the room and its host until --leave-tor. What cannot be done that way ends "
    "with exit code 8. It uses the tor of --tor-control, the system's where that lets us in, "
    "or "
    "one of its own, with the lines of --torrc-include and --bridges.";

}  // namespace

std::string manual_of(const CommandSpec& command) {
  const Examples examples = read_examples(command.examples);
  std::string out = head("sotto-" + std::string(command.name), command.about);
  out += synopsis_of(command) + description_of(command, examples) + arguments_of(command);
  out += flags_of("FLAGS", command.flags);
  out += examples_of(examples.lines);
  out +=
      ".SH EXIT STATUS\n0 when it is done, else what kind of trouble it is, as in\n"
      ".BR sotto (1).\n";
  return out + see_also_of(command);
}

std::string manual_of_sotto() {
  std::string out = head("sotto", "talk to people and machines, with nobody in between");
  out +=
      ".SH SYNOPSIS\n.B sotto\n\\fIcommand\\fR [\\fIflags\\fR]\n.br\n.B sotto help\n"
      "[\\fIcommand\\fR]\n.SH DESCRIPTION\n";
  out += filled(what_it_is) + commands();
  out += flags_of("FLAGS OF EVERY COMMAND", global_flags());
  out += ".SH OVER TOR\n" + filled(over_tor);
  out += examples_of(start_here()) + exit_status();
  out += entries("ENVIRONMENT", variables) + entries("FILES", files);
  out +=
      ".SH SEE ALSO\n.BR sotto\\-host (1),\n.BR sotto\\-join (1),\n.BR sotto\\-send (1),\n"
      ".BR tor (1)\n";
  return out;
}

}  // namespace sotto::cli
