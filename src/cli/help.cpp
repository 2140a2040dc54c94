#include "cli/help.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <string_view>
#include <sys/ioctl.h>
#include <vector>

#include "cli/examples.h"

namespace sotto::cli {
namespace {

constexpr std::size_t narrowest = 40;
constexpr std::size_t widest = 100;

struct Row {
  std::string term;
  std::string about;
};
using Rows = std::vector<Row>;

// `text` after `begin` columns that are written already; the lines that follow are indented by
// as many spaces.
std::string filled(std::string_view text, std::size_t begin, std::size_t width) {
  std::string out;
  std::size_t column = begin;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (word.empty()) continue;
    if (column > begin && column + 1 + word.size() > width) {
      out += "\n" + std::string(begin, ' ');
      column = begin;
    } else if (column > begin) {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
  }
  return out + "\n";
}

constexpr std::size_t indent = 2;
constexpr std::size_t gap = 2;

// Where the second column begins: behind the longest term that leaves it most of the page.
std::size_t column_of(const Rows& rows, const Page& page) {
  std::size_t column = indent + 4 + gap;
  for (const Row& row : rows) {
    const std::size_t end = indent + row.term.size() + gap;
    if (end <= page.width * 2 / 5) column = std::max(column, end);
  }
  return column;
}

// Where a term is too long for the first column, its text begins on the next line.
std::string table(const Rows& rows, std::size_t column, const Page& page) {
  std::string out;
  for (const Row& row : rows) {
    std::string line = std::string(indent, ' ') + row.term;
    if (!row.about.empty()) {
      if (line.size() + gap > column) {
        out += line + "\n";
        line.clear();
      }
      line.resize(column, ' ');
      line += filled(row.about, column, page.width);
      out += line;
    } else {
      out += line + "\n";
    }
  }
  return out;
}

std::string table(const Rows& rows, const Page& page) {
  return table(rows, column_of(rows, page), page);
}

std::string headed(std::string_view heading, const std::string& text, const Page& page) {
  if (text.empty()) return "";
  std::string line = filled(heading, 0, page.width);
  line.pop_back();
  return "\n" + bold(line, page.style) + "\n" + text;
}

// "-o, --output FILE"; what has no short name is indented as if it had one.
std::string term_of(const FlagSpec& flag) {
  std::string names = flag.names;
  if (flag.is_word()) return names;
  if (const auto comma = names.find(','); comma != std::string::npos) {
    names.insert(comma + 1, " ");
  } else {
    names.insert(0, "    ");
  }
  return *flag.type == '\0' ? names : names + " " + flag.type;
}

// All groups have their second column in one place.
std::string flags_of(const FlagSpecs& flags, std::string_view heading, const Page& page) {
  const auto rows_of = [](const FlagSpecs& some) {
    Rows rows;
    for (const FlagSpec& flag : some) {
      if (!flag.is_word()) rows.push_back({term_of(flag), flag.about});
    }
    return rows;
  };
  const std::size_t column = column_of(rows_of(flags), page);
  std::string out;
  for (const auto& [group, some] : by_group(flags)) {
    out += headed(group.empty() ? heading : group, table(rows_of(some), column, page), page);
  }
  return out;
}

std::string usage_of(const CommandSpec& command) {
  std::string out = "sotto " + std::string(command.name);
  for (const FlagSpec& flag : command.flags) {
    if (!flag.is_word()) continue;
    const std::string word =
        flag.names + std::string(flag.kind == FlagSpec::Kind::list ? "..." : "");
    out += flag.required ? " " + word : " [" + word + "]";
  }
  return out + " [FLAGS]";
}

// Commands are to be copied: they stay whole, and what they do stands beside all of them, or
// under each.
std::string examples_of(std::span<const Example> examples, const Page& page) {
  constexpr std::size_t least = 24;  // columns for what they do
  std::size_t column = 0;
  for (const Example& example : examples) {
    column = std::max(column, 2 + example.line.size() + 2);
  }
  const bool beside = column + least <= page.width;
  if (!beside) column = 6;
  std::string out;
  for (const Example& example : examples) {
    std::string line = "  " + example.line;
    if (!example.about.empty()) {
      if (!beside) {
        out += line + "\n";
        line.clear();
      }
      line.resize(column, ' ');
      out += line + filled(example.about, column, page.width);
    } else {
      out += line + "\n";
    }
  }
  return out;
}

Rows rows_of(std::span<const CommandSpec> commands) {
  Rows rows;
  for (const CommandSpec& command : commands) {
    rows.push_back({command.name, command.about});
  }
  return rows;
}

}  // namespace

std::size_t page_width(int descriptor) {
  std::size_t width = 0;
  winsize size{};
  if (::ioctl(descriptor, TIOCGWINSZ, &size) == 0) width = size.ws_col;
  if (width == 0) {
    const char* columns = std::getenv("COLUMNS");
    const std::string_view text = columns == nullptr ? "" : columns;
    std::from_chars(text.data(), text.data() + text.size(), width);
  }
  return width == 0 ? 80 : std::clamp(width, narrowest, widest);
}

std::string help_of_sotto(const Page& page) {
  std::string out =
      filled("sotto: talk to people and machines, with nobody in between who could read it.", 0,
             page.width);
  out += headed("Usage", "  sotto COMMAND [FLAGS]\n", page);
  out += headed("Start here", examples_of(start_here(), page), page);
  std::span<const CommandSpec> rest = all_commands();
  const std::size_t column = column_of(rows_of(rest), page);  // of all groups
  for (const CommandGroup& group : command_groups()) {
    out += headed(group.heading, table(rows_of(rest.first(group.count)), column, page), page);
    rest = rest.subspan(group.count);
  }
  FlagSpecs flags = global_flags();
  flags.push_back({.names = "-h,--help", .about = "Show help: of sotto, or of a command"});
  flags.push_back({.names = "--version", .about = "Show the version"});
  out += flags_of(flags, "Flags of every command", page);
  Rows codes;
  for (const ExitCode& code : exit_codes()) codes.push_back({code.code, code.about});
  out += headed("Exit codes", table(codes, page), page);
  return out + "\n" +
         filled("`sotto help COMMAND` tells more, and so does `man sotto`.", 0, page.width);
}

std::string help_of(const CommandSpec& command, const Page& page) {
  std::string out = filled(std::string(command.about) + ".", 0, page.width);
  out += headed("Usage", "  " + filled(usage_of(command), 2, page.width), page);
  Rows words;
  for (const FlagSpec& flag : command.flags) {
    if (flag.is_word()) words.push_back({term_of(flag), flag.about});
  }
  out += headed("Arguments", table(words, page), page);
  const Examples examples = read_examples(command.examples);
  out += headed("Examples", examples_of(examples.lines, page), page);
  for (const std::string& note : examples.notes) out += "\n" + filled(note, 0, page.width);
  out += flags_of(command.flags, "Flags", page);
  return out + "\n" + filled("Flags that every command takes: `sotto help`.", 0, page.width);
}

}  // namespace sotto::cli
