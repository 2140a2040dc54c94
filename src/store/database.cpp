#include "store/database.h"

#include "store/connection.h"
#include "store/key_ring.h"
#include "store/schema.h"

namespace sotto::store {

Result<Database> Database::open(const std::filesystem::path& file,
                                const crypto::SymmetricKey& profile_key, Entropy& entropy) {
  auto connection = Connection::open(file);
  if (!connection) return pass(connection);
  // Before anything that writes, so that a file of another program or version stays as it is.
  if (auto ours = check_ours(**connection); !ours) return pass(ours);
  if (auto configured = (*connection)->configure(); !configured) return pass(configured);
  (*connection)->set_keys(StoreKeyFile(file, profile_key.copy(), entropy), entropy);
  if (auto prepared = prepare_schema(**connection); !prepared) return pass(prepared);
  KeyRing& keys = (*connection)->keys();
  if (keys.has_old_store_keys()) {
    // What a crash kept from being dropped; where it fails now the next opening tries again.
    static_cast<void>((*connection)->transaction([&] { return keys.drop_old_store_keys(); }));
  }
  return Database(file, *std::move(connection));
}

Database::Database(std::filesystem::path file, std::unique_ptr<Connection> connection)
    : file_(std::move(file)), connection_(std::move(connection)) {}
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;
Database::~Database() = default;

Result<void> Database::transaction(const std::function<Result<void>()>& body) {
  return connection_->transaction(body);
}

Result<void> Database::snapshot(const std::function<Result<void>()>& body) {
  return connection_->snapshot(body);
}

Result<Database> Database::open_reader(Entropy& entropy) const {
  auto reader = open(file_, connection_->keys().profile_key(), entropy);
  if (!reader) return reader;
  auto only_reads = reader->connection_->execute("PRAGMA query_only = ON");
  if (!only_reads) return pass(only_reads);
  return reader;
}

}  // namespace sotto::store
