// Every table that holds rows of the profile, as data: for what goes through all of them alike,
// the store's check, its backups, and sealing it anew under another key.
//
// A new table, or a new column, belongs here as well; a test compares this with the schema.
// For store/ only.
#pragma once
#include <functional>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "store/connection.h"

namespace sotto::store {

// Of a column; of a sealed one, what is in it.
using Value = std::variant<std::int64_t, WipedBytes>;
using Row = std::vector<Value>;

struct Column {
  enum class Kind { integer, blob, sealed };
  std::string_view name;
  Kind kind;
};

struct Table {
  std::string_view name;
  std::span<const Column> columns;
  Sql select;  // all columns of all rows, in an order that does not change
  Sql insert;  // takes them
  // What its sealed values are sealed at (docs/protocol.md section 9).
  Bytes (*row_key)(const Row& row);
  // The column with the index of the room under whose key they are; nothing: the store key.
  std::optional<std::size_t> room;
  // Sets the sealed column (?1) of the row with this row key (?2); for the store key's tables.
  Sql update = "";
  bool in_backups = true;
};

// Those that others refer to come first.
std::span<const Table> all_tables();

// Opens every row.  damaged, and what `visit` says; `visit` may not write.
Result<void> for_each_row(Connection& connection, const Table& table,
                          const std::function<Result<void>(Row& row)>& visit);

// Inserts a row, sealed under this store's keys.  damaged when there is a row in its place.
Result<void> insert_row(Connection& connection, const Table& table, const Row& row);

ByteView blob_of(const Value& value);

}  // namespace sotto::store
