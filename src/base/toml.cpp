#include "base/toml.h"

namespace {

struct ParserGaveUp {};

constexpr void demand(bool condition) {
  if (!condition) throw ParserGaveUp();
}

}  // namespace

// Some input leads the parser into its own assertions ("[[[["): that is a fault of the text
// here.
#define TOML_ASSERT(condition) ::demand(static_cast<bool>(condition))
#define TOML_ASSERT_ASSUME(condition) TOML_ASSERT(condition)
#define TOML_EXCEPTIONS 1
#define TOML_ENABLE_FORMATTERS 0
#include <algorithm>
#include <toml++/toml.h>

namespace sotto {
namespace {

// False for an array that holds something else as well.
bool take_texts(const toml::array& array, std::vector<std::string>& texts) {
  for (const auto& node : array) {
    const auto* text = node.as_string();
    if (text == nullptr) return false;
    texts.push_back(text->get());
  }
  return true;
}

void collect(const toml::table& table, const std::string& prefix,
             std::vector<TomlValue>& values) {
  for (const auto& [name, node] : table) {
    TomlValue value;
    value.key = prefix + std::string(name.str());
    value.line = node.source().begin.line;
    if (const auto* inner = node.as_table()) {
      collect(*inner, value.key + ".", values);
      continue;
    }
    if (const auto* text = node.as_string()) {
      value.kind = TomlValue::Kind::text;
      value.text = text->get();
    } else if (const auto* integer = node.as_integer()) {
      value.kind = TomlValue::Kind::integer;
      value.integer = integer->get();
    } else if (const auto* boolean = node.as_boolean()) {
      value.kind = TomlValue::Kind::boolean;
      value.boolean = boolean->get();
    } else if (const auto* array = node.as_array()) {
      if (take_texts(*array, value.texts)) value.kind = TomlValue::Kind::texts;
    }
    values.push_back(std::move(value));
  }
}

}  // namespace

std::expected<std::vector<TomlValue>, TomlFault> parse_toml(std::string_view text) {
  std::vector<TomlValue> values;
  try {
    collect(toml::parse(text), "", values);
  } catch (const toml::parse_error& error) {
    return std::unexpected(
        TomlFault{error.source().begin.line, std::string(error.description())});
  } catch (const ParserGaveUp&) {
    return std::unexpected(TomlFault{0, "It is no TOML: a key or table has no proper name"});
  }
  // Not stable_sort(): libstdc++ 12 has it call what C++17 deprecates, and clang complains.
  std::ranges::sort(values, {}, [](const TomlValue& value) {
    return std::pair<int, std::string_view>(value.line, value.key);
  });
  return values;
}

}  // namespace sotto
