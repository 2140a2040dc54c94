// What a line typed into a chat means: words to say, or a /command.
//
//   /who    //this is said with one slash    anything else is said as it is
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sotto::cli {

struct SayIt {
  std::string text;
};
struct ShowHelp {};
struct ShowWho {};
struct ShowRoute {};
struct VerifyWho {
  std::optional<std::string> name;  // none: the only other one
};
struct SendFile {
  std::string path;  // as typed
};
struct Quit {};
// No command, or not used as it should be: a sentence for the person.
struct NotUnderstood {
  std::string why;
};
using ChatCommand =
    std::variant<SayIt, ShowHelp, ShowWho, ShowRoute, VerifyWho, SendFile, Quit, NotUnderstood>;

ChatCommand understand_chat(std::string_view line);

// One line a command, and one for what is no command.
std::string chat_help();

// What Tab makes of the text in front of the cursor.
struct Completion {
  std::size_t from = 0;              // byte of the text that they would replace, up to its end
  std::vector<std::string> choices;  // whole words, sorted
};
// Commands after a slash, names behind /verify and in words; paths are left to complete_path().
Completion complete_chat(std::string_view head, std::span<const std::string> names);
// Behind "/file ": what is in the folder.  Nothing when `head` is something else.
std::optional<Completion> complete_path(std::string_view head);

// What all choices begin with, whatever the case of its letters in `typed`.
std::string common_beginning(std::span<const std::string> choices);

// `typed` as a path of this machine: "~/" is the home folder.
std::string expanded_path(std::string_view typed);

}  // namespace sotto::cli
