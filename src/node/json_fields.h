// Plain structs as JSON objects, both ways, from one list of their fields.
//
//   struct Point {
//     int x = 0;
//     std::optional<std::string> label;
//     static void fields(auto& self, auto&& field) {
//       field("x", self.x);
//       field("label", self.label);
//     }
//   };
//
// to_json() leaves out empty optionals; from_json() takes a missing or null member as the
// member's default, a wrong type or a number out of range as rpc.params, and ignores members
// that it does not know.  Times are Unix milliseconds, durations milliseconds, secrets and
// bytes base64.
#pragma once
#include <concepts>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/encoding.h"
#include "base/json.h"
#include "base/secret.h"
#include "base/time.h"
#include "node/errors.h"

namespace sotto::node {

template <class T>
concept HasFields = requires(T& value) { T::fields(value, [](const char*, auto&) {}); };

// An enum is text: `constexpr std::array<std::string_view, N> names_of(Enum)` lists the names
// of its values from 0.
template <class T>
concept NamedEnum = std::is_enum_v<T> && requires(T value) { names_of(value); };

inline std::unexpected<Error> wrong_params(std::string_view what) {
  return fail(Errc::rpc_params, "The field '" + std::string(what) +
                                    "' of the request is missing or not what it should be.");
}

Json error_to_json(const Error& error);
Error error_from_json(const Json& json);

// --- to JSON

template <HasFields T>
Json to_json(const T& value);
inline Json to_json(const std::string& value) {
  return value;
}
inline Json to_json(bool value) {
  return value;
}
inline Json to_json(double value) {
  return value;
}
template <std::integral T>
  requires(!std::same_as<T, bool>)
Json to_json(T value) {
  return static_cast<std::int64_t>(value);
}
template <NamedEnum T>
Json to_json(T value) {
  return names_of(value)[static_cast<std::size_t>(value)];
}
inline Json to_json(milliseconds value) {
  return std::int64_t{value.count()};
}
inline Json to_json(WallTime value) {
  return unix_ms(value);
}
inline Json to_json(const Secret& value) {
  return to_base64(value.view());
}
inline Json to_json(const Bytes& value) {
  return to_base64(value);
}
inline Json to_json(const Error& value) {
  return error_to_json(value);
}
template <class A, class B>
Json to_json(const std::pair<A, B>& value) {
  return Json::Array{to_json(value.first), to_json(value.second)};
}
template <class T>
Json to_json(const std::vector<T>& values) {
  Json::Array out;
  for (const T& value : values) out.push_back(to_json(value));
  return out;
}

template <HasFields T>
Json to_json(const T& value) {
  Json out = Json::Object();
  T::fields(value, [&out]<class M>(const char* name, const M& member) {
    if constexpr (requires { member.has_value(); }) {
      if (member.has_value()) out.set(name, to_json(*member));
    } else {
      out.set(name, to_json(member));
    }
  });
  return out;
}

// --- from JSON: false when `json` is no T

template <HasFields T>
bool read_json(const Json& json, T& out);
template <class A, class B>
bool read_json(const Json& json, std::pair<A, B>& out);
template <class T>
bool read_json(const Json& json, std::vector<T>& out);
inline bool read_json(const Json& json, std::string& out) {
  if (json.string() == nullptr) return false;
  out = *json.string();
  return true;
}
inline bool read_json(const Json& json, bool& out) {
  if (json.boolean() == nullptr) return false;
  out = *json.boolean();
  return true;
}
bool read_json(const Json& json, double& out);
template <std::integral T>
  requires(!std::same_as<T, bool>)
bool read_json(const Json& json, T& out) {
  if (json.integer() == nullptr || !std::in_range<T>(*json.integer())) return false;
  out = static_cast<T>(*json.integer());
  return true;
}
template <NamedEnum T>
bool read_json(const Json& json, T& out) {
  const auto names = names_of(out);
  for (std::size_t i = 0; json.string() != nullptr && i < names.size(); ++i) {
    if (names[i] != *json.string()) continue;
    out = static_cast<T>(i);
    return true;
  }
  return false;
}
bool read_json(const Json& json, milliseconds& out);  // 0 to ten years
bool read_json(const Json& json, WallTime& out);
bool read_json(const Json& json, Secret& out);
bool read_json(const Json& json, Bytes& out);
inline bool read_json(const Json& json, Error& out) {
  out = error_from_json(json);
  return true;
}
template <class T>
bool read_json(const Json& json, std::optional<T>& out) {
  if constexpr (std::same_as<T, Error>) {
    out = error_from_json(json);
    return true;
  } else {
    return read_json(json, out.emplace());
  }
}
template <class A, class B>
bool read_json(const Json& json, std::pair<A, B>& out) {
  const Json::Array* items = json.array();
  return items != nullptr && items->size() == 2 && read_json((*items)[0], out.first) &&
         read_json((*items)[1], out.second);
}
template <class T>
bool read_json(const Json& json, std::vector<T>& out) {
  if (json.array() == nullptr) return false;
  out.clear();  // of a default
  for (const Json& item : *json.array()) {
    if (!read_json(item, out.emplace_back())) return false;
  }
  return true;
}

template <HasFields T>
bool read_json(const Json& json, T& out) {
  if (json.object() == nullptr) return false;
  bool good = true;
  T::fields(out, [&](const char* name, auto& member) {
    const Json* found = json.find(name);
    if (found == nullptr || found->is_null()) return;
    good = good && read_json(*found, member);
  });
  return good;
}

template <HasFields T>
Result<T> from_json(const Json& json) {
  if (json.object() == nullptr && !json.is_null()) return wrong_params("params");
  T out;
  std::string wrong;
  T::fields(out, [&](const char* name, auto& member) {
    const Json* found = json.find(name);
    if (!wrong.empty() || found == nullptr || found->is_null()) return;
    if (!read_json(*found, member)) wrong = name;
  });
  if (!wrong.empty()) return wrong_params(wrong);
  return out;
}

}  // namespace sotto::node
