// The client's side of entering an open room: where it is, its password, and whether the host
// that answers is the right one.  The network is the owner's (open_visit.h), the questions are
// the person's or the flags' to answer.
#pragma once
#include <string>

#include "node/access.h"
#include "node/commands.h"
#include "node/requests.h"

namespace sotto::node {

// An open room by its id, listed on this machine or not, or by its address; nothing for a word
// that is neither.  bad_address, tor's errors of onion addresses, registry.
Result<std::optional<OpenRequest>> open_target(const std::string& word);

// Fills in what is missing of `open`: it looks at the host's card, again until `timeout` while
// nobody answers, and has it confirmed.
//
// Errors: declined, fingerprint; unknown_target for a room id that nothing leads to;
// peek_open_room()'s; those of the answers; interrupted, terminated.
Result<void> settle_open_target(Access& access, OpenRequest& open, const TorRequest& tor,
                                const OpenAnswers& answers,
                                const std::optional<std::string>& expected_fingerprint,
                                milliseconds timeout, EventSink& sink);

}  // namespace sotto::node
