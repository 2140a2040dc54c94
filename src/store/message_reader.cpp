#include "store/message_reader.h"

#include "base/big_endian.h"
#include "store/pack.h"

namespace sotto::store {
namespace {

constexpr std::string_view table = "messages";
constexpr std::size_t head_bytes = 16 + 32 + 16 + 32 + 8 + 1 + 1;

using RowKey = std::array<std::byte, 8>;

RowKey row_key(std::int64_t seq) {
  RowKey key;
  store_be<std::uint64_t>(key, static_cast<std::uint64_t>(seq));
  return key;
}

}  // namespace

Bytes seal_head(Connection& connection, const crypto::SymmetricKey& key, std::int64_t seq,
                const MessageRow& row) {
  Packer fields(head_bytes);
  fields.fixed(row.room.view())
      .fixed(row.author.view())
      .fixed(row.id.view())
      .fixed(row.content_hash)
      .time(row.received)
      .integer(static_cast<std::uint8_t>(row.stage))
      .flag(row.shown);
  return connection.seal_in_room(key, {table, row_key(seq), "head"}, fields.view());
}

Bytes seal_body(Connection& connection, const crypto::SymmetricKey& key, std::int64_t seq,
                ByteView message) {
  return connection.seal_in_room(key, {table, row_key(seq), "body"}, message);
}

Result<MessageRow> read_head(Connection& connection, const Statement& select) {
  MessageRow row;
  row.seq = select.integer(0);
  auto plaintext = connection.open_in_room(select.blob(4), {table, row_key(row.seq), "head"},
                                           select.blob(2));
  if (!plaintext) return pass(plaintext);
  Unpacker fields(*plaintext);
  row.room = fields.fixed<RoomId>();
  row.author = fields.fixed<crypto::Ed25519PublicKey>();
  row.id = fields.fixed<MessageId>();
  row.content_hash = fields.array<32>();
  row.received = fields.time();
  row.stage = static_cast<Stage>(fields.integer<std::uint8_t>());
  row.shown = fields.flag();
  if (!fields.complete() || row.shown != (select.integer(1) != 0)) {
    return std::unexpected(connection.damaged(table));
  }
  return row;
}

Result<void> read_body(Connection& connection, const Statement& select, MessageRow& row) {
  auto message = connection.open_message(select.blob(4), {table, row_key(row.seq), "body"},
                                         select.blob(3));
  if (!message) return pass(message);
  row.message = *std::move(message);
  return {};
}

Result<MessageRow> read_message(Connection& connection, const Statement& select) {
  auto row = read_head(connection, select);
  if (!row) return row;
  if (auto body = read_body(connection, select, *row); !body) return pass(body);
  return row;
}

}  // namespace sotto::store
