// A JSON value to read and to write.  The library behind it is included in json.cpp alone,
// since it costs every translation unit that sees it seven seconds.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.h"

namespace sotto {

class Json {
 public:
  using Array = std::vector<Json>;
  using Object = std::vector<std::pair<std::string, Json>>;  // in the order of insertion

  Json() = default;  // null
  Json(bool value) : value_(value) {}
  Json(std::int64_t value) : value_(value) {}
  Json(int value) : value_(std::int64_t{value}) {}
  Json(double value) : value_(value) {}
  Json(std::string value) : value_(std::move(value)) {}
  Json(std::string_view value) : value_(std::string(value)) {}
  Json(const char* value) : value_(std::string(value)) {}
  Json(Array value) : value_(std::move(value)) {}
  Json(Object value) : value_(std::move(value)) {}

  // Makes this an object if it is null, and sets `key` (replacing an older value).
  Json& set(std::string key, Json value);
  // Makes this an array if it is null.
  Json& push(Json value);

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  const Json* find(std::string_view key) const;  // null when this is no object or has no key
  const std::string* string() const { return std::get_if<std::string>(&value_); }
  const std::int64_t* integer() const { return std::get_if<std::int64_t>(&value_); }
  const double* number() const { return std::get_if<double>(&value_); }  // not an integer
  const bool* boolean() const { return std::get_if<bool>(&value_); }
  const Array* array() const { return std::get_if<Array>(&value_); }
  const Object* object() const { return std::get_if<Object>(&value_); }

  // One line.  Bytes that are not UTF-8 become U+FFFD.
  std::string dump() const;

  // Refuses trailing text and nesting deeper than 64 (`json.syntax`).
  static Result<Json> parse(std::string_view text);

 private:
  friend struct JsonBridge;
  std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Object> value_;
};

enum class JsonErrc { syntax = 1 };
std::error_code make_error_code(JsonErrc code) noexcept;
std::span<const ErrorEntry> json_error_table();

}  // namespace sotto

template <>
struct std::is_error_code_enum<sotto::JsonErrc> : std::true_type {};
