// Opens the mailboxes of a room that are ours, on every relay where they are offered, and takes
// in what waits there: committed first, and only then acknowledged to the relay
// (docs/protocol.md section 5, "Offline messages").
//
// A relay is believed nothing: what was changed opens nothing, what is repeated was had, what
// comes in another order is put in order, and what is kept back is missed or comes live.
#pragma once
#include "node/mail_deposit.h"

namespace sotto::node {

// On the loop, in the order in which things happen.
class MailListener {
 public:
  virtual ~MailListener() = default;
  virtual void on_mail(const room::TakenIn& taken) = 0;
  virtual void on_notice(const Error& what) = 0;  // mailbox.*, contact.key_changed
};

struct MailboxesOf {
  RoomId room;
  crypto::Ed25519PublicKey self;
  bool hosting = false;
  bool over_tor = false;
  std::vector<std::string> relays = {};  // of the room now: those of earlier are known
  // Only that of this person.
  std::optional<crypto::Ed25519PublicKey> peer = std::nullopt;
};

// `listener` must outlive the call.  The store's errors; a relay that is not reached is left
// out, and so is what it may have until the next time.
Async<void> fetch_mail(StoreThread& store, OpenDesk open_desk, MailboxesOf what,
                       MailListener& listener);

}  // namespace sotto::node
