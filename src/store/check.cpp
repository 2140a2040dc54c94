#include "store/check.h"

#include "base/text.h"
#include "store/chains.h"
#include "store/connection.h"
#include "store/contacts.h"
#include "store/identities.h"
#include "store/invites.h"
#include "store/mailboxes.h"
#include "store/members.h"
#include "store/message_reader.h"
#include "store/outbox.h"
#include "store/rooms.h"
#include "store/tables.h"

namespace sotto::store {
namespace {

constexpr std::int64_t report_every = 512;  // rows

Result<std::int64_t> row_count(Connection& connection) {
  Statement select = connection.statement(
      "SELECT (SELECT count(*) FROM contacts) + (SELECT count(*) FROM rooms)"
      " + (SELECT count(*) FROM room_keys) + (SELECT count(*) FROM members)"
      " + (SELECT count(*) FROM invites) + (SELECT count(*) FROM messages)"
      " + (SELECT count(*) FROM outbox) + (SELECT count(*) FROM records)"
      " + (SELECT count(*) FROM pins) + (SELECT count(*) FROM tombstones)"
      " + (SELECT count(*) FROM identity) + (SELECT count(*) FROM receipts)"
      " + (SELECT count(*) FROM chains) + (SELECT count(*) FROM mailboxes)"
      " + (SELECT count(*) FROM deposits)");
  auto found = select.row();
  if (!found) return pass(found);
  return *found ? select.integer(0) : 0;
}

// The decoders of the repositories look at what the values say.
Result<void> check_meaning(Database& database) {
  if (auto own = Identities(database).load(); !own) return pass(own);
  if (auto all = Contacts(database).all(); !all) return pass(all);
  const auto rooms = Rooms(database).all();
  if (!rooms) return std::unexpected(rooms.error());
  for (const RoomRow& room : *rooms) {
    const auto same = Rooms(database).by_id(room.id);
    if (!same) return std::unexpected(same.error());
    if (!*same) return std::unexpected(database.connection().damaged("rooms"));
    if (auto members = Members(database).of(room.id); !members) return pass(members);
    if (auto invites = Invites(database).of(room.id); !invites) return pass(invites);
    const auto mailboxes = Mailboxes(database).of(room.id);
    if (!mailboxes) return std::unexpected(mailboxes.error());
    for (const MailboxRow& mailbox : *mailboxes) {
      auto chains = Chains(database).of(room.id, mailbox.peer);
      if (!chains) return pass(chains);
    }
    const BlindIndex index = database.connection().room_index(room.id);
    Statement select = database.connection().statement(
        "SELECT seq, shown, head, zeroblob(0), room FROM messages WHERE room = ?1");
    select.bind(index.view());
    while (true) {
      auto found = select.row();
      if (!found) return pass(found);
      if (!*found) break;
      auto head = read_head(database.connection(), select);
      if (!head) return pass(head);
      if (head->room != room.id) {
        return std::unexpected(database.connection().damaged("messages"));
      }
    }
  }
  return {};
}

}  // namespace

Result<void> check_pages(Database& database) {
  Connection& connection = database.connection();
  Statement check = connection.statement("PRAGMA quick_check(1)");
  auto found = check.row();
  if (!found) return pass(found);
  const std::string answer = *found ? to_string(check.blob(0)) : "no answer";
  if (answer == "ok") return {};
  return fail(Errc::damaged, connection.shown_path() + " is damaged (" + displayable(answer) +
                                 "). Restore it from a backup.");
}

Result<void> check_rows_here(Database& database, const CheckProgress& progress) {
  Connection& connection = database.connection();
  const auto all = row_count(connection);
  if (!all) return std::unexpected(all.error());
  std::int64_t done = 0;
  for (const Table& table : all_tables()) {
    auto opened = for_each_row(connection, table, [&](Row&) -> Result<void> {
      if (++done % report_every == 0 && progress) progress(done, *all);
      return {};
    });
    if (!opened) return opened;
  }
  return check_meaning(database);
}

Result<void> check_rows(Database& database, const CheckProgress& progress) {
  return database.snapshot([&] { return check_rows_here(database, progress); });
}

}  // namespace sotto::store
