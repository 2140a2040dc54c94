#include "store/room_reseal.h"

namespace sotto::store {
namespace {

constexpr std::int64_t rows_at_once = 64;  // a megabyte of text each at worst

class Resealer {
 public:
  Resealer(Connection& connection, crypto::SymmetricKey old_key,
           const crypto::SymmetricKey& new_key)
      : sealer_(connection.keys().sealer()),
        connection_(connection),
        old_key_(std::move(old_key)),
        new_key_(new_key) {}

  Result<Bytes> anew(const Place& place, ByteView sealed) {
    if (sealed.size() < Sealer::overhead) {
      return std::unexpected(connection_.damaged(place.table));
    }
    WipedBytes plaintext(sealed.size() - Sealer::overhead);
    if (!sealer_.open(old_key_, place, sealed, plaintext)) {
      return std::unexpected(connection_.damaged(place.table));
    }
    return sealer_.seal(new_key_, place, plaintext);
  }

 private:
  Sealer& sealer_;
  Connection& connection_;
  crypto::SymmetricKey old_key_;
  const crypto::SymmetricKey& new_key_;
};

struct MessageValues {
  std::int64_t seq;
  Bytes head;
  Bytes body;
};

Result<std::vector<MessageValues>> some_messages(Connection& connection, Resealer& resealer,
                                                 const BlindIndex& room, std::int64_t after) {
  std::vector<MessageValues> out;
  Statement select = connection.statement(
      "SELECT seq, head, body FROM messages WHERE room = ?1 AND seq > ?2 ORDER BY seq LIMIT "
      "?3");
  select.bind(room.view()).bind(after).bind(rows_at_once);
  while (true) {
    auto found = select.row();
    if (!found) return pass(found);
    if (!*found) return out;
    const std::int64_t seq = select.integer(0);
    std::byte key[8];  // as message_reader.h has it
    store_be<std::uint64_t>(key, static_cast<std::uint64_t>(seq));
    auto head = resealer.anew({"messages", key, "head"}, select.blob(1));
    if (!head) return pass(head);
    auto body = resealer.anew({"messages", key, "body"}, select.blob(2));
    if (!body) return pass(body);
    out.push_back({seq, *std::move(head), *std::move(body)});
  }
}

Result<void> reseal_messages(Connection& connection, Resealer& resealer,
                             const BlindIndex& room) {
  std::int64_t after = 0;
  while (true) {
    const auto some = some_messages(connection, resealer, room, after);
    if (!some) return std::unexpected(some.error());
    if (some->empty()) return {};
    after = some->back().seq;
    for (const MessageValues& row : *some) {
      auto updated =
          connection.statement("UPDATE messages SET head = ?1, body = ?2 WHERE seq = ?3")
              .bind(row.head)
              .bind(row.body)
              .bind(row.seq)
              .run();
      if (!updated) return updated;
    }
  }
}

struct OutboxValue {
  Bytes recipient;
  std::int64_t seq;
  Bytes sealed;
};

Result<void> reseal_outbox(Connection& connection, Resealer& resealer, const BlindIndex& room) {
  std::vector<OutboxValue> rows;
  {
    Statement select =
        connection.statement("SELECT recipient, seq, sealed FROM outbox WHERE room = ?1");
    select.bind(room.view());
    while (true) {
      auto found = select.row();
      if (!found) return pass(found);
      if (!*found) break;
      const std::int64_t seq = select.integer(1);
      Bytes key = to_bytes(room.view());  // as outbox.cpp has it
      append(key, select.blob(0));
      append_be<std::uint64_t>(key, static_cast<std::uint64_t>(seq));
      auto sealed = resealer.anew({"outbox", key, "sealed"}, select.blob(2));
      if (!sealed) return pass(sealed);
      rows.push_back({to_bytes(select.blob(0)), seq, *std::move(sealed)});
    }
  }
  for (const OutboxValue& row : rows) {
    auto updated =
        connection
            .statement(
                "UPDATE outbox SET sealed = ?1 WHERE room = ?2 AND recipient = ?3 AND seq = ?4")
            .bind(row.sealed)
            .bind(room.view())
            .bind(row.recipient)
            .bind(row.seq)
            .run();
    if (!updated) return updated;
  }
  return {};
}

}  // namespace

Result<void> seal_room_anew(Connection& connection, const BlindIndex& room) {
  const auto old_key = connection.keys().of_room(room);
  if (!old_key) return std::unexpected(old_key.error());
  crypto::SymmetricKey old_copy = (*old_key)->copy();
  const auto new_key = connection.keys().replace_room_key(room);
  if (!new_key) return std::unexpected(new_key.error());
  Resealer resealer(connection, std::move(old_copy), **new_key);
  if (auto done = reseal_messages(connection, resealer, room); !done) return done;
  return reseal_outbox(connection, resealer, room);
}

}  // namespace sotto::store
