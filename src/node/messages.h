// Messages in and out of the store for the commands that send and show them: each function runs
// on the store's thread.
#pragma once
#include <string>
#include <vector>

#include "node/commands.h"
#include "node/mail_marks.h"
#include "node/requests.h"
#include "room/delivery.h"

namespace sotto::node {

class Joiner;

// To the microsecond.
double to_ms(std::chrono::nanoseconds duration);

// too_large, not_text.
Result<void> check_text(const std::string& text);

// Signs and queues every text of `request` in the room.  room::compose()'s errors; too_large,
// not_text.
Result<std::vector<room::Composed>> compose_all(Profile& profile, const RoomId& room,
                                                const SendRequest& request);

// What became of messages that are not known to have arrived.
struct Leftover {
  bool stays = false;          // one waits in the outbox
  bool may_have_left = false;  // one that is waited for no more, and may arrive yet
};
// Takes messages out of the outbox again that this call has put there, unless `keep`.  Those
// that never left are forgotten; those that may have arrived stay in the history: over a link
// (`was_linked`), or on a relay.
Result<Leftover> take_back(store::Database& database,
                           const std::vector<room::Composed>& messages, const RoomId& room,
                           const crypto::Ed25519PublicKey& host, bool keep, bool was_linked,
                           const MailMarks& marks);

// What was committed in `room` but may not have been shown, oldest first, with its seq.
Result<std::vector<std::pair<std::int64_t, MessageEvent>>> missed_messages(
    store::Database& database, const RoomId& room, const std::string& name);

// The answer to a send whose messages have come as far as `stage`.
Sent sent_so_far(const std::vector<room::Composed>& messages, WaitFor stage);

// What took how long: the link, if this send waited for it; from then until the messages were
// delivered; from then until they were read.
void add_phases(Sent& sent, const Joiner& joiner, bool was_linked, SteadyTime started,
                std::optional<SteadyTime> delivered, std::optional<SteadyTime> read);

}  // namespace sotto::node
