// Leaves what waits for somebody in their mailbox (docs/protocol.md section 5, "Offline
// messages"): sealed and committed first, then carried to the relays where the mailbox is open,
// two of them if there are.
#pragma once
#include <functional>
#include <memory>

#include "node/mail_marks.h"
#include "node/relay_desk.h"
#include "node/store_thread.h"
#include "room/mailbox.h"

namespace sotto::node {

// A new connection to a relay, for one errand only: a relay that saw deposits and fetches on
// one would know who writes to whom.  RelayErrc::url.
using OpenDesk =
    std::function<Result<std::shared_ptr<RelayDesk>>(const std::string& url, bool over_tor)>;

// On how many relays a deposit lies: one may be gone, or keep it back.
inline constexpr std::size_t deposit_copies = 2;

struct LeftMail {
  std::vector<std::int64_t> relayed;  // seqs of what a relay has taken
  std::int64_t looked_up_to = 0;      // seq: all before it need not be looked at again
  std::optional<Error> error;         // why not everything
};

// `over_tor`: the relays are reached through Tor alone.  Ends at the first message that no
// relay takes, or that there is no way for: room's mailbox_*; RelayErrc's; the store's.
// `marks`: none are kept back without.
Async<LeftMail> leave_mail(StoreThread& store, OpenDesk open_desk, room::Pair pair,
                           bool over_tor, std::int64_t after_seq,
                           std::shared_ptr<MailMarks> marks);

// As the relay knows a deposit: the same content has the same id.
wire::DepositId deposit_id(ByteView content);

}  // namespace sotto::node
