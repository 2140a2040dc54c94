// One SQLite connection: opening the file, prepared statements, transactions, SQLite's result
// codes as store errors, and sealing with this database's keys.
//
// It knows nothing of tables (schema.h) nor rows (the repositories).  It must not cross a
// fork(): neither SQLite's locks nor the sealing nonces do.  For store/, and for relay/, which
// keeps nothing that it could seal.
#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>

#include "store/key_ring.h"
#include "store/pack.h"
#include "store/statement.h"

struct sqlite3;

namespace sotto::store {

class Connection {
 public:
  // Makes an empty file (0600) if there is none and opens it; writes nothing to one that
  // exists.
  static Result<std::unique_ptr<Connection>> open(const std::filesystem::path& file);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Settings that a file keeps or a connection needs before its first write.
  Result<void> configure();

  // Never fails by itself: see statement.h.  Statements stay prepared for the next use.
  Statement statement(Sql sql);
  // Several statements at once, without parameters: schemas and pragmas.
  Result<void> execute(const char* sql);
  std::int64_t changed_rows() const;  // by the last INSERT, UPDATE or DELETE

  // The seq of the message that the open transaction has added last, where it has: for
  // Messages, which so need not ask for each.
  std::optional<std::int64_t> newest_message() const { return newest_message_; }
  void set_newest_message(std::int64_t seq) { newest_message_ = seq; }

  // As Database::transaction.
  Result<void> transaction(const std::function<Result<void>()>& body);
  // As Database::snapshot.
  Result<void> snapshot(const std::function<Result<void>()>& body);
  // For a write of several statements: runs `body` inside the transaction there is, or in one
  // of its own.
  Result<void> atomically(const std::function<Result<void>()>& body);

  // Moves everything into the database and empties the write-ahead log; not inside a
  // transaction.  False when another process reads for so long that it cannot be.
  Result<bool> truncate_log();

  // Sealing is possible once the ring has loaded its keys.
  void set_keys(StoreKeyFile file, Entropy& entropy);
  KeyRing& keys() { return *keys_; }
  // Under the store key: for what belongs to no room.
  Bytes seal(const Place& place, ByteView plaintext) {
    return keys_->sealer().seal(place, plaintext);
  }
  Result<WipedBytes> open_sealed(const Place& place, ByteView sealed);
  // Under the key of the room with this index (KeyRing::of_room_or_new() for the first).
  Bytes seal_in_room(const crypto::SymmetricKey& key, const Place& place, ByteView plaintext) {
    return keys_->sealer().seal(key, place, plaintext);
  }
  Result<WipedBytes> open_in_room(ByteView room, const Place& place, ByteView sealed);
  // The same into memory that is not wiped: for messages, which their readers do not wipe
  // either.
  Result<Bytes> open_message(ByteView room, const Place& place, ByteView sealed);
  BlindIndex index(std::string_view column, ByteView value) const {
    return keys_->sealer().index(column, value);
  }
  // The same in every table that has rows of a room, and for every room of a recipient.
  BlindIndex room_index(const RoomId& room) {
    return rooms_.index(keys_->sealer(), "rooms.id", room.view());
  }
  BlindIndex recipient_index(const crypto::Ed25519PublicKey& recipient) {
    return recipients_.index(keys_->sealer(), "outbox.recipient", recipient.view());
  }

  // Errc::damaged: a row that contradicts itself, named by its table.
  Error damaged(std::string_view table) const;
  // What went wrong in the last call, `status` being what SQLite returned.
  Error error(int status);
  const std::string& shown_path() const { return path_; }  // fit for messages

 private:
  friend class Statement;
  friend class TransactionScope;
  Connection(sqlite3* database, std::string path) : db_(database), path_(std::move(path)) {}

  void give_back(const char* sql, sqlite3_stmt* statement);
  template <class Buffer>
  Result<Buffer> open_into_new(std::optional<BlindIndex> room, const Place& place,
                               ByteView sealed);
  Result<void> follow_others();
  // Fails once SQLite has rolled back the transaction under us, so that nothing more of it is
  // written as if it were a transaction of its own.
  Result<void> check_transaction() const;
  Result<void> use_write_ahead_log();
  void overwrite_failed_commit();

  sqlite3* db_;
  std::string path_;
  std::unique_ptr<KeyRing> keys_;
  std::int64_t data_version_ = 0;  // changes when another connection has written
  IndexMemo rooms_;
  IndexMemo recipients_;
  std::unordered_map<const char*, sqlite3_stmt*> statements_;
  std::optional<std::int64_t> newest_message_;
  int depth_ = 0;              // open transactions and savepoints
  std::optional<Error> lost_;  // why SQLite rolled back the open transaction by itself
};

}  // namespace sotto::store
