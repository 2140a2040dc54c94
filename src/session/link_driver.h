// Runs a link over a stream until it ends: reads and writes at once, keeps the timers.
#pragma once
#include <functional>

#include "session/link.h"
#include "session/session.h"
#include "transport/byte_stream.h"
#include "transport/timer.h"

namespace sotto::session {

// Carries `session` over `stream`, on which `link` was made and session.attach() called with
// `link_no`.  `on_events` is called after each batch of frames: session.next_event() may have
// some.  Once the session has moved to a newer link, this one says goodbye and ends.
//
// Ends with success after our own goodbye (Link::say_goodbye and Timer::wake) and a moment for
// the peer to hear it, else with why: left, link_lost, protocol; the stream is closed then. All
// references must outlive it.
Async<void> run_link(transport::ByteStream& stream, Link& link, Session& session,
                     std::uint64_t link_no, transport::Timer& timer,
                     std::function<void()> on_events);

// Writes what the link has to say without a session (a Refused and its goodbye) and closes.
Async<void> finish_link(transport::ByteStream& stream, Link& link, transport::Timer& timer);

}  // namespace sotto::session
