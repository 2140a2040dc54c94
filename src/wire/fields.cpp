#include "wire/fields.h"

#include <limits>

#include "base/encoding.h"
#include "base/text.h"
#include "wire/limits.h"

namespace sotto::wire {
namespace {

// IP literals and DNS names need no more; what else could be in a host would only mislead the
// one who reads it or the resolver that gets it.
bool is_host(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           c == '.' || c == '-' || c == '_' || c == ':';
  });
}

bool is_relay_url(std::string_view text) {
  return text.starts_with("wss://") &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

// The checksum inside is for tor/ to check: this is about what may be stored and shown.
bool is_onion_address(std::string_view text) {
  constexpr std::string_view suffix = ".onion";
  constexpr std::size_t letters = 56;
  return text.size() == letters + suffix.size() && text.ends_with(suffix) &&
         from_base32(text.substr(0, letters)).has_value();
}

}  // namespace

std::string FieldReader::name(std::string_view field, std::string value) {
  check(is_name(value), field, "is not a name of 1 to 64 bytes without control characters");
  return value;
}

std::string FieldReader::text(std::string_view field, std::string value, std::size_t limit) {
  check_count(field, value.size(), limit);
  if (!failed()) check(is_utf8(value), field, "is not UTF-8 text");
  return value;
}

std::string FieldReader::host(std::string_view field, std::string value) {
  check_count(field, value.size(), host_name_limit);
  check(is_host(value), field, "is neither an IP address nor a host name");
  return value;
}

std::string FieldReader::relay_url(std::string_view field, std::string value) {
  check_count(field, value.size(), url_limit);
  check(is_relay_url(value), field, "is not a wss:// address");
  return value;
}

std::string FieldReader::onion_address(std::string_view field, std::string value) {
  check(is_onion_address(value), field, "is not an address of 56 letters and \".onion\"");
  return value;
}

std::uint16_t FieldReader::port(std::string_view field, std::uint32_t value) {
  check(value >= 1 && value <= std::numeric_limits<std::uint16_t>::max(), field,
        "is not a port from 1 to 65535");
  return static_cast<std::uint16_t>(value);
}

WallTime FieldReader::time(std::string_view field, std::uint64_t unix_ms) {
  if (unix_ms > time_limit_ms) {
    malformed(field, "lies after the year 9999");
    return {};
  }
  return from_unix_ms(static_cast<std::int64_t>(unix_ms));
}

crypto::Card FieldReader::card(std::string_view field, const proto::Card& message) {
  if (failed()) return {};
  Result<crypto::Card> card = read_card(message);
  if (card) return std::move(*card);
  if (card.error().is(Errc::malformed)) {
    malformed(field, "is missing or damaged");
  } else {
    remember(std::move(card.error()));
  }
  return {};
}

void FieldReader::check_version(std::uint32_t version) {
  if (version == 1) return;
  if (version == 0) {
    malformed("version", "is missing");
    return;
  }
  remember(Error(Errc::version, std::string(structure_.name) + " has version " +
                                    std::to_string(version) +
                                    ", which this sotto does not know. Update sotto here."));
}

void FieldReader::check_count(std::string_view field, std::size_t count, std::size_t limit) {
  if (count <= limit) return;
  remember(Error(Errc::over_limit, std::string(structure_.name) + " is over a limit: its " +
                                       std::string(field) + " is " + std::to_string(count) +
                                       ", and " + std::to_string(limit) + " is the most. " +
                                       std::string(structure_.cure)));
}

void FieldReader::malformed(std::string_view field, std::string_view complaint) {
  remember(Error(Errc::malformed, std::string(structure_.name) + " is not valid: its " +
                                      std::string(field) + " " + std::string(complaint) + ". " +
                                      std::string(structure_.cure)));
}

void FieldReader::wrong_length(std::string_view field, std::size_t length,
                               std::size_t expected) {
  malformed(field, length == 0 ? "is missing"
                               : "has " + std::to_string(length) + " bytes instead of " +
                                     std::to_string(expected));
}

void FieldReader::remember(Error error) {
  if (!error_) error_ = std::move(error);
}

}  // namespace sotto::wire
