#include "relay/half_open.h"

#include <algorithm>

namespace sotto::relay {

std::optional<ConnectionId> HalfOpen::add(ConnectionId connection, const AddressBlock& block) {
  blocks_[block].push_back(connection);
  if (++size_ <= limit_) return std::nullopt;
  const auto most = std::ranges::max_element(
      blocks_, {}, [](const auto& entry) { return entry.second.size(); });
  const ConnectionId oldest = most->second.front();
  remove(oldest, AddressBlock(most->first));
  return oldest;
}

void HalfOpen::remove(ConnectionId connection, const AddressBlock& block) {
  const auto at = blocks_.find(block);
  if (at == blocks_.end()) return;
  size_ -= std::erase(at->second, connection);
  if (at->second.empty()) blocks_.erase(at);
}

}  // namespace sotto::relay
