// A row of the table `messages` in SQLite: what Messages and Outbox both read.
//
// `head` holds what is asked for before a message is needed and what changes later; `body` is
// the encoded message and never changes.  `shown` stands outside too, because queries need it.
//   head: room (16) | author (32) | id (16) | content hash (32) | received (8) | stage (1) |
//         shown (1)
// For store/ only.
#pragma once
#include "store/connection.h"
#include "store/messages.h"

namespace sotto::store {

// The columns that read_head() and read_body() expect a statement to begin with.
inline constexpr int message_columns = 5;  // seq, shown, head, body, room

// `key` is the room's.
Bytes seal_head(Connection& connection, const crypto::SymmetricKey& key, std::int64_t seq,
                const MessageRow& row);
Bytes seal_body(Connection& connection, const crypto::SymmetricKey& key, std::int64_t seq,
                ByteView message);

// Everything but `message`.
Result<MessageRow> read_head(Connection& connection, const Statement& select);
Result<void> read_body(Connection& connection, const Statement& select, MessageRow& row);
Result<MessageRow> read_message(Connection& connection, const Statement& select);

}  // namespace sotto::store
