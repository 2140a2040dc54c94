#include "cli/complete.h"

#include <algorithm>
#include <cassert>
#include <map>

namespace sotto::cli {
namespace {

using Kind = FlagSpec::Kind;

bool takes_value(const FlagSpec& flag) {
  return flag.kind == Kind::text || flag.kind == Kind::list;
}

// "-o", "--output"
std::vector<std::string> names_of(const FlagSpec& flag) {
  std::string names = flag.names;
  std::ranges::replace(names, ',', ' ');
  return choices_of(names);
}

// A command line read from its beginning, as the parser would.
class Reader {
 public:
  void read(const std::string& word);
  Completion complete(const std::string& typed);

 private:
  FlagSpecs known_flags() const;
  const FlagSpec* find_flag(std::string_view name) const;
  const FlagSpec* next_word() const;
  void keep(const FlagSpec& flag, const std::string& value);
  void offer(const std::string& word, const std::string& about);
  void offer_value(const FlagSpec& flag);
  void offer_flags();
  void offer_commands();

  const CommandSpec* command_ = nullptr;
  FlagSpecs flags_ = known_flags();
  bool lost_ = false;                  // what stands there is no command
  bool flags_ended_ = false;           // at "--"
  std::size_t count_ = 0;              // words of the command so far
  std::string first_;                  // of them
  const FlagSpec* waiting_ = nullptr;  // for its value
  std::map<std::string, std::vector<std::string>> given_;
  Completion out_;
};

FlagSpecs Reader::known_flags() const {
  FlagSpecs flags = command_ == nullptr ? FlagSpecs() : command_->flags;
  flags = flags + global_flags();
  flags.push_back({.names = "-h,--help", .kind = Kind::on, .about = "Show help"});
  if (command_ == nullptr) {
    flags.push_back({.names = "--version", .kind = Kind::on, .about = "Show the version"});
  }
  return flags;
}

const FlagSpec* Reader::find_flag(std::string_view name) const {
  for (const FlagSpec& flag : flags_) {
    if (!flag.is_word() && std::ranges::count(names_of(flag), name) > 0) return &flag;
  }
  return nullptr;
}

// What a word without a flag would be; null: none may follow.
const FlagSpec* Reader::next_word() const {
  std::size_t place = 0;
  for (const FlagSpec& flag : flags_) {
    if (!flag.is_word()) continue;
    if (place++ < count_ && flag.kind != Kind::list) continue;
    if (*flag.actions == '\0') return &flag;
    const std::vector<std::string> actions = choices_of(flag.actions);
    return std::ranges::count(actions, first_) > 0 ? &flag : nullptr;
  }
  return nullptr;
}

void Reader::keep(const FlagSpec& flag, const std::string& value) {
  given_[flag.key()].push_back(value);
}

void Reader::read(const std::string& word) {
  if (waiting_ != nullptr) {
    keep(*waiting_, word);
    waiting_ = nullptr;
    return;
  }
  if (!flags_ended_ && word == "--") {
    flags_ended_ = true;
    return;
  }
  if (!flags_ended_ && word.starts_with('-') && word != "-") {
    const std::size_t equals = word.find('=');
    const FlagSpec* flag = find_flag(word.substr(0, equals));
    if (flag == nullptr) return;
    if (equals != std::string::npos) {
      keep(*flag, word.substr(equals + 1));
    } else if (takes_value(*flag)) {
      waiting_ = flag;
    } else {
      keep(*flag, "");
    }
    return;
  }
  if (command_ == nullptr) {
    command_ = find_command(word);
    lost_ = lost_ || command_ == nullptr;
    flags_ = known_flags();
    return;
  }
  if (count_++ == 0) first_ = word;
}

void Reader::offer(const std::string& word, const std::string& about) {
  if (word.starts_with(out_.typed)) out_.candidates.push_back({out_.before + word, about});
}

void Reader::offer_value(const FlagSpec& flag) {
  for (const std::string& choice : choices_of(flag.choices)) offer(choice, "");
  out_.whose = flag.whose;
  if (flag.whose == FlagSpec::Names::commands) offer_commands();
  const std::string_view type = flag.is_word() ? flag.names : flag.type;
  if (type == "FILE" || type == "PATH" || type == "TARGET")
    out_.paths = Completion::Paths::files;
  if (type == "DIR") out_.paths = Completion::Paths::folders;
}

void Reader::offer_commands() {
  for (const CommandSpec& command : all_commands()) offer(command.name, command.about);
}

// Long names: they say what they are for.  Those given already are left out, unless they may be
// repeated.
void Reader::offer_flags() {
  for (const FlagSpec& flag : flags_) {
    const bool again = flag.kind == Kind::list || flag.kind == Kind::count;
    if (!flag.is_word() && (again || !given_.contains(flag.key()))) {
      offer(flag.key(), flag.about);
    }
  }
}

Completion Reader::complete(const std::string& typed) {
  out_.typed = typed;
  if (const auto at = given_.find("--home"); at != given_.end()) out_.home = at->second.back();
  if (const auto at = given_.find("--config"); at != given_.end()) {
    out_.config = at->second.back();
  }
  if (lost_) return out_;
  if (waiting_ != nullptr) {
    offer_value(*waiting_);
    return out_;
  }
  if (!flags_ended_ && typed.starts_with('-')) {
    const std::size_t equals = typed.find('=');
    if (equals == std::string::npos) {
      offer_flags();
    } else if (const FlagSpec* flag = find_flag(typed.substr(0, equals));
               flag != nullptr && takes_value(*flag)) {
      out_.before = typed.substr(0, equals + 1);
      out_.typed = typed.substr(equals + 1);
      offer_value(*flag);
    }
    return out_;
  }
  if (command_ == nullptr) {
    offer_commands();
    return out_;
  }
  const FlagSpec* word = next_word();
  if (word != nullptr) {
    offer_value(*word);
  } else if (typed.empty() && !flags_ended_) {
    offer_flags();
  }
  return out_;
}

}  // namespace

Completion complete(std::span<const std::string> words) {
  assert(!words.empty());
  Reader reader;
  for (const std::string& word : words.first(words.size() - 1)) reader.read(word);
  return reader.complete(words.back());
}

void add_names(Completion& completion, std::span<const Candidate> names) {
  for (const Candidate& name : names) {
    if (!name.word.starts_with(completion.typed)) continue;
    completion.candidates.push_back({completion.before + name.word, name.about});
  }
}

}  // namespace sotto::cli
