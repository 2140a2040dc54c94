#include "tls/pin.h"

#include <algorithm>

#include "base/encoding.h"

namespace sotto::tls {

std::string pin_text(const SpkiHash& spki) {
  return to_base64url(spki);
}

std::optional<SpkiHash> pin_from(std::string_view text) {
  const auto bytes = from_base64url(text);
  SpkiHash spki;
  if (!bytes || bytes->size() != spki.size()) return std::nullopt;
  std::ranges::copy(*bytes, spki.begin());
  return spki;
}

}  // namespace sotto::tls
