// Whether a store is what was written: SQLite's own check, and every sealed value opened.
#pragma once
#include <cstdint>
#include <functional>

#include "store/database.h"

namespace sotto::store {

// So many of so many rows were opened.
using CheckProgress = std::function<void(std::int64_t done, std::int64_t of)>;

// SQLite's pages and indices.  damaged, io.
Result<void> check_pages(Database& database);

// Opens every value of every row, and decodes those of people, rooms and messages, in one
// snapshot; not inside a transaction.  damaged, io.
Result<void> check_rows(Database& database, const CheckProgress& progress);
// The same inside the transaction there is.
Result<void> check_rows_here(Database& database, const CheckProgress& progress);

}  // namespace sotto::store
