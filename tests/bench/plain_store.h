// A store without any of ours: SQLite with the schema and the settings of a real one, and rows
// that are not sealed.
#pragma once
#include <filesystem>
#include <sqlite3.h>

#include "base/bytes.h"
#include "bench/rounds.h"

namespace sotto::bench {

class PlainStore {
 public:
  // Tables and indices as in `real`.
  PlainStore(const std::filesystem::path& file, const std::filesystem::path& real) {
    open(file);
    const std::string attach = "ATTACH '" + real.string() + "' AS real";
    execute(attach.c_str());
    const auto keep = [](void* out, int, char** columns, char**) {
      *static_cast<std::string*>(out) += std::string(columns[0]) + ";";
      return 0;
    };
    std::string schema;
    must(sqlite3_exec(db_,
                      "SELECT sql FROM real.sqlite_schema WHERE sql IS NOT NULL AND tbl_name IN"
                      " ('rooms', 'messages', 'outbox', 'tombstones')",
                      keep, &schema, nullptr) == SQLITE_OK,
         "reading the schema");
    execute("DETACH real");
    execute(schema.c_str());
    // The settings of store/connection.cpp.
    execute(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;"
        "PRAGMA foreign_keys = ON; PRAGMA cache_size = -512; PRAGMA mmap_size = 0;"
        "PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON;"
        "PRAGMA trusted_schema = OFF; PRAGMA journal_size_limit = 4194304");
    forgotten_ = prepared("SELECT 1 FROM tombstones WHERE key = ?1");
    message_ = prepared(
        "INSERT INTO messages (room, key, shown, head, body) VALUES (?1, ?2, 1, ?3, ?4)"
        " ON CONFLICT (key) DO NOTHING");
    outbox_ =
        prepared("INSERT INTO outbox (room, recipient, seq, sealed) VALUES (?1, ?2, ?3, ?4)");
  }
  ~PlainStore() {
    sqlite3_finalize(forgotten_);
    sqlite3_finalize(message_);
    sqlite3_finalize(outbox_);
    sqlite3_close(db_);
  }
  PlainStore(const PlainStore&) = delete;
  PlainStore& operator=(const PlainStore&) = delete;

  void execute(const char* sql) {
    must(sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) == SQLITE_OK, sqlite3_errmsg(db_));
  }

  void add_room(ByteView room) {
    sqlite3_stmt* insert = prepared("INSERT INTO rooms (id, name, sealed) VALUES (?1, ?1, ?1)");
    bind(insert, 1, room);
    step(insert);
    sqlite3_finalize(insert);
  }

  // Unless it was forgotten, as the store asks too: what is compared is the sealing.
  void add_message(ByteView room, ByteView key, ByteView head, ByteView body) {
    bind(forgotten_, 1, key);
    step(forgotten_);
    bind(message_, 1, room);
    bind(message_, 2, key);
    bind(message_, 3, head);
    bind(message_, 4, body);
    step(message_);
  }

  void add_to_outbox(ByteView room, ByteView recipient, ByteView entry) {
    bind(outbox_, 1, room);
    bind(outbox_, 2, recipient);
    sqlite3_bind_int64(outbox_, 3, sqlite3_last_insert_rowid(db_));
    bind(outbox_, 4, entry);
    step(outbox_);
  }

 private:
  void open(const std::filesystem::path& file) {
    constexpr int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    must(sqlite3_open_v2(file.c_str(), &db_, flags, nullptr) == SQLITE_OK, "sqlite3_open");
  }

  sqlite3_stmt* prepared(const char* sql) {
    sqlite3_stmt* statement = nullptr;
    must(sqlite3_prepare_v3(db_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) ==
             SQLITE_OK,
         sqlite3_errmsg(db_));
    return statement;
  }

  static void bind(sqlite3_stmt* statement, int at, ByteView bytes) {
    sqlite3_bind_blob64(statement, at, bytes.data(), bytes.size(), SQLITE_STATIC);
  }

  void step(sqlite3_stmt* statement) {
    must(sqlite3_step(statement) == SQLITE_DONE, sqlite3_errmsg(db_));
    sqlite3_reset(statement);
  }

  sqlite3* db_ = nullptr;
  sqlite3_stmt* forgotten_ = nullptr;
  sqlite3_stmt* message_ = nullptr;
  sqlite3_stmt* outbox_ = nullptr;
};

}  // namespace sotto::bench
