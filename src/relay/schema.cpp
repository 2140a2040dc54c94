#include "relay/schema.h"

#include <string>

#include "store/connection.h"

namespace sotto::relay {
namespace {

// Triggers count for the quotas, so that no way of removing a row can forget to.  `seq` is
// big-endian: SQLite compares blobs byte by byte, and its integers end at 2^63.  A mailbox's
// numbers are never used twice as long as it is there.
constexpr const char* version_1 = R"sql(
  CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value BLOB NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE payers (
    id BLOB PRIMARY KEY,
    records INTEGER NOT NULL DEFAULT 0,
    mailboxes INTEGER NOT NULL DEFAULT 0,
    deposits INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL DEFAULT 0
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE totals (
    n INTEGER PRIMARY KEY CHECK (n = 1),
    records INTEGER NOT NULL DEFAULT 0,
    mailboxes INTEGER NOT NULL DEFAULT 0,
    deposits INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  INSERT INTO totals (n) VALUES (1);

  CREATE TABLE records (
    n INTEGER PRIMARY KEY,
    key BLOB NOT NULL UNIQUE,
    seq BLOB NOT NULL,
    blob BLOB NOT NULL,
    expires INTEGER NOT NULL,
    payer BLOB NOT NULL
  ) STRICT;
  CREATE INDEX records_by_expiry ON records (expires);

  CREATE TABLE mailboxes (
    n INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    expires INTEGER NOT NULL,
    next INTEGER NOT NULL DEFAULT 1,
    deposits INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL DEFAULT 0,
    payer BLOB NOT NULL
  ) STRICT;
  CREATE INDEX mailboxes_by_expiry ON mailboxes (expires);

  CREATE TABLE deposits (
    n INTEGER PRIMARY KEY,
    mailbox INTEGER NOT NULL REFERENCES mailboxes (n) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    id BLOB NOT NULL,
    expires INTEGER NOT NULL,
    payer BLOB NOT NULL,
    size INTEGER NOT NULL,
    content BLOB NOT NULL,
    UNIQUE (mailbox, number),
    UNIQUE (mailbox, id)
  ) STRICT;
  CREATE INDEX deposits_by_expiry ON deposits (expires);

  CREATE TRIGGER record_added AFTER INSERT ON records BEGIN
    INSERT INTO payers (id, records) VALUES (new.payer, 1)
      ON CONFLICT (id) DO UPDATE SET records = records + 1;
    UPDATE totals SET records = records + 1, bytes = bytes + length(new.blob);
  END;
  CREATE TRIGGER record_gone AFTER DELETE ON records BEGIN
    UPDATE payers SET records = records - 1 WHERE id = old.payer;
    UPDATE totals SET records = records - 1, bytes = bytes - length(old.blob);
  END;
  CREATE TRIGGER mailbox_added AFTER INSERT ON mailboxes BEGIN
    INSERT INTO payers (id, mailboxes) VALUES (new.payer, 1)
      ON CONFLICT (id) DO UPDATE SET mailboxes = mailboxes + 1;
    UPDATE totals SET mailboxes = mailboxes + 1;
  END;
  CREATE TRIGGER mailbox_gone AFTER DELETE ON mailboxes BEGIN
    UPDATE payers SET mailboxes = mailboxes - 1 WHERE id = old.payer;
    UPDATE totals SET mailboxes = mailboxes - 1;
  END;
  CREATE TRIGGER deposit_added AFTER INSERT ON deposits BEGIN
    INSERT INTO payers (id, deposits, bytes) VALUES (new.payer, 1, new.size)
      ON CONFLICT (id) DO UPDATE SET deposits = deposits + 1, bytes = bytes + new.size;
    UPDATE mailboxes SET deposits = deposits + 1, bytes = bytes + new.size,
      next = new.number + 1 WHERE n = new.mailbox;
    UPDATE totals SET deposits = deposits + 1, bytes = bytes + new.size;
  END;
  CREATE TRIGGER deposit_gone AFTER DELETE ON deposits BEGIN
    UPDATE payers SET deposits = deposits - 1, bytes = bytes - old.size WHERE id = old.payer;
    UPDATE mailboxes SET deposits = deposits - 1, bytes = bytes - old.size
      WHERE n = old.mailbox;
    UPDATE totals SET deposits = deposits - 1, bytes = bytes - old.size;
  END;
)sql";

constexpr const char* migrations[] = {version_1};

Result<std::int64_t> read_integer(store::Connection& connection, store::Sql sql) {
  store::Statement select = connection.statement(sql);
  auto row = select.row();
  if (!row) return pass(row);
  return *row ? select.integer(0) : 0;
}

Result<std::int64_t> version_of(store::Connection& connection) {
  return read_integer(connection, "PRAGMA user_version");
}

Result<void> migrate(store::Connection& connection, Entropy& entropy) {
  const auto version = version_of(connection);
  if (!version) return std::unexpected(version.error());
  for (std::size_t step = static_cast<std::size_t>(*version); step < std::size(migrations);
       ++step) {
    if (auto done = connection.execute(migrations[step]); !done) return done;
  }
  if (*version == 0) {
    const auto key = entropy.bytes<crypto::SymmetricKey::size>();
    auto written = connection.statement("INSERT INTO meta (name, value) VALUES ('payers', ?1)")
                       .bind(ByteView(key))
                       .run();
    if (!written) return written;
  }
  const std::string marks = "PRAGMA application_id = " + std::to_string(application_id) +
                            "; PRAGMA user_version = " + std::to_string(std::size(migrations));
  return connection.execute(marks.c_str());
}

}  // namespace

Result<void> check_ours(store::Connection& connection) {
  const auto mark = read_integer(connection, "PRAGMA application_id");
  if (!mark) return std::unexpected(mark.error());
  const auto version = version_of(connection);
  if (!version) return std::unexpected(version.error());
  const auto things = read_integer(connection, "SELECT count(*) FROM sqlite_schema");
  if (!things) return std::unexpected(things.error());
  const bool blank = *mark == 0 && *version == 0 && *things == 0;
  if (!blank && (*mark != application_id || *version < 1)) {
    return fail(store::Errc::damaged,
                connection.shown_path() +
                    " is damaged or was not made by a relay. Restore it from a backup, or move "
                    "it away: what waits in mailboxes is lost with it, nothing else.");
  }
  if (*version > static_cast<std::int64_t>(std::size(migrations))) {
    return fail(store::Errc::newer,
                connection.shown_path() +
                    " was written by a newer sotto. Install that version or "
                    "a later one; nothing was changed.");
  }
  return {};
}

Result<crypto::SymmetricKey> prepare_schema(store::Connection& connection, Entropy& entropy) {
  auto migrated = connection.transaction([&] { return migrate(connection, entropy); });
  if (!migrated) return pass(migrated);
  store::Statement select =
      connection.statement("SELECT value FROM meta WHERE name = 'payers'");
  const auto row = select.row();
  if (!row) return std::unexpected(row.error());
  auto key = crypto::SymmetricKey::from(*row ? select.blob(0) : ByteView());
  if (!key) return std::unexpected(connection.damaged("meta"));
  return std::move(*key);
}

}  // namespace sotto::relay
