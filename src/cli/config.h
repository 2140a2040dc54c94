// The settings file (docs/config.md): values for flags that were not given.
//
// A flag wins over the environment, the environment over the file, the file over the default.
// Settings are flags by another name: their values are understood by the same code.
#pragma once
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cli/errors.h"
#include "cli/spec.h"

namespace sotto::cli {

struct Setting {
  enum class Type { text, number, yes_or_no, texts };
  const char* key;
  // That it stands for: "--timeout".  Its own key, where it means less than any flag.
  const char* flag;
  const char* commands;  // that it is for, between spaces; "": all
  Type type;
  const char* wanted;    // what a value is, as a sentence goes on: "a duration such as \"90s\""
  const char* fallback;  // what holds without it, for people
  const char* variable;  // of the environment, which wins; "": none
  Result<void> (*check)(const std::string& value);  // what the flag says of it
};
std::span<const Setting> all_settings();

struct SetValue {
  const Setting* setting;
  // As the flag takes it; of yes_or_no: "true", "false"; of texts: a line each.
  std::string value;
  unsigned line;
};
struct ConfigFault {
  unsigned line;  // 0: of the file as a whole
  std::string text;
};
struct Config {
  std::filesystem::path file;
  bool there = false;
  std::vector<SetValue> values;
  std::vector<ConfigFault> faults;
  const SetValue* find(std::string_view key) const;
};

// All faults of `text`, and the values that have none.
Config read_config(std::string_view text, std::filesystem::path file);

// `given`, or $XDG_CONFIG_HOME/sotto/config.toml, or ~/.config/sotto/config.toml, which need
// not be there.
Config load_config(const std::optional<std::string>& given);

// The first fault, and how many more there are: config.invalid.
Result<void> usable(const Config& config);

// Adds the values for flags of `command` that were not given.
void apply(const Config& config, const CommandSpec& command, Words& words);

}  // namespace sotto::cli
