#include "store/archive.h"

#include "store/check.h"
#include "store/connection.h"
#include "store/invites.h"
#include "store/rooms.h"
#include "store/schema.h"
#include "store/tables.h"

namespace sotto::store {
namespace {

constexpr std::string_view magic = "sotto backup 1";
constexpr std::uint8_t end_mark = 255;

std::unexpected<Error> not_whole() {
  return fail(Errc::damaged,
              "What is in this backup contradicts itself. Use another one; nothing was made.");
}

void count(Contents& contents, std::string_view table) {
  if (table == "contacts") ++contents.contacts;
  if (table == "rooms") ++contents.rooms;
  if (table == "messages") ++contents.messages;
  if (table == "outbox") ++contents.waiting;
  if (table == "invites") ++contents.invites;
}

void pack(Packer& out, const Table& table, const Row& row) {
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (table.columns[i].kind == Column::Kind::integer) {
      out.integer(static_cast<std::uint64_t>(std::get<std::int64_t>(row[i])));
    } else {
      out.variable(blob_of(row[i]));
    }
  }
}

Row unpack(Unpacker& in, const Table& table) {
  Row row;
  for (const Column& column : table.columns) {
    if (column.kind == Column::Kind::integer) {
      row.emplace_back(static_cast<std::int64_t>(in.integer<std::uint64_t>()));
    } else {
      const Secret bytes = in.secret();
      row.emplace_back(WipedBytes(bytes.view().begin(), bytes.view().end()));
    }
  }
  return row;
}

// Where an invite would still let somebody in, it was outstanding.
Result<std::int64_t> void_invites(Database& database) {
  std::int64_t outstanding = 0;
  const auto rooms = Rooms(database).all();
  if (!rooms) return std::unexpected(rooms.error());
  Invites invites(database);
  for (const RoomRow& room : *rooms) {
    const auto of_room = invites.of(room.id);
    if (!of_room) return std::unexpected(of_room.error());
    for (const InviteRow& invite : *of_room) {
      if (invite.revoked) continue;
      if (invite.spent < invite.uses) ++outstanding;
      if (auto revoked = invites.revoke(invite.id); !revoked) return pass(revoked);
    }
  }
  return outstanding;
}

Result<void> read_rows(Connection& connection, Unpacker& in, Contents& contents) {
  const auto tables = all_tables();
  std::uint64_t rows = 0;
  while (true) {
    const auto number = in.integer<std::uint8_t>();
    if (number == end_mark) {
      const bool all = in.integer<std::uint64_t>() == rows;
      return all && in.complete() ? Result<void>() : not_whole();
    }
    if (number >= tables.size() || !tables[number].in_backups) return not_whole();
    const Row row = unpack(in, tables[number]);
    if (in.is_short()) return not_whole();
    auto inserted = insert_row(connection, tables[number], row);
    // A row twice, or of a room that is not there.
    if (!inserted && (inserted.error().is(Errc::damaged) || inserted.error().is(Errc::gone))) {
      return not_whole();
    }
    if (!inserted) return inserted;
    count(contents, tables[number].name);
    ++rows;
  }
}

}  // namespace

Result<Archive> make_archive(Database& database, WallTime now) {
  Connection& connection = database.connection();
  Archive archive;
  archive.created = now;
  Packer out;
  auto made = database.snapshot([&]() -> Result<void> {
    out.fixed(as_bytes(magic))
        .integer(static_cast<std::uint32_t>(migrations().size()))
        .time(now)
        .fixed(connection.keys().sealer().index_key().view());
    std::uint64_t rows = 0;
    const auto tables = all_tables();
    for (std::size_t i = 0; i < tables.size(); ++i) {
      if (!tables[i].in_backups) continue;
      auto each = for_each_row(connection, tables[i], [&](Row& row) -> Result<void> {
        out.integer(static_cast<std::uint8_t>(i));
        pack(out, tables[i], row);
        count(archive.contents, tables[i].name);
        ++rows;
        return {};
      });
      if (!each) return each;
    }
    out.integer(end_mark).integer(rows);
    return {};
  });
  if (!made) return pass(made);
  archive.bytes = Secret(out.view());
  return archive;
}

Result<FromArchive> fill_from_archive(Database& database, ByteView archive) {
  if (!as_text(archive).starts_with(magic)) return not_whole();
  Unpacker in(archive.subspan(magic.size()));
  const auto version = in.integer<std::uint32_t>();
  FromArchive out{in.time(), {}};
  auto index_key = in.fixed<crypto::SymmetricKey>();
  if (in.is_short() || version == 0) return not_whole();
  if (version > migrations().size()) {
    return fail(Errc::newer,
                "This backup was made by a newer sotto. Install that version or a later one.");
  }
  Connection& connection = database.connection();
  auto filled = database.transaction([&]() -> Result<void> {
    if (auto set = connection.keys().adopt_index_key(std::move(index_key)); !set) return set;
    if (auto read = read_rows(connection, in, out.contents); !read) return read;
    auto outstanding = void_invites(database);
    if (!outstanding) return pass(outstanding);
    out.contents.invites = *outstanding;
    // Each value is sealed at its place by now; whether it says what its place says is seen
    // here, before anything is kept.
    return check_rows_here(database, {}) ? Result<void>() : not_whole();
  });
  if (!filled) return pass(filled);
  return out;
}

}  // namespace sotto::store
