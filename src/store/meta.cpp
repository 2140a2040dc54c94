#include "store/meta.h"

namespace sotto::store {

Result<std::optional<Bytes>> read_meta(Connection& connection, std::string_view name) {
  Statement select =
      connection.statement("SELECT value FROM meta WHERE name = CAST(?1 AS TEXT)");
  select.bind(as_bytes(name));
  auto row = select.row();
  if (!row) return pass(row);
  if (!*row) return std::nullopt;
  return to_bytes(select.blob(0));
}

Result<void> write_meta(Connection& connection, std::string_view name, ByteView value) {
  return connection
      .statement("INSERT OR REPLACE INTO meta (name, value) VALUES (CAST(?1 AS TEXT), ?2)")
      .bind(as_bytes(name))
      .bind(value)
      .run();
}

}  // namespace sotto::store
