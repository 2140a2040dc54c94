#include "store/connection.h"

#include <cassert>
#include <cerrno>
#include <new>
#include <sqlite3.h>
#include <string>
#include <sys/stat.h>
#include <utility>

#include "base/text.h"
#include "store/files.h"

namespace sotto::store {
namespace {

constexpr int busy_timeout_ms = 5000;

Errc code_of(int status, int system_error) {
  switch (status & 0xff) {
    case SQLITE_FULL:
      return Errc::full;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
      return Errc::locked;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return Errc::read_only;
    case SQLITE_CANTOPEN:
      return system_error == 0 ? Errc::read_only : errc_of(system_error);
    case SQLITE_IOERR:
      if (status == SQLITE_IOERR_CORRUPTFS || status == SQLITE_IOERR_DATA) return Errc::damaged;
      return system_error == 0 ? Errc::io : errc_of(system_error);
    case SQLITE_CONSTRAINT:
      // Every row belongs to a room that another process may have removed meanwhile.
      return status == SQLITE_CONSTRAINT_FOREIGNKEY ? Errc::gone : Errc::damaged;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_ERROR:  // our SQL is right, so the schema is not
    case SQLITE_MISMATCH:
      return Errc::damaged;
    default:
      return Errc::io;
  }
}

std::string text_of(Errc code, const std::string& path, const std::string& detail) {
  const std::string because = " (" + detail + ").";
  switch (code) {
    case Errc::full:
      return "There is no space left for " + path + because +
             " Nothing was changed; free some space and try again.";
    case Errc::locked:
      return "Another process has been writing to " + path + " for too long" + because +
             " Try again, or end that process.";
    case Errc::read_only:
      return path + " may not be written" + because +
             " Check its owner and mode, and that the disk is mounted for writing.";
    case Errc::damaged:
      return path + " is damaged" + because + " Restore it from a backup.";
    case Errc::gone:
      return "The room was removed from " + path + " meanwhile" + because +
             " Nothing was changed.";
    default:
      return "The operating system reported an error for " + path + because +
             " Check the disk and the path.";
  }
}

// An empty file with mode 0600 unless something is there.  No descriptor is opened: closing one
// would drop the POSIX locks that SQLite holds for other connections of this process.
Result<void> make_empty_file(const std::filesystem::path& file) {
  if (::mknod(file.c_str(), S_IFREG | 0600, 0) == 0 || errno == EEXIST) return {};
  return fail_errno(errno, "make", file);
}

}  // namespace

// Takes back what a transaction or savepoint wrote, unless it was committed.
class TransactionScope {
 public:
  explicit TransactionScope(Connection& connection) : connection_(connection) {
    ++connection_.depth_;
  }
  TransactionScope(const TransactionScope&) = delete;
  TransactionScope& operator=(const TransactionScope&) = delete;

  Result<void> commit() {
    auto committed = outermost() ? connection_.statement("COMMIT").run()
                                 : connection_.statement("RELEASE job").run();
    if (committed) open_ = false;
    if (!committed && outermost()) in_doubt_ = true;
    return committed;
  }

  ~TransactionScope() {
    if (open_ && connection_.keys_) connection_.keys_->roll_back();
    if (open_ && !sqlite3_get_autocommit(connection_.db_)) {
      // Neither can fail but by losing the whole transaction, which the next step notices.
      if (outermost()) {
        sqlite3_exec(connection_.db_, "ROLLBACK", nullptr, nullptr, nullptr);
      } else {
        sqlite3_exec(connection_.db_, "ROLLBACK TO job; RELEASE job", nullptr, nullptr,
                     nullptr);
      }
    }
    // What is rolled back gives its numbers back; after a commit another process may write.
    if (open_ || outermost()) connection_.newest_message_.reset();
    if (--connection_.depth_ == 0) connection_.lost_.reset();
    if (in_doubt_) connection_.overwrite_failed_commit();
  }

 private:
  bool outermost() const { return connection_.depth_ == 1; }

