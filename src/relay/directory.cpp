#include "relay/directory.h"

#include <algorithm>

#include "base/big_endian.h"
#include "relay/usage.h"
#include "store/connection.h"

namespace sotto::relay {

using wire::RelayRefusal;

namespace {

// What is there under a record's key.
struct Before {
  std::int64_t row;
  bool is_older;     // than the new one, or has expired
  bool is_equal;     // in its number, and has not expired
  bool is_of_payer;  // who puts the new one
};

Result<std::optional<Before>> find(store::Connection& connection,
                                   const crypto::Ed25519PublicKey& key, ByteView seq,
                                   const Payer& payer, WallTime now) {
  auto select =
      connection.statement("SELECT n, seq, expires, payer FROM records WHERE key = ?1");
  select.bind(key.view());
  const auto row = select.row();
  if (!row) return std::unexpected(row.error());
  if (!*row) return std::nullopt;
  const ByteView its_seq = select.blob(1);
  const bool expired = select.integer(2) <= unix_ms(now);
  return Before{.row = select.integer(0),
                .is_older = expired || std::ranges::lexicographical_compare(its_seq, seq),
                .is_equal = !expired && std::ranges::equal(its_seq, seq),
                .is_of_payer = std::ranges::equal(select.blob(3), payer.view())};
}

// Whether this payer may have one more, in place of `before`.
Result<bool> has_room(store::Connection& connection, const std::optional<Before>& before,
                      const Payer& payer, const Limits& limits) {
  const auto own = usage_of(connection, payer);
  if (!own) return std::unexpected(own.error());
  const auto total = total_usage(connection);
  if (!total) return std::unexpected(total.error());
  const std::int64_t records = own->records - (before && before->is_of_payer ? 1 : 0);
  const std::int64_t bytes = total->bytes - (before ? wire::record_blob_bytes : 0);
  return static_cast<std::size_t>(records) < limits.records_a_payer &&
         static_cast<std::uint64_t>(bytes) + wire::record_blob_bytes <= limits.stored_bytes;
}

// The same number again: a host seals its record anew each time it puts it.  Whom it is counted
// for stays: anybody can put a record that they have got from here.
Result<Reply> put_again(store::Connection& connection, const Before& before, ByteView blob,
                        std::int64_t expires) {
  auto put = connection.statement("UPDATE records SET blob = ?1, expires = ?2 WHERE n = ?3")
                 .bind(blob)
                 .bind(expires)
                 .bind(before.row)
                 .run();
  if (!put) return pass(put);
  return wire::RelayDone();
}

}  // namespace

Result<Reply> put_record(store::Connection& connection, const wire::RecordBlob& record,
                         ByteView blob, const Payer& payer, const Limits& limits,
                         WallTime now) {
  Bytes seq;
  append_be(seq, record.seq);
  const std::int64_t expires = unix_ms(now + record_lifetime);
  const auto before = find(connection, record.publishing_key, seq, payer, now);
  if (!before) return std::unexpected(before.error());
  if (*before && (*before)->is_equal) return put_again(connection, **before, blob, expires);
  if (*before && !(*before)->is_older) return refused(RelayRefusal::older);
  // A refusal takes nothing away.
  const auto room = has_room(connection, *before, payer, limits);
  if (!room) return std::unexpected(room.error());
  if (!*room) return refused(RelayRefusal::quota);
  if (auto gone = delete_record(connection, record.publishing_key); !gone) return gone;
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
