// `sotto verify --live`: two people compare while both are here.
#pragma once
#include <functional>
#include <string>

#include "node/access.h"
#include "node/live_requests.h"
#include "node/people.h"

namespace sotto::node {

struct LiveOptions {
  std::string who;                // a contact by name or fingerprint
  milliseconds timeout{120'000};  // for each of the two waits for the other person
};

// Shows the person what both should see and asks whether it is the same.  An error is a no, and
// is what the command ends with; the other side hears of it.  May be called on another thread,
// so that the connection lives on while the person looks.
using AskPerson = std::function<Result<void>(const LiveReply& shown)>;

// Through the owner, or over a connection of its own where the contact hosts a room that was
// joined.  verification.*, contact.unknown, and what `ask` says.
Result<ContactInfo> verify_live(Access& access, const LiveOptions& options,
                                const AskPerson& ask);

}  // namespace sotto::node
