// Looks for where the host of a joined room is now (docs/protocol.md section 6), for as long as
// there is no link to it: in this machine's records and folders often, with what others see of
// it seldom.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "net/asio_timer.h"
#include "node/directories.h"
#include "node/runtime.h"
#include "rendezvous/search.h"

namespace sotto::node {

// Shared by its coroutines; whoever has made it calls close() before it goes.
class Finder : public std::enable_shared_from_this<Finder> {
 public:
  struct Parameters {
    RoomId room;
    // Where to look now; the same directory has the same name each time.
    std::function<std::vector<SharedDirectory>()> directories;
    // The ways to the room are these from now on, and stored (wire/connection_file.h).
    std::function<void(Secret reach)> moved;
    // What a directory has may not be believed, or it cannot be used; each once an absence.
    std::function<void(const Error& why)> notice;
  };
  Finder(Runtime& runtime, Parameters parameters);

  void seek();   // the host is not reached; no harm when that is known
  void rest();   // it is
  void close();  // nobody wants to know any more

 private:
  // A directory, and when it may be asked again.
  struct Place {
    SteadyTime due{};
    milliseconds pause{};
    bool busy = false;
  };
  using Self = std::shared_ptr<Finder>;

  static boost::asio::awaitable<void> run(Self self);
  static boost::asio::awaitable<void> ask(Self self, SharedDirectory directory);
  Async<bool> look_in(rendezvous::Directory& directory);
  Async<bool> follow(wire::RendezvousRecord record);
  void tell(const rendezvous::Directory& directory, const Error& why);

  Runtime& runtime_;
  Parameters parameters_;
  std::map<std::string, Place> places_;
  std::set<std::string> told_;  // in this absence
  net::AsioTimer timer_;        // woken: something has changed
  bool running_ = false;
  bool seeking_ = false;
  bool closed_ = false;
};

}  // namespace sotto::node
