// Keeps the records of an open room where they are found (docs/protocol.md section 6): one for
// each bearer of a secret, in each directory of the room.
//
//   keep():      who is to find the room, and where it is -> records in the store -> Postings
//   serve(n):    Postings -> one errand after the other for directory n
//
// Nothing that fails here is fatal to the room: it is told once, and tried again.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "net/asio_timer.h"
#include "node/directories.h"
#include "node/events.h"
#include "node/runtime.h"
#include "rendezvous/postings.h"
#include "rendezvous/publishing.h"
#include "room/publishing.h"

namespace sotto::node {

// Shared by its coroutines; the room that has made it calls close() before it goes.
class Publisher : public std::enable_shared_from_this<Publisher> {
 public:
  struct Parameters {
    RoomId room;
    std::vector<SharedDirectory> directories;       // one at least
    std::function<rendezvous::Whereabouts()> ways;  // of this moment
    std::function<void(const NoticeEvent& notice)> tell;
    milliseconds first_pause{5'000};  // after the first failure; longer after each that follows
  };
  Publisher(Runtime& runtime, Parameters parameters);

  void start();

  // Invites, members or the ways here may have changed.
  void refresh();

  // From now on nothing of the room is to be found; ends once every directory knows, or at
  // `deadline`.
  Async<void> withdraw_all(SteadyTime deadline);

  // What was published stays, until it expires.
  void close();

 private:
  // One directory, and what is known of how it is.
  struct Place {
    Place(const boost::asio::any_io_executor& executor, SharedDirectory its_directory)
        : directory(std::move(its_directory)), timer(executor) {}
    SharedDirectory directory;
    net::AsioTimer timer;  // woken: there may be something to do
    int failures = 0;      // in a row
    milliseconds pause{};  // until what has failed is tried again; zero: nothing has
    SteadyTime due{};      // of what has failed, however often it is woken before
  };
  using Self = std::shared_ptr<Publisher>;

  static boost::asio::awaitable<void> keep(Self self);
  static boost::asio::awaitable<void> serve(Self self, std::size_t number);
  bool is_due(WallTime now) const;
  boost::asio::awaitable<void> rest(SteadyTime until);
  Async<void> update();
  Async<void> withdraw_former();
  Async<void> post(std::vector<room::Bearer> bearers, const rendezvous::Whereabouts& ways);
  Async<void> carry_out(rendezvous::Directory& directory, rendezvous::Errand errand);
  void forget_gone();
  void complain(Place& place, const Error& why);
  void wake_all();

  Runtime& runtime_;
  Parameters parameters_;
  rendezvous::Postings postings_;
  std::vector<std::unique_ptr<Place>> places_;
  net::AsioTimer changed_;        // woken: refresh()
  bool asked_ = true;             // for an update
  bool looked_back_ = false;      // what former bearers had is known
  rendezvous::Whereabouts ways_;  // as of the last update
  WallTime renewal_;              // when records must be issued anew
  milliseconds lateness_;         // so long after that, each process its own
  bool withdrawing_ = false;
  bool closed_ = false;
};

}  // namespace sotto::node
