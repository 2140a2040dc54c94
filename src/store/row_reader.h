// Reads the tables whose rows are a blind index `id` and one value `sealed` at that id.
//
// Each row found by an index is compared with what was asked for: in a damaged file an index
// may lead to another row, which is sealed as it should be. For store/ only.
#pragma once
#include <optional>
#include <vector>

#include "store/connection.h"
#include "store/pack.h"

namespace sotto::store {

template <class Row>
class RowReader {
 public:
  using Decode = Row (*)(Unpacker&);
  RowReader(Connection& connection, std::string_view table, Decode decode)
      : connection_(connection), table_(table), decode_(decode) {}

  // `select` yields (id, sealed).  Nothing when there is no row; damaged unless
  // `expected(row)`.
  template <class Expected>
  Result<std::optional<Row>> one(Statement& select, Expected expected) const {
    auto found = select.row();
    if (!found) return pass(found);
    if (!*found) return std::nullopt;
    auto row = current(select);
    if (!row) return pass(row);
    if (!expected(*row)) return std::unexpected(connection_.damaged(table_));
    return *std::move(row);
  }

  template <class Expected>
  Result<std::vector<Row>> all(Statement& select, Expected expected) const {
    std::vector<Row> rows;
    while (true) {
      auto found = select.row();
      if (!found) return pass(found);
      if (!*found) return rows;
      auto row = current(select);
      if (!row) return pass(row);
      if (!expected(*row)) return std::unexpected(connection_.damaged(table_));
      rows.push_back(*std::move(row));
    }
  }
  Result<std::vector<Row>> all(Statement& select) const {
    return all(select, [](const Row&) { return true; });
  }

 private:
  Result<Row> current(Statement& select) const {
    auto plaintext =
        connection_.open_sealed({table_, select.blob(0), "sealed"}, select.blob(1));
    if (!plaintext) return pass(plaintext);
    Unpacker fields(*plaintext);
    Row row = decode_(fields);
    if (!fields.complete()) return std::unexpected(connection_.damaged(table_));
    return row;
  }

  Connection& connection_;
  std::string_view table_;
  Decode decode_;
};

}  // namespace sotto::store
