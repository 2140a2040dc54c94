// Mailboxes: what waits for people who are not there (docs/protocol.md section 7).
//
// A mailbox belongs to whoever has the secret of its id.  Its owner opens it, for seven days
// each time, and takes out what is in it; anybody may put something in who knows the id.  What
// was put in stays for seven days, also when the mailbox itself takes nothing more.  One that
// is full refuses: nothing is thrown out to make room.  Numbers count from 1 in a mailbox and
// come only once; one that was closed, or ran out empty, counts from 1 again when it is opened.
// Functions run on the store's threads; errors are store's, refusals are replies.
#pragma once
#include "relay/limits.h"
#include "relay/reply.h"
#include "relay/store.h"

namespace sotto::relay {

// RelayDone, or RelayRefused quota.
Result<Reply> open_mailbox(store::Connection& connection, const wire::MailboxId& mailbox,
                           const Payer& payer, const Limits& limits, WallTime now);

// RelayDone, whether there was one or not.
Result<Reply> close_mailbox(store::Connection& connection, const wire::MailboxId& mailbox);

// RelayDone also for what is there already; RelayRefused unknown, id_reused, quota.
Result<Reply> deposit(store::Connection& connection, const wire::RelayDeposit& deposit,
                      const Payer& payer, const Limits& limits, WallTime now);

// RelayDeposits, as many as one message holds, the oldest first; or RelayRefused unknown.
Result<Reply> fetch(store::Connection& connection, const wire::MailboxId& mailbox,
                    std::uint64_t after, WallTime now);

// RelayDone, also for numbers that are not there; or RelayRefused unknown.
Result<Reply> acknowledge(store::Connection& connection, const wire::MailboxId& mailbox,
                          const std::vector<std::uint64_t>& numbers);

}  // namespace sotto::relay
