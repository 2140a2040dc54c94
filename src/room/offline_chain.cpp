#include "room/offline_chain.h"

#include <algorithm>

#include "crypto/hash.h"

namespace sotto::room {
namespace {

crypto::SymmetricKey message_key(const crypto::SymmetricKey& key) {
  return crypto::derive_key(key, "sotto chain message 1");
}

auto find_skipped(auto& row, std::uint32_t index) {
  return std::ranges::find(row.skipped, index, &store::SkippedKey::index);
}

bool is_ahead(const store::ChainRow& row, std::uint32_t index) {
  return index >= row.next && index - row.next <= skip_limit;
}

}  // namespace

store::ChainRow derive_chain(const crypto::SymmetricKey& exporter, ChainDirection direction) {
  const std::byte context[] = {static_cast<std::byte>(direction)};
  const auto secret = crypto::derive_key(exporter, "sotto chain 1", context);
  store::ChainRow row;
  crypto::derive_bytes(secret, "sotto chain id 1", {}, row.id.mutable_view());
  row.header_key = crypto::derive_key(secret, "sotto chain header 1");
  row.key = crypto::derive_key(secret, "sotto chain key 1");
  return row;
}

crypto::SymmetricKey advance(store::ChainRow& row) {
  auto key = message_key(row.key);
  row.key = crypto::derive_key(row.key, "sotto chain next 1");
  ++row.next;
  return key;
}

std::optional<crypto::SymmetricKey> take_key(store::ChainRow& row, std::uint32_t index) {
  if (const auto skipped = find_skipped(row, index); skipped != row.skipped.end()) {
    auto key = std::move(skipped->key);
    row.skipped.erase(skipped);
    return key;
  }
  if (!is_ahead(row, index)) return std::nullopt;
  while (row.next < index) {
    const std::uint32_t passed = row.next;
    row.skipped.push_back({passed, advance(row)});
  }
  // The oldest are the least likely to be still on their way.
  if (row.skipped.size() > skip_limit) {
    row.skipped.erase(row.skipped.begin(),
                      row.skipped.end() - static_cast<std::ptrdiff_t>(skip_limit));
  }
  return advance(row);
}

bool has_key(const store::ChainRow& row, std::uint32_t index) {
  return is_ahead(row, index) || find_skipped(row, index) != row.skipped.end();
}

std::optional<crypto::SymmetricKey> peek_key(const store::ChainRow& row, std::uint32_t index) {
  if (const auto skipped = find_skipped(row, index); skipped != row.skipped.end()) {
    return skipped->key.copy();
  }
  if (!is_ahead(row, index)) return std::nullopt;
  auto key = row.key.copy();
  for (std::uint32_t at = row.next; at < index; ++at) {
    key = crypto::derive_key(key, "sotto chain next 1");
  }
  return message_key(key);
}

}  // namespace sotto::room
