#include "store/statement.h"

#include <sqlite3.h>
#include <utility>

#include "store/connection.h"

namespace sotto::store {

Statement::Statement(Statement&& other) noexcept
    : connection_(other.connection_),
      sql_(other.sql_),
      statement_(std::exchange(other.statement_, nullptr)),
      status_(other.status_),
      bound_(other.bound_) {}

Statement::~Statement() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
  connection_.give_back(sql_, statement_);
}

Statement& Statement::bind(std::int64_t value) {
  if (status_ == SQLITE_OK) status_ = sqlite3_bind_int64(statement_, ++bound_, value);
  return *this;
}

Statement& Statement::bind(ByteView bytes) {
  if (status_ != SQLITE_OK) return *this;
  // A null pointer would bind NULL.
  const void* data = bytes.empty() ? "" : static_cast<const void*>(bytes.data());
  status_ = sqlite3_bind_blob64(statement_, ++bound_, data, bytes.size(), SQLITE_STATIC);
  return *this;
}

Result<bool> Statement::row() {
  if (auto usable = connection_.check_transaction(); !usable) return pass(usable);
  if (status_ == SQLITE_OK) status_ = sqlite3_step(statement_);
  if (status_ == SQLITE_DONE) return false;
  if (status_ != SQLITE_ROW) return std::unexpected(connection_.error(status_));
  status_ = SQLITE_OK;
  return true;
}

Result<void> Statement::run() {
  auto stepped = row();
  if (!stepped) return pass(stepped);
  return {};
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

ByteView Statement::blob(int column) const {
  const void* data = sqlite3_column_blob(statement_, column);
  if (data == nullptr) return {};
  return {static_cast<const std::byte*>(data),
          static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

}  // namespace sotto::store
