// `sotto history`: what was said, page by page, in a room or by a contact.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "node/commands.h"

namespace sotto::node {

struct HistoryPageRequest {
  std::string who;
  std::optional<WallTime> since;
  std::optional<std::size_t> limit;
  std::optional<std::string> search;
  std::optional<std::int64_t> before;  // `next` of the page before
  static void fields(auto& self, auto&& field) {
    field("who", self.who);
    field("since", self.since);
    field("limit", self.limit);
    field("search", self.search);
    field("before", self.before);
  }
};

struct HistoryPage {
  std::vector<HistoryEntry> messages;  // oldest first; those of the next page are older
  std::optional<std::int64_t> next;    // nothing: this is the last page
  std::size_t looked_at = 0;           // messages
  static void fields(auto& self, auto&& field) {
    field("messages", self.messages);
    field("next", self.next);
    field("looked_at", self.looked_at);
  }
};

// A page of at most 500 messages and about 1 MiB, after at most 20,000 were looked at.  May run
// on any thread that `database` belongs to.  room.unknown; store's.
Result<HistoryPage> read_history_page(const Profile& profile, store::Database& database,
                                      const HistoryPageRequest& request);
Result<HistoryPage> read_history(Profile& profile, const HistoryPageRequest& request);

}  // namespace sotto::node
