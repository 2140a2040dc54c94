// Two WebSockets made into one pair: what comes from one goes to the other, in both directions.
//
// Bytes are read from a side when the other has taken those before: who reads slowly is sent
// slowly, and 64 KiB a direction are held at most, none while nothing comes.  When one side
// ends, the other is closed with CloseCode::normal.  The two may live on different executors:
// each is touched on its own alone.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <memory>

#include "base/time.h"
#include "relay/web_socket.h"

namespace sotto::relay {

// Told of bytes that have come from one side, on that side's executor; says how long to wait
// before more of that side's are read.
using Meter = std::function<milliseconds(std::size_t bytes)>;

struct SpliceEnd {
  std::shared_ptr<WebSocket> socket;
  Meter meter;  // none: without limit
};

struct Spliced {
  std::uint64_t from_one = 0;  // bytes that the other side was sent
  std::uint64_t from_two = 0;
};

// Runs until both have ended; on the executor of `one`.
boost::asio::awaitable<Spliced> splice(SpliceEnd one, SpliceEnd two);

}  // namespace sotto::relay
