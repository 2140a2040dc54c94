#include "store/database.h"

#include <algorithm>
#include <functional>
#include <sys/stat.h>

#include "unit/store/testing.h"

namespace sotto::store {
namespace {

class DatabaseTest : public StoreTest {
 protected:
  static mode_t mode_of(const std::filesystem::path& path) {
    struct stat status{};
    EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
    return status.st_mode & 07777;
  }
};

TEST_F(DatabaseTest, NobodyElseMayReadItsFilesWhateverTheUmask) {
  const mode_t before = ::umask(0);
  Database database = open();
  add_room(database);
  ::umask(before);
  for (const std::string suffix : {"", "-wal", "-shm"}) {
    EXPECT_EQ(mode_of(file().string() + suffix), 0600U) << suffix;
  }
}

TEST_F(DatabaseTest, NeedsAHome) {
  expect_failed(Database::open(dir_ / "nowhere/sotto.db", profile_key_, entropy_), Errc::io);
  std::filesystem::create_directory(file());
  const auto refused = try_open();
  expect_failed(refused, Errc::io);
  EXPECT_NE(refused.error().text().find(file().string()), std::string::npos);
}

TEST_F(DatabaseTest, NothingLegibleReachesTheDisk) {
  const std::string secrets[] = {"distinctive message text", "Distinctive Name",
                                 "distinctive room",         "reach of distinctive room",
                                 "distinctive card bytes",   "distinctive permissions"};
  std::vector<Bytes> hidden;
  for (const std::string& text : secrets) hidden.push_back(to_bytes(text));
  std::vector<std::filesystem::path> files;
  {
    Database database = open();
    RoomRow room = room_row(secrets[2]);
    room.access = Credential{LinkRef::random(entropy_), crypto::SymmetricKey(entropy_)};
    must(Rooms(database).put(room));
    ContactRow contact = contact_row(secrets[1]);
    contact.card = to_bytes(secrets[4]);
    must(Contacts(database).put(contact));
    const MemberRow member = member_row(room.id);
    must(Members(database).put(member));
    InviteRow invite = invite_row(room.id);
    invite.permissions = to_bytes(secrets[5]);
    must(Invites(database).add(invite));
    must(Invites(database).pin(invite.id, contact.fingerprint));
    const MessageRow message = message_row(room.id, secrets[0]);
    const auto seq = must(Messages(database).add(message)).seq;
    must(Outbox(database).add({seq, room.id, contact.identity_pk, at_ms(0)}));
    must(Identities(database).save({crypto::Identity::generate(entropy_), secrets[1]}));
    for (const ByteView view :
         {room.id.view(), room.host.view(), room.access->psk.view(), contact.identity_pk.view(),
          contact.fingerprint.view(), member.psk.view(), member.tag.view(), invite.psk.view(),
          invite.id.view(), invite.record_secret.view(), message.author.view(),
          message.id.view(), ByteView(message.content_hash), profile_key_.view()}) {
      hidden.push_back(to_bytes(view));
    }
    for (const auto& entry : std::filesystem::directory_iterator(dir_.path())) {
      files.push_back(entry.path());
    }
    EXPECT_EQ(files.size(), 4U) << "store, its key, write-ahead log and its index";
    for (const auto& path : files) {
      const Bytes content = read_file(path);
      for (const Bytes& secret : hidden) {
        EXPECT_TRUE(std::ranges::search(content, secret).empty()) << path;
      }
    }
  }
  const Bytes content = read_file(file());
  EXPECT_GT(content.size(), 4096U);
  for (const Bytes& secret : hidden) {
    EXPECT_TRUE(std::ranges::search(content, secret).empty()) << "after the checkpoint";
  }
}

TEST_F(DatabaseTest, AFullDiskLosesNothingThatWasCommitted) {
  const SmallFileSystem disk(dir_ / "disk", "size=1m");
  if (!disk.mounted()) GTEST_SKIP() << "mounting takes privileges";
  const auto path = disk.path() / "sotto.db";
  Database database = must(Database::open(path, profile_key_, entropy_));
  Messages messages(database);
  const RoomId room = add_room(database);
  std::size_t committed = 0;
  Result<Messages::Addition> added = Messages::Addition{};
  while ((added = messages.add(message_row(room, std::string(1000, 'x'))))) ++committed;
  expect_failed(added, Errc::full);
  EXPECT_GT(committed, 10U);
  EXPECT_EQ(must(messages.history(room, {})).size(), committed);
  expect_failed(messages.add(message_row(room, std::string(10'000, 'x'))), Errc::full);

  // The same file with more room goes on.
  ASSERT_EQ(::mount("none", disk.path().c_str(), "tmpfs", MS_REMOUNT, "size=8m"), 0);
  must(messages.add(message_row(room, "after")));
  EXPECT_EQ(must(messages.history(room, {})).size(), committed + 1);
}

TEST_F(DatabaseTest, ABatchSharesOneCommitAndEachJobFailsAlone) {
  Database database = open();
  Contacts contacts(database);
  must(database.transaction([&]() -> Result<void> {
    must(database.transaction([&] { return contacts.put(contact_row("Ada")); }));
    expect_failed(database.transaction([&] { return contacts.put(contact_row("Ada")); }),
                  Errc::name_taken);
    return database.transaction([&] { return contacts.put(contact_row("Bob")); });
  }));
  EXPECT_EQ(must(contacts.all()).size(), 2U);
}

TEST_F(DatabaseTest, MovesWithItsConnection) {
  Database first = open();
  add_room(first, "kitchen");
  Database second = std::move(first);
  EXPECT_EQ(must(Rooms(second).all()).size(), 1U);
  second = must(Database::open(dir_ / "other.db", profile_key_, entropy_));
  EXPECT_TRUE(must(Rooms(second).all()).empty());
}

// Everything in a store, a line a row; or why it cannot be read.
class Contents {
 public:
  explicit Contents(Database& database) {
    const auto identity = Identities(database).load();
    if (!identity) error_.emplace(identity.error());
    if (identity && *identity) {
      lines_.push_back("identity " + (*identity)->name +
                       view((*identity)->keys.identity.secret));
    }
    take_all(Contacts(database).all(), [](const ContactRow& row) {
      return "contact " + row.name + to_string(row.card) + view(row.identity_pk) +
             view(row.fingerprint) + std::to_string(row.verified) + std::to_string(row.blocked);
    });
    auto rooms = Rooms(database).all();
    take_all(rooms, [](const RoomRow& row) {
      return "room " + row.name + view(row.id) + view(row.reach) + std::to_string(row.port);
    });
    take_all(Outbox(database).all(), [](const OutboxEntry& row) {
      return "outbox " + std::to_string(row.message_seq) + view(row.room) + view(row.recipient);
    });
    if (!rooms) return;
    for (const RoomRow& room : *rooms) {
      take_all(Members(database).of(room.id), [](const MemberRow& row) {
        return "member " + view(row.identity_pk) + view(row.tag) + view(row.psk);
      });
      take_all(Invites(database).of(room.id), [](const InviteRow& row) {
        return "invite " + view(row.id) + view(row.psk) + std::to_string(row.spent) +
               std::to_string(row.revoked);
      });
      take_all(Messages(database).history(room.id, {}), message);
      take_all(Messages(database).not_shown(room.id),
               [](const MessageRow& row) { return "not shown: " + message(row); });
    }
  }

  // Why a part could not be read; all other parts are in lines().
  const std::optional<Error>& error() const { return error_; }
  std::vector<std::string> lines() const {
    auto sorted = lines_;
    std::ranges::sort(sorted);
    return sorted;
  }

 private:
  template <class T>
  static std::string view(const T& bytes) {
    return " " + to_string(ByteView(bytes.view()));
  }
  static std::string message(const MessageRow& row) {
    return "message " + std::to_string(row.seq) + to_string(row.message) + view(row.room) +
           view(row.author) + view(row.id) + std::to_string(static_cast<int>(row.stage)) +
           std::to_string(row.shown) + std::to_string(unix_ms(row.received));
  }
  template <class Row, class Line>
  void take_all(const Result<std::vector<Row>>& result, Line line) {
    if (!result) error_.emplace(result.error());
    if (result) {
      for (const Row& row : *result) lines_.push_back(line(row));
    }
  }

  std::vector<std::string> lines_;
  std::optional<Error> error_;
};

class DamageTest : public DatabaseTest {
 protected:
  void fill() {
    Database database = open();
    must(Identities(database).save({crypto::Identity::generate(entropy_), "me"}));
    for (const std::string name : {"Ada", "Bob", "Carol"}) {
      must(Contacts(database).put(contact_row(name)));
    }
    for (const std::string name : {"kitchen", "cellar"}) {
      const RoomId room = add_room(database, name);
      must(Members(database).put(member_row(room)));
      const InviteRow invite = invite_row(room);
      must(Invites(database).add(invite));
      must(Invites(database).pin(invite.id, crypto::Fingerprint::random(entropy_)));
      for (int i = 0; i < 20; ++i) {
        MessageRow row = message_row(room, "message " + std::to_string(i));
        row.shown = i % 2 == 0;
        const auto seq = must(Messages(database).add(row)).seq;
        must(Outbox(database).add({seq, room, author_, at_ms(i)}));
      }
      must(Messages(database).add(message_row(room, std::string(9000, 'x'))));
    }
  }

  static bool is_report_of_damage(const Error& error) {
    // A flipped bit in the header may make a newer version of the file, or of SQLite's format,
    // which SQLite then calls read-only.
    return error.is(Errc::damaged) || error.is(Errc::newer) || error.is(Errc::read_only);
  }
};

// Wherever a bit of the file is flipped: what is read is what was written, or damage is
// reported. Rows may be missed without a report where an index is damaged: SQLite keeps no
// checksums.
TEST_F(DamageTest, AFlippedBitNeverBecomesWrongData) {
  fill();
  const Bytes good = read_file(file());
  std::vector<std::string> written;
  {
    Database database = open();
    const Contents contents(database);
    ASSERT_FALSE(contents.error());
    written = contents.lines();
  }
  int reported = 0;
  int harmless = 0;
  int missed = 0;
  const auto check = [&](std::size_t at) {
    Bytes damaged = good;
    damaged[at] ^= static_cast<std::byte>(1U << (at % 8));
    write_file(file(), damaged);
    auto database = try_open();
    if (!database) {
      EXPECT_TRUE(is_report_of_damage(database.error()))
          << at << " " << database.error().name() << " " << database.error().text();
      ++reported;
      return;
    }
    const Contents contents(*database);
    EXPECT_TRUE(std::ranges::includes(written, contents.lines())) << at;
    if (contents.error()) {
      EXPECT_TRUE(is_report_of_damage(*contents.error())) << at << contents.error()->text();
      ++reported;
    } else if (contents.lines().size() == written.size()) {
      ++harmless;
    } else {
      ++missed;
    }
  };
  // All of SQLite's header and of each page's, and a good many of the other bytes.
  for (std::size_t at = 0; at < 108; ++at) check(at);
  for (std::size_t page = 4096; page < good.size(); page += 4096) {
    for (std::size_t at = 0; at < 32; ++at) check(page + at);
  }
  for (std::size_t at = 108; at < good.size(); at += 83) check(at);
  RecordProperty("reported", reported);
  RecordProperty("harmless", harmless);
  RecordProperty("missed", missed);
  EXPECT_GT(reported, 0);
  EXPECT_LT(missed, (reported + harmless + missed) / 20);
}

// An empty file, or one of a single byte, is a new store to SQLite.
TEST_F(DamageTest, ATruncatedFileIsReported) {
  fill();
  const Bytes good = read_file(file());
  for (std::size_t length = 2; length < good.size(); length += length < 4096 ? 512 : 4096) {
    write_file(file(), ByteView(good).first(length));
    auto database = try_open();
    if (!database) {
      EXPECT_TRUE(is_report_of_damage(database.error())) << length;
      continue;
    }
    const Contents contents(*database);
    EXPECT_TRUE(contents.error()) << length;
  }
}

}  // namespace
}  // namespace sotto::store
