#include "tor/onion_address.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/text.h"
#include "crypto/sha3.h"
#include "crypto/sign.h"
#include "tor/command.h"
#include "tor/quoting.h"

namespace sotto::tor {
namespace {

constexpr std::string_view suffix = ".onion";
constexpr std::size_t id_letters = 56;
constexpr std::size_t old_id_letters = 16;
constexpr std::size_t key_bytes = crypto::Ed25519PublicKey::size;
constexpr std::size_t checksum_bytes = 2;
constexpr std::byte version_3{3};

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7');
}

std::array<std::byte, checksum_bytes> checksum(const crypto::Ed25519PublicKey& key,
                                               std::byte version) {
  const std::array last{version};
  const auto hash = crypto::sha3_256({as_bytes(".onion checksum"), key.view(), last});
  return {hash[0], hash[1]};
}

// What a wrong character may have been.
std::string_view hint(char c) {
  switch (c) {
    case '0':
      return " (is it the letter o?)";
    case '1':
      return " (is it the letter l or i?)";
    case '8':
      return " (is it the letter b?)";
    default:
      return "";
  }
}

// That `id`, in lower case, is 56 letters of base32.
Result<void> check_letters(std::string_view id) {
  const auto wrong = std::ranges::find_if_not(id, is_letter);
  if (wrong != id.end()) {
    const auto at = static_cast<std::size_t>(wrong - id.begin());
    return fail(Errc::onion_letter,
                "Character " + std::to_string(at + 1) + " of the onion address, \"" +
                    displayable(id.substr(at, 1)) + "\", is none of a to z and 2 to 7" +
                    std::string(hint(*wrong)) + ". Copy it again.");
  }
  if (id.size() == old_id_letters) {
    return fail(Errc::onion_old,
                "This onion address is of the old kind, with 16 letters, which tor gave up in "
                "2021. Ask the host for the new one, with 56.");
  }
  if (id.size() != id_letters) {
    const bool few = id.size() < id_letters;
    const std::size_t off = few ? id_letters - id.size() : id.size() - id_letters;
    return fail(Errc::onion_length, "The onion address has " + std::to_string(id.size()) +
                                        " letters, " + std::to_string(off) + " too " +
                                        (few ? "few" : "many") + ". Copy it again, all of it.");
  }
  return {};
}

}  // namespace

Result<OnionAddress> OnionAddress::parse_id(std::string_view text) {
  const std::string id = lower(text);
  if (const auto checked = check_letters(id); !checked) {
    return std::unexpected(checked.error());
  }
  // 56 letters are 280 bits, 35 bytes: none is stray.
  const Bytes bytes = from_base32(id).value();
  const ByteView view(bytes);
  const auto key = *crypto::Ed25519PublicKey::from(view.first(key_bytes));
  const std::byte version = view.back();
  // A typo in the last two letters changes the version: only a right checksum says that
  // another version was meant.
  if (!std::ranges::equal(checksum(key, version), view.subspan(key_bytes, checksum_bytes))) {
    return fail(Errc::onion_checksum,
                "The onion address has a typo: its checksum does not fit. Copy it again.");
  }
  if (version != version_3) {
    return fail(Errc::onion_version,
                "The onion address is of version " + std::to_string(static_cast<int>(version)) +
                    ", and only 3 is known. Update sotto, or ask the host for another.");
  }
  if (!crypto::is_valid(key)) {
    return fail(Errc::onion_key,
                "The onion address names a key that nobody can own. Do not trust where it came "
                "from.");
  }
  return OnionAddress(key);
}

Result<OnionAddress> OnionAddress::parse(std::string_view text) {
  std::string host = lower(text);
  if (!host.ends_with(suffix)) {
    return fail(Errc::onion_suffix,
                "\"" + displayable(text.substr(0, 80)) +
                    "\" is no onion address: it does not end in .onion. Copy it again, to its "
                    "end.");
  }
  host.resize(host.size() - suffix.size());
  if (const std::size_t dot = host.rfind('.'); dot != std::string::npos) {
    return fail(Errc::onion_subdomain,
                "There is something before the onion address. Leave it out: " +
                    displayable(host.substr(dot + 1, id_letters)) + ".onion.");
  }
  return parse_id(host);
}

std::string OnionAddress::id() const {
  Bytes bytes = to_bytes(key_.view());
  append(bytes, checksum(key_, version_3));
  bytes.push_back(version_3);
  return to_base32(bytes);
}

Result<OnionEndpoint> OnionEndpoint::parse(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  auto address = OnionAddress::parse(text.substr(0, colon));
  if (!address) return pass(address);
  OnionEndpoint out{*address, std::nullopt};
  if (colon == std::string_view::npos) return out;
  const auto port = number(text.substr(colon + 1), 65535);
  if (!port || *port == 0) {
    return fail(Errc::onion_port,
                "\"" + displayable(text.substr(colon + 1)) +
                    "\" after the onion address is no port from 1 to 65535. Correct it, or "
                    "leave it out.");
  }
  out.port = static_cast<std::uint16_t>(*port);
  return out;
}

bool is_onion(std::string_view host) {
  while (host.ends_with('.')) host.remove_suffix(1);  // a resolver takes that for the same name
  return lower(host).ends_with(suffix);
}

Secret onion_key_blob(const crypto::Ed25519SecretKey& seed) {
  return take_secret(to_base64(crypto::expanded(seed).view()));
}

}  // namespace sotto::tor
