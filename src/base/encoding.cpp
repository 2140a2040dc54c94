#include "base/encoding.h"

#include <algorithm>
#include <sodium/utils.h>

namespace sotto {
namespace {

constexpr std::string_view base32_letters = "abcdefghijklmnopqrstuvwxyz234567";

std::string encode64(ByteView bytes, int variant) {
  std::string out(sodium_base64_encoded_len(bytes.size(), variant), '\0');
  sodium_bin2base64(out.data(), out.size(), raw(bytes), bytes.size(), variant);
  out.pop_back();  // the terminator that libsodium writes
  return out;
}

std::optional<Bytes> decode64(std::string_view text, int variant) {
  Bytes out(text.size() / 4 * 3 + 3);
  std::size_t length = 0;
  const char* end = nullptr;
  if (sodium_base642bin(raw(MutableBytes(out)), out.size(), text.data(), text.size(), nullptr,
                        &length, &end, variant) != 0 ||
      end != text.data() + text.size()) {
    return std::nullopt;
  }
  out.resize(length);
  // libsodium 1.0.18 takes bytes over 0x7f for letters: only encoding again tells.
  if (encode64(out, variant) != text) return std::nullopt;
  return out;
}

}  // namespace

std::string to_hex(ByteView bytes) {
  std::string out(bytes.size() * 2 + 1, '\0');
  sodium_bin2hex(out.data(), out.size(), raw(bytes), bytes.size());
  out.pop_back();
  return out;
}

std::optional<Bytes> from_hex(std::string_view text) {
  const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  if (text.size() % 2 != 0 || !std::ranges::all_of(text, is_digit)) return std::nullopt;
  Bytes out(text.size() / 2);
  if (out.empty()) return out;  // libsodium wants a place to write to
  std::size_t length = 0;
  sodium_hex2bin(raw(MutableBytes(out)), out.size(), text.data(), text.size(), nullptr, &length,
                 nullptr);
  return out;
}

std::string to_base32(ByteView bytes) {
  std::string out;
  unsigned buffer = 0;
  int bits = 0;
  for (const std::byte b : bytes) {
    buffer = (buffer << 8) | static_cast<unsigned>(b);
    for (bits += 8; bits >= 5; bits -= 5) out += base32_letters[(buffer >> (bits - 5)) & 31];
  }
  if (bits > 0) out += base32_letters[(buffer << (5 - bits)) & 31];
  return out;
}

std::optional<Bytes> from_base32(std::string_view text) {
  Bytes out;
  unsigned buffer = 0;
  int bits = 0;
  for (const char c : text) {
    const auto at = base32_letters.find(c);
    if (at == std::string_view::npos) return std::nullopt;
    buffer = (buffer << 5) | static_cast<unsigned>(at);
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      out.push_back(static_cast<std::byte>(buffer >> bits));
    }
  }
  const unsigned stray = buffer & ((1U << bits) - 1);
  if (bits >= 5 || stray != 0) return std::nullopt;
  return out;
}

std::string to_base64(ByteView bytes) {
  return encode64(bytes, sodium_base64_VARIANT_ORIGINAL);
}

std::optional<Bytes> from_base64(std::string_view text) {
  return decode64(text, sodium_base64_VARIANT_ORIGINAL);
}

std::string to_base64url(ByteView bytes) {
  return encode64(bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

std::optional<Bytes> from_base64url(std::string_view text) {
  return decode64(text, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

}  // namespace sotto
