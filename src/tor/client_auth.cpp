#include "tor/client_auth.h"

#include <algorithm>

#include "base/encoding.h"
#include "tor/command.h"

namespace sotto::tor {
namespace {

constexpr std::string_view descriptor_prefix = "descriptor:x25519:";

std::string upper(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return text;
}

std::unexpected<Error> no_key() {
  return fail(
      Errc::client_key,
      "A key for a protected onion service is not what tor writes: 52 letters of a to z "
      "and 2 to 7 behind \"descriptor:x25519:\". Copy it again, or ask the host for a "
      "new connection file.");
}

// 32 bytes from 52 letters in either case.
std::optional<Secret> key_from(std::string_view base32) {
  if (base32.size() != 52) return std::nullopt;
  std::string lower(base32);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  auto bytes = from_base32(lower);
  wipe(std::as_writable_bytes(std::span(lower)));
  if (!bytes || bytes->size() != 32) return std::nullopt;
  Secret out{ByteView(*bytes)};
  wipe(*bytes);
  return out;
}

}  // namespace

std::string client_key_base32(const crypto::X25519PublicKey& key) {
  return upper(to_base32(key.view()));
}

Result<crypto::X25519PublicKey> parse_client_key(std::string_view base32) {
  const auto bytes = key_from(base32);
  if (!bytes) return no_key();
  return *crypto::X25519PublicKey::from(bytes->view());
}

Secret client_secret_word(const crypto::X25519SecretKey& key) {
  constexpr std::string_view prefix = "x25519:";
  const Secret base64 = take_secret(to_base64(key.view()));
  Secret out(prefix.size() + base64.size());
  const auto at = std::ranges::copy(as_bytes(prefix), out.mutable_view().begin()).out;
  std::ranges::copy(base64.view(), at);
  return out;
}

std::string client_auth_line(const crypto::X25519PublicKey& key) {
  return std::string(descriptor_prefix) + client_key_base32(key);
}

Result<crypto::X25519PublicKey> parse_client_auth_line(std::string_view line) {
  if (!line.starts_with(descriptor_prefix)) return no_key();
  return parse_client_key(line.substr(descriptor_prefix.size()));
}

Secret client_private_line(const OnionAddress& address, const crypto::X25519SecretKey& key) {
  const std::string start = address.id() + ":" + std::string(descriptor_prefix);
  const Secret base32 = take_secret(upper(to_base32(key.view())));
  Secret out(start.size() + base32.size());
  const auto at = std::ranges::copy(as_bytes(start), out.mutable_view().begin()).out;
  std::ranges::copy(base32.view(), at);
  return out;
}

Result<ClientPrivate> parse_client_private_line(const Secret& line) {
  std::string_view text = as_text(line.view());
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return no_key();
  auto address = OnionAddress::parse_id(text.substr(0, colon));
  if (!address) return pass(address);
  text.remove_prefix(colon + 1);
  if (!text.starts_with(descriptor_prefix)) return no_key();
  const auto bytes = key_from(text.substr(descriptor_prefix.size()));
  if (!bytes) return no_key();
  return ClientPrivate{*address, *crypto::X25519SecretKey::from(bytes->view())};
}

}  // namespace sotto::tor
