// What the tests of store/ share: a store in a folder of its own, SQLite behind its back, rows
// to put in, and file systems that are full or read-only.
#pragma once
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <memory>
#include <sqlite3.h>
#include <stdexcept>
#include <string>
#include <sys/mount.h>

#include "store/contacts.h"
#include "store/database.h"
#include "store/identities.h"
#include "store/invites.h"
#include "store/members.h"
#include "store/messages.h"
#include "store/outbox.h"
#include "store/records.h"
#include "store/rooms.h"
#include "support/seeded_entropy.h"
#include "support/temp_dir.h"

namespace sotto::store {

// The value, or a failed test.
template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().name() + ": " + result.error().text());
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

// `result` must have failed as `expected`, with a sentence for the person.
template <class T>
void expect_failed(const Result<T>& result, Errc expected) {
  ASSERT_FALSE(result.has_value());
  EXPECT_TRUE(result.error().is(expected))
      << result.error().name() << ": " << result.error().text();
  EXPECT_TRUE(result.error().text().ends_with('.')) << result.error().text();
}

// The file as SQLite alone sees it.
class RawSqlite {
 public:
  explicit RawSqlite(const std::filesystem::path& file) {
    if (sqlite3_open(file.c_str(), &db_) != SQLITE_OK) throw std::runtime_error("sqlite3_open");
  }
  ~RawSqlite() { sqlite3_close(db_); }
  RawSqlite(const RawSqlite&) = delete;
  RawSqlite& operator=(const RawSqlite&) = delete;

  void run(const std::string& sql) {
    char* message = nullptr;
    if (sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, &message) == SQLITE_OK) return;
    const std::string text = message == nullptr ? "?" : message;
    sqlite3_free(message);
    throw std::runtime_error(text + " in " + sql);
  }

  std::string text(const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    sqlite3_prepare_v2(db_, sql.c_str(), -1, &statement, nullptr);
    std::string value = "(no row)";
    if (sqlite3_step(statement) == SQLITE_ROW) {
      const auto* data = static_cast<const char*>(sqlite3_column_blob(statement, 0));
      value.assign(data == nullptr ? "" : data,
                   static_cast<std::size_t>(sqlite3_column_bytes(statement, 0)));
    }
    sqlite3_finalize(statement);
    return value;
  }

 private:
  sqlite3* db_ = nullptr;
};

inline Bytes read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return to_bytes(std::string{std::istreambuf_iterator<char>(file), {}});
}

inline void write_file(const std::filesystem::path& path, ByteView bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file) throw std::runtime_error("cannot write " + path.string());
}

// A small file system in memory, for what only a real one does.  Mounting takes privileges, so
// ask mounted() and skip the test without them.
class SmallFileSystem {
 public:
  SmallFileSystem(const std::filesystem::path& at, const std::string& options) : at_(at) {
    std::filesystem::create_directories(at_);
    mounted_ = ::mount("none", at_.c_str(), "tmpfs", 0, options.c_str()) == 0;
  }
  ~SmallFileSystem() {
    if (mounted_) ::umount2(at_.c_str(), MNT_DETACH);
  }
  SmallFileSystem(const SmallFileSystem&) = delete;
  SmallFileSystem& operator=(const SmallFileSystem&) = delete;

  bool mounted() const { return mounted_; }
  const std::filesystem::path& path() const { return at_; }
  void make_read_only() {
    if (::mount("none", at_.c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, nullptr) != 0) {
      throw std::runtime_error("remount failed");
    }
  }

 private:
  std::filesystem::path at_;
  bool mounted_ = false;
};

inline WallTime at_ms(std::int64_t ms) {
  return from_unix_ms(1'800'000'000'000 + ms);
}

class StoreTest : public testing::Test {
 protected:
  std::filesystem::path file() const { return dir_ / "sotto.db"; }
  Result<Database> try_open() { return Database::open(file(), profile_key_, entropy_); }
  Database open() { return must(try_open()); }

  RoomRow room_row(const std::string& name) {
    RoomRow row;
    row.id = RoomId::random(entropy_);
    row.name = name;
    row.hosted = true;
    row.host = crypto::Ed25519PublicKey::random(entropy_);
    row.reach = Secret(as_bytes("reach of " + name));
    row.port = 4711;
    row.added = at_ms(1);
    return row;
  }

  // A room that other rows may belong to.
  RoomId add_room(Database& database, const std::string& name = "kitchen") {
    const RoomRow row = room_row(name);
    must(Rooms(database).put(row));
    return row.id;
  }

  ContactRow contact_row(const std::string& name) {
    ContactRow row;
    row.fingerprint = crypto::Fingerprint::random(entropy_);
    row.identity_pk = crypto::Ed25519PublicKey::random(entropy_);
    row.card = to_bytes("card of " + name);
    row.name = name;
    row.verified = true;
    row.tor_only = true;
    row.added = at_ms(2);
    return row;
  }

  MemberRow member_row(const RoomId& room) {
    MemberRow row;
    row.room = room;
    row.identity_pk = crypto::Ed25519PublicKey::random(entropy_);
    row.invite = InviteId::random(entropy_);
    row.tag = LinkRef::random(entropy_);
    row.psk = crypto::SymmetricKey(entropy_);
    row.record_secret = crypto::SymmetricKey(entropy_);
    row.joined = at_ms(3);
    return row;
  }

  InviteRow invite_row(const RoomId& room, std::uint32_t uses = 1) {
    InviteRow row;
    row.id = InviteId::random(entropy_);
    row.room = room;
    row.psk = crypto::SymmetricKey(entropy_);
    row.record_secret = crypto::SymmetricKey(entropy_);
    row.uses = uses;
    row.expires = at_ms(1000);
    row.permissions = to_bytes("chat files");
    row.created = at_ms(4);
    row.onion_client = crypto::X25519PublicKey::random(entropy_);
    return row;
  }

  MessageRow message_row(const RoomId& room, const std::string& text) {
    MessageRow row;
    row.room = room;
    row.author = author_;
    row.id = MessageId::random(entropy_);
    row.content_hash = entropy_.bytes<32>();
    row.message = to_bytes(text);
    row.received = at_ms(5);
    return row;
  }

  TempDir dir_;
  SeededEntropy entropy_{1};
  crypto::SymmetricKey profile_key_{entropy_};
  crypto::Ed25519PublicKey author_ = crypto::Ed25519PublicKey::random(entropy_);
};

inline std::vector<std::string> texts_of(const std::vector<MessageRow>& rows) {
  std::vector<std::string> texts;
  for (const MessageRow& row : rows) texts.push_back(to_string(row.message));
  return texts;
}

using Texts = std::vector<std::string>;

}  // namespace sotto::store
