#include "store/key_ring.h"

#include <algorithm>
#include <utility>

#include "store/connection.h"
#include "store/meta.h"
#include "store/tables.h"

namespace sotto::store {
namespace {

// Between reading the id in the database and the file beside it another process may replace
// both; it does so once in a blue moon.
constexpr int attempts = 5;

const Place index_key_place{"meta", as_bytes("index_key"), "value"};

Place room_key_place(const BlindIndex& room) {
  return {"room_keys", room.view(), "sealed"};
}

struct SealedValue {
  Bytes row_key;
  Bytes value;
};

// Sealed anew, all of a table: rows of keys and names, which are few beside the messages.
Result<std::vector<SealedValue>> sealed_anew(Connection& connection, const Table& table,
                                             Sealer& anew) {
  std::vector<SealedValue> out;
  const auto column = std::ranges::find(table.columns, Column::Kind::sealed, &Column::kind);
  const auto at = static_cast<std::size_t>(column - table.columns.begin());
  auto each = for_each_row(connection, table, [&](Row& row) -> Result<void> {
    Bytes key = table.row_key(row);
    Bytes value = anew.seal({table.name, key, column->name}, blob_of(row[at]));
    out.push_back({std::move(key), std::move(value)});
    return {};
  });
  if (!each) return pass(each);
  return out;
}

// The sealed values of `meta`, which is no table of rows.
Result<void> seal_meta_anew(Connection& connection, Sealer& anew) {
  for (const std::string_view name : {"canary", "index_key"}) {
    const Place place{"meta", as_bytes(name), "value"};
    auto sealed = read_meta(connection, name);
    if (!sealed) return pass(sealed);
    if (!*sealed) return std::unexpected(connection.damaged("meta"));
    const auto plaintext = connection.open_sealed(place, **sealed);
    if (!plaintext) return std::unexpected(plaintext.error());
    auto written = write_meta(connection, name, anew.seal(place, *plaintext));
    if (!written) return written;
  }
  return {};
}

}  // namespace

Result<void> KeyRing::create() {
  auto present = file_.read();
  if (!present) return pass(present);
  // A key without a store belongs to one that was moved away and may come back, or a crash left
  // it: it serves this store as well.
  const StoreKey key = present->empty() ? StoreKey::generate(entropy_) : present->back().copy();
  if (present->empty()) {
    if (auto written = file_.write(std::span(&key, 1)); !written) return written;
  }
  const DatabaseId database = DatabaseId::random(entropy_);
  const crypto::SymmetricKey index_key(entropy_);
  sealer_.emplace(key.key, index_key.copy(), database, entropy_);
  store_key_ = key.key.copy();
  current_ = key.id;
  file_keys_ = 1;
  const Bytes sealed = sealer_->seal(index_key_place, index_key.view());
  if (auto put = write_meta(connection_, "database_id", database.view()); !put) return put;
  if (auto put = write_meta(connection_, "store_key", key.id.view()); !put) return put;
  return write_meta(connection_, "index_key", sealed);
}

Result<void> KeyRing::load() {
  auto stored = read_meta(connection_, "database_id");
  if (!stored) return pass(stored);
  const auto database = *stored ? DatabaseId::from(**stored) : std::nullopt;
  if (!database) return std::unexpected(connection_.damaged("meta"));
  for (int attempt = 0; attempt < attempts; ++attempt) {
    auto named = read_meta(connection_, "store_key");
    if (!named) return pass(named);
    const auto id = *named ? StoreKeyId::from(**named) : std::nullopt;
    if (!id) return std::unexpected(connection_.damaged("meta"));
    auto keys = file_.read();
    if (!keys) return pass(keys);
    if (keys->empty()) {
      return fail(Errc::damaged, file_.shown() +
                                     ", which opens the store, is missing. Restore it together "
                                     "with sotto.db from one backup.");
    }
    const auto found = std::ranges::find(*keys, *id, &StoreKey::id);
    if (found == keys->end()) continue;
    file_keys_ = keys->size();
    return use(*database, *found);
  }
  return fail(Errc::damaged,
              connection_.shown_path() + " is a copy from before something was forgotten: " +
                  file_.shown() + " opens it no more. Restore both from one backup.");
}

Result<void> KeyRing::use(const DatabaseId& database, const StoreKey& key) {
  auto sealed = read_meta(connection_, "index_key");
  if (!sealed) return pass(sealed);
  sealer_.emplace(key.key, crypto::SymmetricKey(), database, entropy_);
  auto index_key = *sealed && (*sealed)->size() == Sealer::overhead + crypto::SymmetricKey::size
                       ? std::optional<crypto::SymmetricKey>(std::in_place)
                       : std::nullopt;
  if (!index_key || !sealer_->open(index_key_place, **sealed, index_key->mutable_view())) {
    sealer_.reset();
    return fail(Errc::damaged, connection_.shown_path() +
                                   " is damaged or belongs to another profile. Restore it "
                                   "together with profile.sotto from one backup.");
  }
  sealer_.emplace(key.key, std::move(*index_key), database, entropy_);
  store_key_ = key.key.copy();
  current_ = key.id;
  stale_ = false;
  return {};
}

Result<void> KeyRing::refresh() {
  rooms_.clear();
  if (!sealer_) return {};
  auto named = read_meta(connection_, "store_key");
  if (!named) return pass(named);
  if (!stale_ && *named && std::ranges::equal(**named, current_.view())) return {};
  return load();
}

void KeyRing::roll_back() {
  rooms_.clear();
  stale_ = stale_ || std::exchange(replacing_, false);
}

Result<const crypto::SymmetricKey*> KeyRing::of_room(const BlindIndex& room) {
  if (const auto known = rooms_.find(room); known != rooms_.end()) return &known->second;
  Statement select = connection_.statement("SELECT sealed FROM room_keys WHERE room = ?1");
  auto found = select.bind(room.view()).row();
  if (!found) return pass(found);
  if (!*found) return std::unexpected(connection_.damaged("room_keys"));
  const auto plaintext = connection_.open_sealed(room_key_place(room), select.blob(0));
  if (!plaintext) return std::unexpected(plaintext.error());
  auto key = crypto::SymmetricKey::from(*plaintext);
  if (!key) return std::unexpected(connection_.damaged("room_keys"));
  return &rooms_.insert_or_assign(room, std::move(*key)).first->second;
}

Result<const crypto::SymmetricKey*> KeyRing::of_room_or_new(const BlindIndex& room) {
  if (const auto known = rooms_.find(room); known != rooms_.end()) return &known->second;
  auto there =
      connection_.statement("SELECT 1 FROM room_keys WHERE room = ?1").bind(room.view()).row();
  if (!there) return pass(there);
  if (*there) return of_room(room);
  crypto::SymmetricKey key(entropy_);
  if (auto inserted = insert_room_key(room, key); !inserted) return pass(inserted);
  return &rooms_.insert_or_assign(room, std::move(key)).first->second;
}

Result<const crypto::SymmetricKey*> KeyRing::replace_room_key(const BlindIndex& room) {
  crypto::SymmetricKey key(entropy_);
  auto removed =
      connection_.statement("DELETE FROM room_keys WHERE room = ?1").bind(room.view()).run();
  if (!removed) return pass(removed);
  if (auto inserted = insert_room_key(room, key); !inserted) return pass(inserted);
  return &rooms_.insert_or_assign(room, std::move(key)).first->second;
}

Result<void> KeyRing::insert_room_key(const BlindIndex& room, const crypto::SymmetricKey& key) {
  const Bytes sealed = sealer_->seal(room_key_place(room), key.view());
  return connection_.statement("INSERT INTO room_keys (room, sealed) VALUES (?1, ?2)")
      .bind(room.view())
      .bind(sealed)
      .run();
}

Result<void> KeyRing::adopt_index_key(crypto::SymmetricKey key) {
  auto database = read_meta(connection_, "database_id");
  if (!database) return pass(database);
  const auto id = *database ? DatabaseId::from(**database) : std::nullopt;
  if (!id) return std::unexpected(connection_.damaged("meta"));
  const Bytes sealed = sealer_->seal(index_key_place, key.view());
  sealer_.emplace(store_key_, std::move(key), *id, entropy_);
  return write_meta(connection_, "index_key", sealed);
}

Result<void> KeyRing::replace_store_key() {
  auto keys = file_.read();
  if (!keys) return pass(keys);
  // What a replacement that came to nothing left goes; only the current one counts.
  std::erase_if(*keys, [this](const StoreKey& key) { return key.id != current_; });
  if (keys->empty()) return std::unexpected(connection_.damaged("meta"));
  const StoreKey anew = StoreKey::generate(entropy_);
  keys->push_back(anew.copy());
  if (auto written = file_.write(*keys); !written) return written;
  file_keys_ = keys->size();
  replacing_ = true;
  if (auto resealed = reseal_all(anew.key); !resealed) return resealed;
  sealer_->set_store_key(anew.key);
  store_key_ = anew.key.copy();
  current_ = anew.id;
  return write_meta(connection_, "store_key", anew.id.view());
}

Result<void> KeyRing::reseal_all(const crypto::SymmetricKey& store_key) {
  auto database = read_meta(connection_, "database_id");
  if (!database) return pass(database);
  const auto id = *database ? DatabaseId::from(**database) : std::nullopt;
  if (!id) return std::unexpected(connection_.damaged("meta"));
  Sealer anew(store_key, crypto::SymmetricKey(), *id, entropy_);
  if (auto meta = seal_meta_anew(connection_, anew); !meta) return meta;
  for (const Table& table : all_tables()) {
    if (*table.update.text() == '\0') continue;
    const auto values = sealed_anew(connection_, table, anew);
    if (!values) return std::unexpected(values.error());
    for (const SealedValue& row : *values) {
      auto updated =
          connection_.statement(table.update).bind(row.value).bind(row.row_key).run();
      if (!updated) return updated;
    }
  }
  return {};
}

Result<void> KeyRing::drop_old_store_keys() {
  replacing_ = false;
  auto keys = file_.read();
  if (!keys) return pass(keys);
  file_keys_ = keys->size();
  if (keys->size() < 2) return {};
  std::erase_if(*keys, [this](const StoreKey& key) { return key.id != current_; });
  if (keys->empty()) return std::unexpected(connection_.damaged("meta"));
  if (auto written = file_.write(*keys); !written) return written;
  file_keys_ = keys->size();
  return {};
}

}  // namespace sotto::store
