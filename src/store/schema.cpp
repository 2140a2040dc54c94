#include "store/schema.h"

#include "crypto/hash.h"
#include "store/key_ring.h"
#include "store/meta.h"

namespace sotto::store {
namespace {

// `id`, `name`, `tag`, `key`, `card`, `recipient`, `author` and `fingerprint` are blind
// indices, and so is `room` wherever it stands; `sealed`, `head` and `body` are sealed.  What
// is left in the open is how many rows of each kind there are, in which order, which belong to
// the same room or recipient, and which messages have not been shown.
//
// A tombstone has the key of a message that was forgotten, and outlives its room.
//
// AUTOINCREMENT: a seq is never used twice, even when the newest messages were removed with
// their room.  Rows of a room have no other owner: removing the room removes them.
constexpr const char* version_1 = R"sql(
  CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value BLOB NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE identity (
    n INTEGER PRIMARY KEY CHECK (n = 1),
    sealed BLOB NOT NULL
  ) STRICT;

  CREATE TABLE contacts (
    n INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    fingerprint BLOB NOT NULL UNIQUE,
    name BLOB NOT NULL UNIQUE,
    sealed BLOB NOT NULL
  ) STRICT;

  CREATE TABLE rooms (
    n INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    name BLOB NOT NULL UNIQUE,
    sealed BLOB NOT NULL
  ) STRICT;

