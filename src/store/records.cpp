#include "store/records.h"

#include "store/connection.h"
#include "store/row_reader.h"

namespace sotto::store {
namespace {

constexpr std::string_view table = "records";

// record secret (32) | seq (8) | expires (8) | record
RecordRow decode(Unpacker& fields) {
  RecordRow row;
  row.record_secret = fields.fixed<crypto::SymmetricKey>();
  row.seq = fields.integer<std::uint64_t>();
  row.expires = fields.time();
  row.record = fields.variable();
  return row;
}

Bytes seal(Connection& connection, const BlindIndex& id, const RecordRow& row) {
  Packer fields(1280);
  fields.fixed(row.record_secret.view())
      .integer(row.seq)
      .time(row.expires)
      .variable(row.record);
  return connection.seal({table, id.view(), "sealed"}, fields.view());
}

BlindIndex id_of(Connection& connection, const crypto::SymmetricKey& record_secret) {
  return connection.index("records.id", record_secret.view());
}

}  // namespace

Result<bool> Records::put(const RecordRow& row) {
  Connection& connection = database_.connection();
  bool stands = false;
  auto done = connection.atomically([&]() -> Result<void> {
    auto present = find(row.record_secret);
    if (!present) return pass(present);
    if (*present && (*present)->seq >= row.seq) {
      stands = (*present)->seq == row.seq && (*present)->record == row.record;
      return {};
    }
    stands = true;
    const BlindIndex id = id_of(connection, row.record_secret);
    const Bytes sealed = seal(connection, id, row);
    return connection
        .statement(
            "INSERT INTO records (id, sealed) VALUES (?1, ?2)"
            " ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed")
        .bind(id.view())
        .bind(sealed)
        .run();
  });
  if (!done) return pass(done);
  return stands;
}

Result<std::optional<RecordRow>> Records::find(const crypto::SymmetricKey& record_secret) {
  Connection& connection = database_.connection();
  const BlindIndex id = id_of(connection, record_secret);
  Statement select = connection.statement("SELECT id, sealed FROM records WHERE id = ?1");
  select.bind(id.view());
  return RowReader<RecordRow>(connection, table, decode).one(select, [&](const RecordRow& row) {
    return std::ranges::equal(row.record_secret.view(), record_secret.view());
  });
}

Result<void> Records::remove(const crypto::SymmetricKey& record_secret) {
  Connection& connection = database_.connection();
  const BlindIndex id = id_of(connection, record_secret);
  return connection.statement("DELETE FROM records WHERE id = ?1").bind(id.view()).run();
}

}  // namespace sotto::store
