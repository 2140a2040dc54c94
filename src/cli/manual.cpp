#include "cli/manual.h"

#include <algorithm>

namespace sotto::cli {
namespace {

// Text as roff takes it: no line is a request, no character is an escape.
std::string escaped(std::string_view text) {
  std::string out;
  bool begins = true;
  for (const char c : text) {
    if (begins && (c == '.' || c == '\'')) out += "\\&";
    begins = c == '\n';
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
    } else {
      out += c;
    }
  }
  return out;
}

std::string upper(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? char(c - 'a' + 'A') : c; });
  return out;
}

std::string head(const std::string& name, std::string_view about) {
  return ".TH " + upper(name) + " 1 \"\" \"sotto " SOTTO_VERSION "\"\n.SH NAME\n" +
         escaped(name) + " \\- " + escaped(about) + "\n";
}

std::string entry(const std::string& term, std::string_view text) {
  return ".TP\n.B " + term + "\n" + escaped(text) + "\n";
}

// "-o, --output FILE"
std::string term_of(const FlagSpec& flag) {
  std::string names = flag.names;
  if (const auto comma = names.find(','); comma != std::string::npos)
    names.insert(comma + 1, " ");
  if (*flag.type != '\0') names += " " + std::string(flag.type);
  return escaped(names);
}

std::string entries_of(const FlagSpecs& flags, bool words) {
  std::string out;
  for (const FlagSpec& flag : flags) {
    if (flag.is_word() == words) out += entry(term_of(flag), flag.about);
  }
  return out;
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

// Lines that begin with two spaces are shown as they are; the rest is prose.
std::string examples_of(std::string_view text) {
  std::string out = ".SH EXAMPLES\n";
  bool shown = false;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const bool example = line.starts_with("  ");
    if (example != shown) out += example ? ".nf\n" : ".fi\n";
    shown = example;
    out += line.empty() ? ".PP\n" : escaped(line) + "\n";
  }
  return out + (shown ? ".fi\n" : "");
}

std::string exit_status() {
  std::string out = ".SH EXIT STATUS\n";
  for (const ExitCode& code : exit_codes()) out += entry(code.code, code.about);
  return out;
}

}  // namespace

std::string manual_of(const CommandSpec& command) {
  std::string out = head("sotto-" + std::string(command.name), command.about);
  out += synopsis_of(command);
  if (const std::string words = entries_of(command.flags, true); !words.empty()) {
    out += ".SH ARGUMENTS\n" + words;
  }
  if (const std::string flags = entries_of(command.flags, false); !flags.empty()) {
    out += ".SH FLAGS\n" + flags;
  }
  out += examples_of(command.examples);
  return out +
         ".SH SEE ALSO\n.BR sotto (1)\nfor the flags that every command takes, and exit "
         "codes.\n";
}

std::string manual_of_sotto() {
  std::string out = head("sotto", "talk to people and machines, with nobody in between");
  out += ".SH SYNOPSIS\n.B sotto\n\\fIcommand\\fR [\\fIflags\\fR]\n.SH DESCRIPTION\n";
  out += escaped(
      "One person hosts a room on their own machine and hands somebody a small sealed file; "
      "the "
      "two talk, directly or through Tor onion services, and nobody in between can read it. "
      "There is no account and no server. Text goes in on standard input, data comes out on "
      "standard output, everything else on standard error.\n");
  out += ".SH COMMANDS\n";
  for (const CommandSpec& command : all_commands()) {
    out +=
        ".TP\n.BR sotto\\-" + escaped(command.name) + " (1)\n" + escaped(command.about) + "\n";
  }
  out += ".SH FLAGS OF EVERY COMMAND\n" + entries_of(global_flags(), false);
  out += ".SH OVER TOR\n" +
         escaped(
             "With --tor a room is an onion service: no port is open, no address is told, and "
             "neither side learns where the other is. Nothing leaves any other way, then and "
             "later: the promise is kept with the room and its host until --leave-tor. What "
             "cannot be done that way ends with exit code 8. It uses the tor of --tor-control, "
             "the system's where that lets us in, or one of its own, with the lines of "
             "--torrc-include and --bridges.\n");
  out += exit_status();
  out += ".SH FILES\n";
  out += entry(escaped("$XDG_DATA_HOME/sotto"),
               "The profile: an identity and its sealed store; tor/ in it is what our own tor "
               "keeps.");
  out +=
      entry(escaped("$XDG_CONFIG_HOME/sotto/config.toml"), "Settings, which stand for flags.");
  return out;
}

}  // namespace sotto::cli
