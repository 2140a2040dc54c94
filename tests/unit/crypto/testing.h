// What the tests of crypto/ and noise/ share: repeatable randomness, hex, published vectors.
#pragma once
#include <algorithm>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <string>

#include "base/encoding.h"
#include "base/entropy.h"
#include "base/json.h"
#include "crypto/keys.h"
#include "support/seeded_entropy.h"

namespace sotto::test {

// For what must not draw any.
class NoEntropy : public Entropy {
 public:
  void fill(MutableBytes) override { ADD_FAILURE() << "randomness was drawn"; }
};

inline Bytes hex(std::string_view text) {
  auto bytes = from_hex(text);
  EXPECT_TRUE(bytes) << "not hex: " << text;
  return bytes.value_or(Bytes());
}

template <class Key>
Key key_from_hex(std::string_view text) {
  auto key = Key::from(hex(text));
  if (!key) throw std::invalid_argument("a vector's key has another length");
  return std::move(*key);
}

// A member that a vector must have.
inline const std::string& text_of(const Json& json, std::string_view key) {
  const Json* member = json.find(key);
  if (member == nullptr || member->string() == nullptr) {
    throw std::invalid_argument("a vector lacks " + std::string(key));
  }
  return *member->string();
}

inline Bytes hex_of(const Json& json, std::string_view key) {
  return hex(text_of(json, key));
}

inline const Json::Array& array_of(const Json& json, std::string_view key) {
  const Json* member = json.find(key);
  if (member == nullptr || member->array() == nullptr) {
    throw std::invalid_argument("a vector lacks " + std::string(key));
  }
  return *member->array();
}

// Nothing when the file is absent; published vectors are not kept in this repository.
inline std::optional<Json> read_json(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  auto json = Json::parse(std::string{std::istreambuf_iterator<char>(file), {}});
  if (!json) throw std::invalid_argument(path + ": " + json.error().text());
  return std::move(*json);
}

inline Bytes flipped(ByteView bytes, std::size_t at, unsigned bit) {
  Bytes out = to_bytes(bytes);
  out.at(at) ^= static_cast<std::byte>(1U << bit);
  return out;
}

inline bool all_zero(ByteView bytes) {
  return std::ranges::all_of(bytes, [](std::byte b) { return b == std::byte{0}; });
}

}  // namespace sotto::test
