// Methods that only look; on the store's thread.
#pragma once
#include <vector>

#include "node/commands.h"
#include "node/requests.h"

namespace sotto::node {

struct HistoryReply {
  std::vector<HistoryEntry> messages;
  static void fields(auto& self, auto&& field) { field("messages", self.messages); }
};

Result<OwnCard> identify(Profile& profile, const NoRequest& request);
Result<HistoryReply> read_history(Profile& profile, const HistoryOptions& options);

}  // namespace sotto::node
