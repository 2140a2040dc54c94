#include "relay/usage.h"

#include "store/connection.h"

namespace sotto::relay {
namespace {

Result<Usage> read(store::Statement& select) {
  const auto row = select.row();
  if (!row) return std::unexpected(row.error());
  if (!*row) return Usage();
  return Usage{.records = select.integer(0),
               .mailboxes = select.integer(1),
               .deposits = select.integer(2),
               .bytes = select.integer(3)};
}

}  // namespace

Result<Usage> usage_of(store::Connection& connection, const Payer& payer) {
  auto select = connection.statement(
      "SELECT records, mailboxes, deposits, bytes FROM payers WHERE id = ?1");
  select.bind(payer.view());
  return read(select);
}

Result<Usage> total_usage(store::Connection& connection) {
  auto select = connection.statement("SELECT records, mailboxes, deposits, bytes FROM totals");
  return read(select);
}

Result<std::int64_t> sweep(store::Connection& connection, WallTime now) {
  const std::int64_t time = unix_ms(now);
  std::int64_t gone = 0;
  const auto remove = [&](store::Statement statement) -> Result<void> {
    auto done = statement.bind(time).bind(sweep_rows).run();
    if (done) gone += connection.changed_rows();
    return done;
  };
  auto done =
      remove(connection.statement("DELETE FROM records WHERE n IN "
                                  "(SELECT n FROM records WHERE expires <= ?1 LIMIT ?2)"));
  if (done) {
    done =
        remove(connection.statement("DELETE FROM deposits WHERE n IN "
                                    "(SELECT n FROM deposits WHERE expires <= ?1 LIMIT ?2)"));
  }
  if (done) {
    // What was put in stays its time, so its mailbox does.
    done = remove(connection.statement(
        "DELETE FROM mailboxes WHERE n IN (SELECT n FROM mailboxes WHERE expires <= ?1 AND "
        "deposits = 0 LIMIT ?2)"));
  }
  if (done) {
    done = connection
               .statement(
                   "DELETE FROM payers WHERE records = 0 AND mailboxes = 0 AND "
                   "deposits = 0")
               .run();
  }
  if (!done) return pass(done);
  return gone;
}

}  // namespace sotto::relay
