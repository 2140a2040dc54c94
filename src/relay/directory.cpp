#include "relay/directory.h"

#include <algorithm>

#include "base/big_endian.h"
#include "relay/usage.h"
#include "store/connection.h"

namespace sotto::relay {

using wire::RelayRefusal;

namespace {

// RelayRefusal::quota when one more record of this payer is too much.
Result<bool> has_room(store::Connection& connection, const Payer& payer, const Limits& limits) {
  const auto own = usage_of(connection, payer);
  if (!own) return std::unexpected(own.error());
  const auto total = total_usage(connection);
  if (!total) return std::unexpected(total.error());
  return static_cast<std::size_t>(own->records) < limits.records_a_payer &&
         static_cast<std::uint64_t>(total->bytes) + wire::record_blob_bytes <=
             limits.stored_bytes;
}

}  // namespace

Result<Reply> put_record(store::Connection& connection, const wire::RecordBlob& record,
                         ByteView blob, const Payer& payer, const Limits& limits,
                         WallTime now) {
  Bytes seq;
  append_be(seq, record.seq);
  const std::int64_t expires = unix_ms(now + record_lifetime);
  bool is_there = false;
  {
    auto select = connection.statement("SELECT seq, expires FROM records WHERE key = ?1");
    select.bind(record.publishing_key.view());
    const auto row = select.row();
    if (!row) return std::unexpected(row.error());
    is_there = *row;
    // The same number again: a host seals its record anew each time it puts it.
    if (is_there && select.integer(1) > unix_ms(now) &&
        std::ranges::lexicographical_compare(ByteView(seq), select.blob(0))) {
      return refused(RelayRefusal::older);
    }
  }
  if (is_there) {
    // It has its place already, and stays counted for whoever put it there first.
    auto put = connection
                   .statement(
                       "UPDATE records SET seq = ?1, blob = ?2, expires = ?3 "
                       "WHERE key = ?4")
                   .bind(ByteView(seq))
                   .bind(blob)
                   .bind(expires)
                   .bind(record.publishing_key.view())
                   .run();
    if (!put) return pass(put);
    return wire::RelayDone();
  }
  const auto room = has_room(connection, payer, limits);
  if (!room) return std::unexpected(room.error());
  if (!*room) return refused(RelayRefusal::quota);
  auto put = connection
                 .statement(
                     "INSERT INTO records (key, seq, blob, expires, payer) "
                     "VALUES (?1, ?2, ?3, ?4, ?5)")
                 .bind(record.publishing_key.view())
                 .bind(ByteView(seq))
                 .bind(blob)
                 .bind(expires)
                 .bind(payer.view())
                 .run();
  if (!put) return pass(put);
  return wire::RelayDone();
}

Result<Reply> get_record(store::Connection& connection, const crypto::Ed25519PublicKey& key,
                         WallTime now) {
  auto select =
      connection.statement("SELECT blob FROM records WHERE key = ?1 AND expires > ?2");
  const std::int64_t time = unix_ms(now);
  select.bind(key.view()).bind(time);
  const auto row = select.row();
  if (!row) return std::unexpected(row.error());
  if (!*row) return refused(RelayRefusal::unknown);
  if (select.blob(0).size() != wire::record_blob_bytes) {
    return std::unexpected(connection.damaged("records"));
  }
  return wire::RelayFound{to_bytes(select.blob(0))};
}

Result<Reply> delete_record(store::Connection& connection,
                            const crypto::Ed25519PublicKey& key) {
  auto gone = connection.statement("DELETE FROM records WHERE key = ?1").bind(key.view()).run();
  if (!gone) return pass(gone);
  return wire::RelayDone();
}

}  // namespace sotto::relay
