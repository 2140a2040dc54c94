// Brings what waits in the outbox to the hosts of joined rooms as soon as they can be reached
// again, for as long as somebody is attached to the owner.
//
//   nothing waits -> waiting -> trying -> delivered
//                      ^          |
//                      +----------+ not reached: a longer pause, from seconds to minutes
//
// A room that is open looks after its outbox itself; one that this profile hosts waits for its
// members to come.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <map>
#include <optional>

#include "base/async.h"
#include "base/fixed_bytes.h"
#include "net/asio_timer.h"

namespace sotto::node {

class Agent;

class Courier {
 public:
  // `agent` must outlive it.
  explicit Courier(Agent& agent);

  // From now on it tries by itself.
  void start();
  // Something may have changed: a message was queued, a room has closed, somebody has come.
  void wake() { timer_.wake(); }

  // One attempt at once; ends when nothing waits in that room any more, the attempt has failed,
  // or at `deadline`.
  Async<void> deliver(RoomId room, SteadyTime deadline);

  struct Tries {
    int count = 0;
    std::optional<Error> last;
    milliseconds pause{};
    SteadyTime due;
    bool under_way = false;
  };
  const Tries* tries(const RoomId& room) const;

 private:
  boost::asio::awaitable<void> run();
  Async<SteadyTime> round();
  Async<void> give_up_the_old();
  boost::asio::awaitable<void> attempt(RoomId room);

  Agent& agent_;
  net::AsioTimer timer_;
  std::map<RoomId, Tries> tries_;
  std::optional<SteadyTime> looked_for_old_;
};

}  // namespace sotto::node
