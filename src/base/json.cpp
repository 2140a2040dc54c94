#include "base/json.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

namespace sotto {

using nlohmann::ordered_json;

struct JsonBridge {
  static constexpr int deepest = 64;

  static ordered_json to_library(const Json& json) {
    return std::visit(
        [](const auto& value) -> ordered_json {
          using T = std::decay_t<decltype(value)>;
          if constexpr (std::is_same_v<T, std::monostate>) {
            return nullptr;
          } else if constexpr (std::is_same_v<T, Json::Array>) {
            ordered_json out = ordered_json::array();
            for (const Json& item : value) out.push_back(to_library(item));
            return out;
          } else if constexpr (std::is_same_v<T, Json::Object>) {
            ordered_json out = ordered_json::object();
            for (const auto& [key, item] : value) out[key] = to_library(item);
            return out;
          } else {
            return value;
          }
        },
        json.value_);
  }

  static Json from_library(const ordered_json& json) {
    switch (json.type()) {
      case ordered_json::value_t::boolean:
        return json.get<bool>();
      case ordered_json::value_t::number_integer:
        return json.get<std::int64_t>();
      case ordered_json::value_t::number_unsigned: {
        const auto value = json.get<std::uint64_t>();
        if (value > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) {
          return static_cast<double>(value);
        }
        return static_cast<std::int64_t>(value);
      }
      case ordered_json::value_t::number_float:
        return json.get<double>();
      case ordered_json::value_t::string:
        return json.get<std::string>();
      case ordered_json::value_t::array: {
        Json::Array out;
        for (const auto& item : json) out.push_back(from_library(item));
        return out;
      }
      case ordered_json::value_t::object: {
        Json::Object out;
        for (const auto& [key, item] : json.items()) out.emplace_back(key, from_library(item));
        return out;
      }
      default:
        return {};
    }
  }
};

namespace {

constexpr ErrorEntry entries[] = {
    {static_cast<int>(JsonErrc::syntax), "json.syntax", Kind::input},
};
const ErrorCategory category("json", entries);

}  // namespace

std::error_code make_error_code(JsonErrc code) noexcept {
  return {static_cast<int>(code), category};
}

std::span<const ErrorEntry> json_error_table() {
  return entries;
}

Json& Json::set(std::string key, Json value) {
  if (is_null()) value_ = Object{};
  auto& object = std::get<Object>(value_);
  const auto at = std::ranges::find(object, key, &Object::value_type::first);
  if (at != object.end()) {
    at->second = std::move(value);
  } else {
    object.emplace_back(std::move(key), std::move(value));
  }
  return *this;
}

Json& Json::push(Json value) {
  if (is_null()) value_ = Array{};
  std::get<Array>(value_).push_back(std::move(value));
  return *this;
}

const Json* Json::find(std::string_view key) const {
  const Object* members = object();
  if (members == nullptr) return nullptr;
  const auto at = std::ranges::find(*members, key, &Object::value_type::first);
  return at == members->end() ? nullptr : &at->second;
}

std::string Json::dump() const {
  return JsonBridge::to_library(*this).dump(-1, ' ', false,
                                            ordered_json::error_handler_t::replace);
}

Result<Json> Json::parse(std::string_view text) {
  bool too_deep = false;
  const auto watch_depth = [&too_deep](int depth, ordered_json::parse_event_t, ordered_json&) {
    too_deep = too_deep || depth > JsonBridge::deepest;
    return !too_deep;
  };
  const auto parsed = ordered_json::parse(text, watch_depth, false);
  if (parsed.is_discarded() || too_deep) {
    return fail(JsonErrc::syntax, "This is not JSON: check it for a missing quote or brace.");
  }
  return JsonBridge::from_library(parsed);
}

}  // namespace sotto
