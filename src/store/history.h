// Messages page by page, the newest first: what a person looks through or searches.
//
// Texts are sealed, so a search opens them one after the other; a page ends when it is full or
// when enough rows were looked at, so that neither memory nor time grows with the history.
#pragma once
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <vector>

#include "store/messages.h"

namespace sotto::store {

struct PageQuery {
  std::optional<RoomId> room;                      // nothing: of all rooms
  std::optional<crypto::Ed25519PublicKey> author;  // nothing: of everybody
  std::optional<WallTime> since;                   // by `received`
  // Of what to return, by the encoded message; empty: all.
  std::function<bool(ByteView message)> matches;
  std::int64_t before = std::numeric_limits<std::int64_t>::max();  // seqs below this one only

  std::size_t most_rows = 500;
  std::size_t most_bytes = std::size_t{1} << 20;  // of messages; one more may stand in a page
  std::size_t most_looked_at = 20'000;
};

struct Page {
  std::vector<MessageRow> rows;      // newest first
  std::optional<std::int64_t> next;  // `before` of the page that follows; nothing: the end
  std::size_t looked_at = 0;
};

Result<Page> read_page(Database& database, const PageQuery& query);

}  // namespace sotto::store
