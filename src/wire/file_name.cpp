#include "wire/file_name.h"

#include <algorithm>

#include "base/text.h"

namespace sotto::wire {
namespace {

constexpr std::string_view not_in_front = ".-~ ";
constexpr std::string_view not_at_the_end = " .";
constexpr std::size_t extension_limit = 16;  // bytes, with its dot

// Where the extension begins; the end when there is none worth the name.
std::size_t extension_at(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  const bool is_one =
      dot != std::string_view::npos && dot > 0 && name.size() - dot <= extension_limit;
  return is_one ? dot : name.size();
}

// No longer than `limit`, and no half of a character.
std::string_view cut(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return text;
  text = text.substr(0, limit);
  while (!text.empty() && !is_utf8(text)) text.remove_suffix(1);
  return text;
}

}  // namespace

bool is_file_name(std::string_view name) {
  return !name.empty() && name.size() <= file_name_limit &&
         name.find_first_of("/\\") == std::string_view::npos &&
         !not_in_front.contains(name.front()) && !not_at_the_end.contains(name.back()) &&
         displayable(name) == name;
}

std::string file_name_of(std::string_view path) {
  if (const std::size_t slash = path.rfind('/'); slash != std::string_view::npos) {
    path = path.substr(slash + 1);
  }
  std::string name = displayable(path);
  std::ranges::replace(name, '\\', '_');
  const std::string extension(name.substr(extension_at(name)));
  if (name.size() > file_name_limit) {
    const std::string stem(name.substr(0, name.size() - extension.size()));
    name = std::string(cut(stem, file_name_limit - extension.size())) + extension;
  }
  while (!name.empty() && not_at_the_end.contains(name.back())) name.pop_back();
  if (!name.empty() && not_in_front.contains(name.front())) name.front() = '_';
  return name.empty() ? "file" : name;
}

std::string numbered(std::string_view name, unsigned number) {
  const std::size_t at = extension_at(name);
  return std::string(name.substr(0, at)) + " (" + std::to_string(number) + ")" +
         std::string(name.substr(at));
}

}  // namespace sotto::wire
