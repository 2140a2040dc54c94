// Holds the slot of a room on relays, on two of them at once, and lets in who comes there.
//
// Each of its places takes the first relay of the list that no other place has and that has not
// just failed:
//
//   +--> resting --its turn--> asking --RelayDone--> held --RelayIncoming--> taking: Accepted
//   |   (back-off)               |                    |
//   +---------- refused, lost ---+--------------------+
//
// One connection of a member is one spliced pair: a second connection to the relay, which takes
// what the first was told of.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "node/relay_connection.h"
#include "transport/listener.h"

namespace sotto::node {

// How it stands with one relay of a room.
struct RelayStatus {
  std::string address;  // HOST:PORT
  bool held = false;    // it holds the slot for us
  std::optional<WallTime> since;
  std::optional<milliseconds> latency;  // of the request for the slot
  std::optional<Error> trouble;         // what went wrong last; nothing once it is held
  static void fields(auto& self, auto&& field) {
    field("address", self.address);
    field("held", self.held);
    field("since", self.since);
    field("latency_ms", self.latency);
    field("trouble", self.trouble);
  }
};

class RelayListener final : public transport::Listener {
 public:
  struct Relay {
    RelayPlace place;
    crypto::Ed25519KeyPair slot;
  };
  using OnChange = std::function<void(const RelayStatus&)>;
  struct Parameters {
    std::vector<Relay> relays;  // the preferred ones first; not empty
    std::size_t places = 2;     // slots to be held at once
    milliseconds first_retry{500};
    milliseconds longest_retry{60'000};
    milliseconds steady{30'000};   // held for so long, the next failure is a first one again
    milliseconds telling{60'000};  // of one relay's losses, no more than one in so long
    // Called when a relay holds the slot, when it does so no more, and, until the first holds
    // it, when one cannot be used; of one that comes and goes, once in a while.
    OnChange on_change = nullptr;
  };

  // Begins at once.
  RelayListener(boost::asio::any_io_executor executor, Parameters parameters);
  ~RelayListener() override;

  // Ends once a slot is held; a moment later, if another may come to be as well.
  // RelayErrc::none, with the reason of each, once all have failed and none is held; then it
  // goes on trying all the same.
  Async<void> held();
  void set_on_change(OnChange on_change);

  // In the order of the list.
  std::vector<RelayStatus> status() const;

  Async<transport::Accepted> accept() override;  // `peer`: the relay
  void close() noexcept override;

 private:
  class Keeper;
  std::shared_ptr<Keeper> keeper_;
};

}  // namespace sotto::node
