#include "cli/words.h"

#include <cassert>

namespace sotto::cli {

void Words::expect(std::string key) {
  values_.try_emplace(std::move(key));
}

void Words::add(std::string_view key, std::string value) {
  const auto at = values_.find(key);
  assert(at != values_.end());
  at->second.push_back(std::move(value));
}

const std::vector<std::string>& Words::all(std::string_view key) const {
  const auto at = values_.find(key);
  assert(at != values_.end());
  return at->second;
}

std::optional<std::string> Words::text(std::string_view key) const {
  const auto& values = all(key);
  if (values.empty()) return std::nullopt;
  return values.back();
}

Result<std::string> Words::need(std::string_view command, std::string_view key) const {
  auto value = text(key);
  if (value && !value->empty()) return std::move(*value);
  return usage("sotto " + std::string(command) + " needs a " + std::string(key) +
               ": see `sotto " + std::string(command) + " --help`.");
}

std::unexpected<Error> usage(std::string text) {
  return fail(Errc::usage, std::move(text));
}

}  // namespace sotto::cli
