// One connection to a profile's SQLite file: opening, migrations, transactions, sealing.
//
// The file is plain SQLite (WAL, synchronous=FULL, secure_delete, foreign keys on); what it
// holds is not: every column that says anything about people or messages is sealed with
// XChaCha20-Poly1305 under a key drawn from the profile key, with associated data
// "sotto row 1" | database id (16) | table | row key | column, so that no value can be moved to
// another row, column or database unseen.  Rows are found by blind indices: keyed BLAKE2b of
// the value, 16 bytes, another key a column.
//
// Synchronous and not thread-safe: one thread uses one Database.  Several processes may have
// the same file open; a writer waits up to 5 s for another (then Errc::locked).
#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <string_view>

#include "base/entropy.h"
#include "crypto/keys.h"
#include "store/errors.h"

namespace sotto::store {

class Connection;  // SQLite and the sealing keys, in connection.h: for this room only

class Database {
 public:
  // Opens HOME/sotto.db, making or migrating it.  Errc::damaged (also when `profile_key` is
  // another profile's), newer, locked, full, read_only, io.  `entropy` must outlive it.
  static Result<Database> open(const std::filesystem::path& file,
                               const crypto::SymmetricKey& profile_key, Entropy& entropy);
  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;
  ~Database();

  // Runs `body` in one IMMEDIATE transaction and commits; an error from `body` or from the
  // commit rolls everything back.  Inside another it becomes a savepoint, so that a batch of
  // jobs can share one commit while each fails alone.
  Result<void> transaction(const std::function<Result<void>()>& body);

  // Runs `body`, which only reads, on one moment of the store while others go on writing; not
  // inside a transaction.
  Result<void> snapshot(const std::function<Result<void>()>& body);

  // Another connection to the same file, for another thread, that refuses to write.  Any thread
  // may call this.  As open().
  Result<Database> open_reader(Entropy& entropy) const;

  Connection& connection() { return *connection_; }

 private:
  Database(std::filesystem::path file, std::unique_ptr<Connection> connection);
  std::filesystem::path file_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace sotto::store
