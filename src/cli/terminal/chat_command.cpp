#include "cli/terminal/chat_command.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "base/fold.h"
#include "base/text.h"
#include "cli/suggest.h"
#include "cli/terminal/cells.h"

namespace sotto::cli {
namespace {

namespace fs = std::filesystem;

struct CommandWord {
  std::string_view name;
  std::string_view takes;  // an argument, as the help shows it
  std::string_view about;
};

constexpr CommandWord command_words[] = {
    {"/help", "", "this list"},
    {"/who", "", "who is here, and how far away"},
    {"/verify", "[NAME]", "compare fingerprints with somebody"},
    {"/route", "", "the way that words take, and its round trip"},
    {"/file", "PATH", "send a file"},
    {"/quit", "", "leave; what was not delivered yet is sent the next time"},
};
constexpr std::size_t choices_limit = 200;  // entries of a folder that Tab looks at

std::string_view trimmed(std::string_view text) {
  const auto from = text.find_first_not_of(" \t");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

std::string unknown(std::string_view word) {
  std::vector<std::string> names;
  for (const CommandWord& command : command_words) names.emplace_back(command.name);
  std::string out = "There is no command " + shortened(displayable(word), 40) + ".";
  if (const auto meant = nearest(word, names)) out += " Did you mean " + *meant + "?";
  return out + " /help lists them; to say a text that begins with a slash, type two.";
}

ChatCommand with_argument(std::string_view word, std::string_view argument) {
  if (word == "/verify") {
    if (argument.empty()) return VerifyWho{};
    return VerifyWho{std::string(argument)};
  }
  if (!argument.empty()) return SendFile{std::string(argument)};
  return NotUnderstood{"/file needs the path of a file: /file ~/report.pdf"};
}

ChatCommand alone(std::string_view word) {
  if (word == "/help") return ShowHelp{};
  if (word == "/who") return ShowWho{};
  if (word == "/route") return ShowRoute{};
  return Quit{};
}

bool begins_with(std::string_view text, const std::string& folded) {
  return fold_case(text).starts_with(folded);
}

}  // namespace

ChatCommand understand_chat(std::string_view line) {
  if (line.starts_with("//")) return SayIt{std::string(line.substr(1))};
  if (!line.starts_with('/')) return SayIt{std::string(line)};
  const auto end = line.find_first_of(" \t\n");
  const std::string_view word = line.substr(0, end);
  const std::string_view argument =
      end == std::string_view::npos ? std::string_view() : trimmed(line.substr(end));
  const auto* const known = std::ranges::find(command_words, word, &CommandWord::name);
  if (known == std::end(command_words)) return NotUnderstood{unknown(word)};
  if (!known->takes.empty()) return with_argument(word, argument);
  if (argument.empty()) return alone(word);
  return NotUnderstood{std::string(word) + " stands alone. To say this, type two slashes."};
}

std::string chat_help() {
  constexpr std::size_t width = 16;
  std::string out;
  for (const CommandWord& command : command_words) {
    std::string usage = std::string(command.name);
    if (!command.takes.empty()) usage += " " + std::string(command.takes);
    usage.resize(std::max(width, usage.size() + 1), ' ');
    out += usage + std::string(command.about) + "\n";
  }
  return out + "//text          say a text that begins with a slash\n" +
         "Tab completes commands and names.";
}

Completion complete_chat(std::string_view head, std::span<const std::string> names) {
  Completion out;
  constexpr std::string_view verify = "/verify ";
  if (head.starts_with('/') && head.find(' ') == std::string_view::npos) {
    for (const CommandWord& command : command_words) {
      if (!command.name.starts_with(head)) continue;
      out.choices.push_back(std::string(command.name) + (command.takes.empty() ? "" : " "));
    }
    std::ranges::sort(out.choices);
    return out;
  }
  const bool verifies = head.starts_with(verify);
  if (head.starts_with('/') && !head.starts_with("//") && !verifies) return out;
  const auto space = head.find_last_of(" \t\n");
  out.from = verifies ? verify.size() : space == std::string_view::npos ? 0 : space + 1;
  const std::string begun = fold_case(head.substr(out.from));
  if (begun.empty() && !verifies) return out;
  const std::string_view after = verifies ? "" : out.from == 0 ? ": " : " ";
  for (const std::string& name : names) {
    if (begins_with(name, begun)) out.choices.push_back(name + std::string(after));
  }
  std::ranges::sort(out.choices);
  const auto same = std::ranges::unique(out.choices);
  out.choices.erase(same.begin(), same.end());
  return out;
}

std::optional<Completion> complete_path(std::string_view head) {
  constexpr std::string_view file = "/file ";
  if (!head.starts_with(file)) return std::nullopt;
  Completion out;
  const std::string_view typed = head.substr(file.size());
  const auto slash = typed.rfind('/');
  const std::string_view folder =
      slash == std::string_view::npos ? "" : typed.substr(0, slash + 1);
  const std::string_view begun = typed.substr(folder.size());
  out.from = head.size() - begun.size();
  std::error_code error;
  std::size_t looked_at = 0;
  const fs::path where = folder.empty() ? fs::path(".") : fs::path(expanded_path(folder));
  for (fs::directory_iterator at(where, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename();
    const bool hidden = name.starts_with('.') && !begun.starts_with('.');
    if (hidden || !name.starts_with(begun) || !is_utf8(name)) continue;
    if (++looked_at > choices_limit) break;
    std::error_code ignored;
    out.choices.push_back(name + (at->is_directory(ignored) ? "/" : ""));
  }
  std::ranges::sort(out.choices);
  return out;
}

std::string common_beginning(std::span<const std::string> choices) {
  if (choices.empty()) return {};
  std::u32string common = to_utf32(choices.front());
  for (const std::string& choice : choices) {
    const std::u32string other = to_utf32(choice);
    const auto [at, unused] = std::ranges::mismatch(common, other);
    common.erase(at, common.end());
  }
  return to_utf8(common);
}

std::string expanded_path(std::string_view typed) {
  const char* home = std::getenv("HOME");
  if (home != nullptr && (typed == "~" || typed.starts_with("~/"))) {
    return home + std::string(typed.substr(1));
  }
  return std::string(typed);
}

}  // namespace sotto::cli