  CREATE TABLE room_keys (
    room BLOB PRIMARY KEY REFERENCES rooms (id) ON DELETE CASCADE,
    sealed BLOB NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE members (
    n INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    room BLOB NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    tag BLOB NOT NULL UNIQUE,
    sealed BLOB NOT NULL
  ) STRICT;
  CREATE INDEX members_of_room ON members (room);

  CREATE TABLE invites (
    n INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    room BLOB NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    sealed BLOB NOT NULL
  ) STRICT;
  CREATE INDEX invites_of_room ON invites (room);

  CREATE TABLE pins (
    invite BLOB NOT NULL REFERENCES invites (id) ON DELETE CASCADE,
    card BLOB NOT NULL,
    PRIMARY KEY (invite, card)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE messages (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    room BLOB NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    key BLOB NOT NULL UNIQUE,
    shown INTEGER NOT NULL,
    head BLOB NOT NULL,
    body BLOB NOT NULL
  ) STRICT;
  CREATE INDEX messages_of_room ON messages (room);
  CREATE INDEX messages_not_shown ON messages (room) WHERE shown = 0;

  CREATE TABLE tombstones (
    key BLOB PRIMARY KEY
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE outbox (
    room BLOB NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    recipient BLOB NOT NULL,
    seq INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (room, recipient, seq)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX outbox_of_message ON outbox (seq);

  CREATE TABLE receipts (
    seq INTEGER PRIMARY KEY REFERENCES messages (seq) ON DELETE CASCADE,
    room BLOB NOT NULL,
    author BLOB NOT NULL
  ) STRICT;
  CREATE INDEX receipts_of_author ON receipts (room, author);

  CREATE TABLE records (
    id BLOB PRIMARY KEY,
    sealed BLOB NOT NULL
  ) STRICT, WITHOUT ROWID;
)sql";

// Offline messages.  A deposit belongs to an entry of the outbox and goes with it.
constexpr const char* version_2 = R"sql(
  CREATE TABLE chains (
    n INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    room BLOB NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    peer BLOB NOT NULL,
    sealed BLOB NOT NULL
  ) STRICT;
  CREATE INDEX chains_of_room ON chains (room);
  CREATE INDEX chains_of_peer ON chains (peer);

  CREATE TABLE mailboxes (
    id BLOB PRIMARY KEY,
    room BLOB NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    sealed BLOB NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX mailboxes_of_room ON mailboxes (room);

  CREATE TABLE deposits (
    id BLOB PRIMARY KEY,
    room BLOB NOT NULL,
    recipient BLOB NOT NULL,
    seq INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    FOREIGN KEY (room, recipient, seq) REFERENCES outbox (room, recipient, seq)
      ON DELETE CASCADE
  ) STRICT;
  CREATE INDEX deposits_of_entry ON deposits (room, recipient, seq);
)sql";

constexpr const char* all_migrations[] = {version_1, version_2};

const Place canary_place{"meta", as_bytes("canary"), "value"};

Result<std::int64_t> read_integer(Connection& connection, Sql sql) {
  Statement select = connection.statement(sql);
  auto row = select.row();
  if (!row) return pass(row);
  return *row ? select.integer(0) : 0;
}

Result<std::int64_t> version_of(Connection& connection) {
  return read_integer(connection, "PRAGMA user_version");
}

// What the tables and indices look like, as SQLite keeps it.  A flipped byte there could make a
// query skip rows without an error, so the canary is sealed over it.
Result<crypto::Hash32> schema_hash(Connection& connection) {
  Statement select = connection.statement(
      "SELECT coalesce(type, '') || '|' || coalesce(name, '') || '|' || coalesce(tbl_name, '')"
      " || '|' || coalesce(sql, '') FROM sqlite_schema ORDER BY 1");
  Bytes all;
  while (true) {
    auto row = select.row();
    if (!row) return pass(row);
    if (!*row) return crypto::blake2b_256({all});
    append(all, select.blob(0));
    all.push_back(std::byte{0});
  }
}

Result<void> check_canary(Connection& connection) {
  auto sealed = read_meta(connection, "canary");
  if (!sealed) return pass(sealed);
  auto hash = schema_hash(connection);
  if (!hash) return pass(hash);
  const auto canary = *sealed ? connection.open_sealed(canary_place, **sealed)
                              : std::unexpected(connection.damaged("meta"));
  if (canary && std::ranges::equal(*canary, *hash)) return {};
  return fail(Errc::damaged,
              connection.shown_path() +
                  " is damaged or belongs to another profile. Restore it together "
                  "with profile.sotto from one backup.");
}

// Inside a transaction: another process may have done it all since we looked.
Result<void> migrate(Connection& connection) {
  auto version = version_of(connection);
  if (!version) return pass(version);
  const auto newest = static_cast<std::int64_t>(migrations().size());
  if (*version >= newest) return {};
  const bool fresh = *version == 0;
  if (!fresh) {
    if (auto loaded = connection.keys().load(); !loaded) return loaded;
    if (auto genuine = check_canary(connection); !genuine) return genuine;
  }
  for (const char* step : migrations().subspan(static_cast<std::size_t>(*version))) {
    if (auto done = connection.execute(step); !done) return done;
  }
  if (fresh) {
    if (auto created = connection.keys().create(); !created) return created;
  }
  auto hash = schema_hash(connection);
  if (!hash) return pass(hash);
  auto written = write_meta(connection, "canary", connection.seal(canary_place, *hash));
  if (!written) return written;
  const std::string marks = "PRAGMA application_id = " + std::to_string(application_id) +
                            "; PRAGMA user_version = " + std::to_string(newest);
  return connection.execute(marks.c_str());
}

}  // namespace

std::span<const char* const> migrations() {
  return all_migrations;
}

Result<void> check_ours(Connection& connection) {
  // One look at all three: another process may be making the store at this moment.
  if (auto begun = connection.execute("BEGIN"); !begun) return begun;
  auto mark = read_integer(connection, "PRAGMA application_id");
  if (!mark) return pass(mark);
  auto version = version_of(connection);
  if (!version) return pass(version);
  auto things = read_integer(connection, "SELECT count(*) FROM sqlite_schema");
  if (!things) return pass(things);
  if (auto ended = connection.execute("COMMIT"); !ended) return ended;

  const bool blank = *mark == 0 && *version == 0 && *things == 0;
  if (!blank && (*mark != application_id || *version < 1)) {
    return fail(Errc::damaged, connection.shown_path() +
                                   " is damaged or was not made by sotto. Restore it from a "
                                   "backup, or move it away.");
  }
  if (*version > static_cast<std::int64_t>(migrations().size())) {
    return fail(Errc::newer,
                connection.shown_path() +
                    " was written by a newer sotto. Install that version or a later "
                    "one; nothing was changed.");
  }
  return {};
}

Result<void> prepare_schema(Connection& connection) {
  auto version = version_of(connection);
  if (!version) return pass(version);
  if (*version < static_cast<std::int64_t>(migrations().size())) {
    auto migrated = connection.transaction([&] { return migrate(connection); });
    if (!migrated) return migrated;
  }
  if (auto loaded = connection.keys().load(); !loaded) return loaded;
  return check_canary(connection);
}

}  // namespace sotto::store
