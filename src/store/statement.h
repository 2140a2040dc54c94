// One use of a prepared statement: bind, step, read the columns; reset when it goes.
//
// Failures of preparing and binding show up at the first step, so that a use is a few lines.
// For store/ and relay/ only.
#pragma once
#include <cstdint>

#include "base/bytes.h"
#include "store/errors.h"

struct sqlite3_stmt;

namespace sotto::store {

class Connection;

// SQL text known at compile time.  Its address is its key in the cache of prepared statements,
// and no foreign value can be pasted into it.
class Sql {
 public:
  consteval Sql(const char* text) : text_(text) {}
  const char* text() const { return text_; }

 private:
  const char* text_;
};

class Statement {
 public:
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  // Parameters from left to right.  Bytes are not copied: they must outlive the statement.
  Statement& bind(std::int64_t value);
  Statement& bind(ByteView bytes);

  // True when there is a row to read; its columns are valid until the next call.
  Result<bool> row();
  // For statements that return no rows.
  Result<void> run();

  std::int64_t integer(int column) const;
  ByteView blob(int column) const;

 private:
  friend class Connection;
  Statement(Connection& connection, const char* sql, sqlite3_stmt* statement, int status)
      : connection_(connection), sql_(sql), statement_(statement), status_(status) {}

  Connection& connection_;
  const char* sql_;
  sqlite3_stmt* statement_;
  int status_;  // the first failure so far
  int bound_ = 0;
};

}  // namespace sotto::store
