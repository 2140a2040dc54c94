#include "relay/mailboxes.h"

#include <algorithm>
#include <limits>

#include "relay/usage.h"
#include "store/connection.h"
#include "wire/limits.h"

namespace sotto::relay {

using wire::RelayRefusal;

namespace {

// A deposit's id, number and fields in a reply, besides its content.
constexpr std::size_t deposited_overhead = 48;
constexpr std::size_t reply_overhead = 64;

struct Mailbox {
  std::int64_t row;
  std::int64_t next;
  std::int64_t deposits;
  std::int64_t bytes;
  std::int64_t expires;
};

Result<std::optional<Mailbox>> find(store::Connection& connection,
                                    const wire::MailboxId& mailbox) {
  auto select = connection.statement(
      "SELECT n, next, deposits, bytes, expires FROM mailboxes WHERE id = ?1");
  select.bind(mailbox.view());
  const auto row = select.row();
  if (!row) return std::unexpected(row.error());
  if (!*row) return std::nullopt;
  return Mailbox{.row = select.integer(0),
                 .next = select.integer(1),
                 .deposits = select.integer(2),
                 .bytes = select.integer(3),
                 .expires = select.integer(4)};
}

// What is there under a deposit's id, if anything is: whether it is the same.
Result<std::optional<bool>> same_as_before(store::Connection& connection,
                                           const Mailbox& mailbox,
                                           const wire::RelayDeposit& deposit) {
  auto select =
      connection.statement("SELECT content FROM deposits WHERE mailbox = ?1 AND id = ?2");
  select.bind(mailbox.row).bind(deposit.id.view());
  const auto row = select.row();
  if (!row) return std::unexpected(row.error());
  if (!*row) return std::nullopt;
  return std::ranges::equal(select.blob(0), deposit.content);
}

Result<bool> has_room(store::Connection& connection, const Mailbox& mailbox, std::size_t size,
                      const Payer& payer, const Limits& limits) {
  const auto fits = [size](std::int64_t there, std::uint64_t limit) {
    return static_cast<std::uint64_t>(there) + size <= limit;
  };
  if (static_cast<std::size_t>(mailbox.deposits) >= limits.deposits_a_mailbox ||
      !fits(mailbox.bytes, limits.deposited_bytes_a_mailbox)) {
    return false;
  }
  const auto own = usage_of(connection, payer);
  if (!own) return std::unexpected(own.error());
  const auto total = total_usage(connection);
  if (!total) return std::unexpected(total.error());
  return static_cast<std::size_t>(own->deposits) < limits.deposits_a_payer &&
         fits(own->bytes, limits.deposited_bytes_a_payer) &&
         fits(total->bytes, limits.stored_bytes);
}

}  // namespace

Result<Reply> open_mailbox(store::Connection& connection, const wire::MailboxId& mailbox,
                           const Payer& payer, const Limits& limits, WallTime now) {
  const std::int64_t expires = unix_ms(now + mailbox_lifetime);
  auto kept = connection.statement("UPDATE mailboxes SET expires = ?1 WHERE id = ?2")
                  .bind(expires)
                  .bind(mailbox.view())
                  .run();
  if (!kept) return pass(kept);
  if (connection.changed_rows() > 0) return wire::RelayDone();
  const auto own = usage_of(connection, payer);
  if (!own) return std::unexpected(own.error());
  if (static_cast<std::size_t>(own->mailboxes) >= limits.mailboxes_a_payer) {
    return refused(RelayRefusal::quota);
  }
  auto made =
      connection.statement("INSERT INTO mailboxes (id, expires, payer) VALUES (?1, ?2, ?3)")
          .bind(mailbox.view())
          .bind(expires)
          .bind(payer.view())
          .run();
  if (!made) return pass(made);
  return wire::RelayDone();
}

Result<Reply> close_mailbox(store::Connection& connection, const wire::MailboxId& mailbox) {
  auto gone =
      connection.statement("DELETE FROM mailboxes WHERE id = ?1").bind(mailbox.view()).run();
  if (!gone) return pass(gone);
  return wire::RelayDone();
}

Result<Reply> deposit(store::Connection& connection, const wire::RelayDeposit& deposit,
                      const Payer& payer, const Limits& limits, WallTime now) {
  const auto mailbox = find(connection, deposit.mailbox);
  if (!mailbox) return std::unexpected(mailbox.error());
  if (!*mailbox || (*mailbox)->expires <= unix_ms(now)) return refused(RelayRefusal::unknown);
  const auto same = same_as_before(connection, **mailbox, deposit);
  if (!same) return std::unexpected(same.error());
  if (*same) return **same ? Reply(wire::RelayDone()) : refused(RelayRefusal::id_reused);
  const auto room = has_room(connection, **mailbox, deposit.content.size(), payer, limits);
  if (!room) return std::unexpected(room.error());
  if (!*room) return refused(RelayRefusal::quota);
  const auto size = static_cast<std::int64_t>(deposit.content.size());
  auto put = connection
                 .statement(
                     "INSERT INTO deposits (mailbox, number, id, expires, payer, size, "
                     "content) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")
                 .bind((*mailbox)->row)
                 .bind((*mailbox)->next)
                 .bind(deposit.id.view())
                 .bind(unix_ms(now + deposit_lifetime))
                 .bind(payer.view())
                 .bind(size)
                 .bind(ByteView(deposit.content))
                 .run();
  if (!put) return pass(put);
  return wire::RelayDone();
}

Result<Reply> fetch(store::Connection& connection, const wire::MailboxId& mailbox,
                    std::uint64_t after, WallTime now) {
  const auto found = find(connection, mailbox);
  if (!found) return std::unexpected(found.error());
  if (!*found) return refused(RelayRefusal::unknown);
  wire::RelayDeposits out;
  constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
  auto select = connection.statement(
      "SELECT number, id, content FROM deposits WHERE mailbox = ?1 AND number > ?2 AND "
      "expires > ?3 ORDER BY number");
  select.bind((*found)->row)
      .bind(static_cast<std::int64_t>(std::min(after, most)))
      .bind(unix_ms(now));
  std::size_t bytes = reply_overhead;
  while (true) {
    const auto row = select.row();
    if (!row) return std::unexpected(row.error());
    if (!*row) return out;
    const ByteView content = select.blob(2);
    bytes += content.size() + deposited_overhead;
    out.more = bytes > wire::relay_message_limit;
    if (out.more) return out;
    const auto id = wire::DepositId::from(select.blob(1));
    if (!id) return std::unexpected(connection.damaged("deposits"));
    out.deposits.push_back({.number = static_cast<std::uint64_t>(select.integer(0)),
                            .id = *id,
                            .content = to_bytes(content)});
  }
}

Result<Reply> acknowledge(store::Connection& connection, const wire::MailboxId& mailbox,
                          const std::vector<std::uint64_t>& numbers) {
  const auto found = find(connection, mailbox);
  if (!found) return std::unexpected(found.error());
  if (!*found) return refused(RelayRefusal::unknown);
  for (const std::uint64_t number : numbers) {
    auto gone = connection.statement("DELETE FROM deposits WHERE mailbox = ?1 AND number = ?2")
                    .bind((*found)->row)
                    .bind(static_cast<std::int64_t>(number))
                    .run();
    if (!gone) return pass(gone);
  }
  return wire::RelayDone();
}

}  // namespace sotto::relay
