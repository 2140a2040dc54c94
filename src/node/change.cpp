#include "node/change.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace sotto::node {

namespace asio = boost::asio;

asio::awaitable<void> Change::until(SteadyTime deadline) {
  // Leaves the list however the wait ends.
  struct Place {
    std::list<asio::steady_timer>& waiting;
    std::list<asio::steady_timer>::iterator timer;
    ~Place() { waiting.erase(timer); }
  };
  const Place place{waiting_, waiting_.emplace(waiting_.end(), executor_, deadline)};
  co_await place.timer->async_wait(asio::as_tuple(asio::use_awaitable));
}

void Change::notify() {
  for (asio::steady_timer& timer : waiting_) timer.cancel();
}

}  // namespace sotto::node