  Connection& connection_;
  bool open_ = true;
  bool in_doubt_ = false;  // the commit failed, perhaps only after it was written
};

Result<std::unique_ptr<Connection>> Connection::open(const std::filesystem::path& file) {
  if (auto made = make_empty_file(file); !made) return pass(made);
  sqlite3* db = nullptr;
  const int status = sqlite3_open_v2(
      file.c_str(), &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
      nullptr);
  if (db == nullptr) throw std::bad_alloc();
  // From here on the destructor closes it.
  std::unique_ptr<Connection> connection(new Connection(db, displayable(file.native())));
  if (status != SQLITE_OK) return std::unexpected(connection->error(status));
  sqlite3_busy_timeout(db, busy_timeout_ms);
  if (sqlite3_db_readonly(db, "main") == 1) {
    return std::unexpected(connection->error(SQLITE_READONLY));
  }
  return connection;
}

Connection::~Connection() {
  for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close(db_);
}

Result<void> Connection::configure() {
  sqlite3_db_config(db_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  // The small cache is for the memory of an idle process; mmap would turn an I/O error into a
  // signal.
  auto set = execute(
      "PRAGMA trusted_schema = OFF;"
      "PRAGMA cell_size_check = ON;"
      "PRAGMA mmap_size = 0;"
      "PRAGMA cache_size = -512;"
      "PRAGMA temp_store = MEMORY;"
      "PRAGMA secure_delete = ON;"
      "PRAGMA foreign_keys = ON;"
      "PRAGMA synchronous = FULL;"
      "PRAGMA journal_size_limit = 4194304;");
  if (!set) return set;
  return use_write_ahead_log();
}

// SQLite's busy handler does not cover a change of the journal mode, which two processes that
// make the same file at once both want.
Result<void> Connection::use_write_ahead_log() {
  constexpr int pause_ms = 10;
  for (int waited = 0;; waited += pause_ms) {
    Statement change = statement("PRAGMA journal_mode = WAL");
    const int status =
        change.status_ == SQLITE_OK ? sqlite3_step(change.statement_) : change.status_;
    if ((status & 0xff) == SQLITE_BUSY && waited < busy_timeout_ms) {
      sqlite3_sleep(pause_ms);
      continue;
    }
    if (status != SQLITE_ROW) return std::unexpected(error(status));
    if (as_text(change.blob(0)) == "wal") return {};
    return fail(Errc::io, "The file system of " + path_ +
                              " cannot share memory between processes, which the store needs. "
                              "Use a home on a local disk.");
  }
}

Statement Connection::statement(Sql sql) {
  if (const auto cached = statements_.find(sql.text()); cached != statements_.end()) {
    // Taken out while in use, so that a use within a use gets a statement of its own.
    sqlite3_stmt* statement = std::exchange(cached->second, nullptr);
    if (statement != nullptr) return Statement(*this, sql.text(), statement, SQLITE_OK);
  }
  sqlite3_stmt* statement = nullptr;
  const int status =
      sqlite3_prepare_v3(db_, sql.text(), -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  return Statement(*this, sql.text(), statement, status);
}

void Connection::give_back(const char* sql, sqlite3_stmt* statement) {
  sqlite3_stmt*& slot = statements_[sql];
  if (slot == nullptr) {
    slot = statement;
  } else {
    sqlite3_finalize(statement);
  }
}

Result<void> Connection::execute(const char* sql) {
  if (auto usable = check_transaction(); !usable) return usable;
  const int status = sqlite3_exec(db_, sql, nullptr, nullptr, nullptr);
  if (status != SQLITE_OK) return std::unexpected(error(status));
  return {};
}

std::int64_t Connection::changed_rows() const {
  return sqlite3_changes64(db_);
}

Result<void> Connection::transaction(const std::function<Result<void>()>& body) {
  auto begun =
      depth_ == 0 ? statement("BEGIN IMMEDIATE").run() : statement("SAVEPOINT job").run();
  if (!begun) return begun;
  TransactionScope scope(*this);
  Result<void> done;
  if (depth_ == 1) done = follow_others();
  if (done) done = body();
  if (auto usable = check_transaction(); done && !usable) done = usable;
  if (!done) return done;
  return scope.commit();
}

Result<void> Connection::snapshot(const std::function<Result<void>()>& body) {
  assert(depth_ == 0);
  if (auto begun = statement("BEGIN").run(); !begun) return begun;
  TransactionScope scope(*this);  // ends by taking back the nothing that was written
  if (auto followed = follow_others(); !followed) return followed;
  return body();
}

Result<void> Connection::atomically(const std::function<Result<void>()>& body) {
  return depth_ > 0 ? body() : transaction(body);
}

Result<bool> Connection::truncate_log() {
  Statement checkpoint = statement("PRAGMA wal_checkpoint(TRUNCATE)");
  auto done = checkpoint.row();
  if (!done) return pass(done);
  return *done && checkpoint.integer(0) == 0;
}

// A commit whose fsync failed is whole in the log: taken for failed now, it would be there
// again when the next process reads that log.  Writing what changes nothing in its place
// prevents that, also when this cannot be brought to the disk either.
void Connection::overwrite_failed_commit() {
  if (sqlite3_exec(db_, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) != SQLITE_OK) return;
  std::string rewrite = "PRAGMA user_version = ";
  {
    Statement version = statement("PRAGMA user_version");
    if (auto found = version.row(); found && *found) {
      rewrite += std::to_string(version.integer(0)) + "; COMMIT";
    }
  }
  sqlite3_exec(db_, rewrite.c_str(), nullptr, nullptr, nullptr);
  if (!sqlite3_get_autocommit(db_)) {
    sqlite3_exec(db_, "ROLLBACK", nullptr, nullptr, nullptr);
  }
}

Result<void> Connection::check_transaction() const {
  if (lost_) return std::unexpected(*lost_);
  return {};
}

void Connection::set_keys(StoreKeyFile file, Entropy& entropy) {
  keys_ = std::make_unique<KeyRing>(*this, std::move(file), entropy);
}

// Another process may have replaced the keys since they were read: what it then wrote opens
// with the new ones, and what we write must be sealed with them.
Result<void> Connection::follow_others() {
  if (!keys_) return {};
  std::int64_t version = 0;
  {
    Statement select = statement("PRAGMA data_version");
    auto found = select.row();
    if (!found) return pass(found);
    version = select.integer(0);
  }
  if (std::exchange(data_version_, version) == version && !keys_->is_stale()) return {};
  return keys_->refresh();
}

template <class Buffer>
Result<Buffer> Connection::open_into_new(std::optional<BlindIndex> room, const Place& place,
                                         ByteView sealed) {
  if (sealed.size() < Sealer::overhead) return std::unexpected(damaged(place.table));
  Buffer plaintext(sealed.size() - Sealer::overhead);
  const auto opens = [&]() -> Result<bool> {
    if (!room) return keys_->sealer().open(place, sealed, plaintext);
    const auto key = keys_->of_room(*room);
    if (!key) return std::unexpected(key.error());
    return keys_->sealer().open(**key, place, sealed, plaintext);
  };
  auto opened = opens();
  if (!opened) return std::unexpected(opened.error());
  if (!*opened) {
    if (auto refreshed = keys_->refresh(); !refreshed)
      return std::unexpected(refreshed.error());
    opened = opens();
    if (!opened) return std::unexpected(opened.error());
  }
  if (!*opened) return std::unexpected(damaged(place.table));
  return plaintext;
}

Result<WipedBytes> Connection::open_sealed(const Place& place, ByteView sealed) {
  return open_into_new<WipedBytes>(std::nullopt, place, sealed);
}

Result<WipedBytes> Connection::open_in_room(ByteView room, const Place& place,
                                            ByteView sealed) {
  // An index of the wrong length is damage, and leads to no key.
  return open_into_new<WipedBytes>(BlindIndex::from(room).value_or(BlindIndex()), place,
                                   sealed);
}

Result<Bytes> Connection::open_message(ByteView room, const Place& place, ByteView sealed) {
  return open_into_new<Bytes>(BlindIndex::from(room).value_or(BlindIndex()), place, sealed);
}

Error Connection::damaged(std::string_view table) const {
  return {Errc::damaged, path_ + " is damaged: a row of its table " + std::string(table) +
                             " is not what was written. Restore it from a backup."};
}

Error Connection::error(int status) {
  if ((status & 0xff) == SQLITE_NOMEM) throw std::bad_alloc();
  const Errc code = code_of(status, sqlite3_system_errno(db_));
  const bool from_last_call = sqlite3_extended_errcode(db_) == status;
  const char* detail = from_last_call ? sqlite3_errmsg(db_) : sqlite3_errstr(status);
  Error failure(code, text_of(code, path_, displayable(detail)));
  if (depth_ > 0 && sqlite3_get_autocommit(db_)) lost_ = failure;
  return failure;
}

}  // namespace sotto::store
