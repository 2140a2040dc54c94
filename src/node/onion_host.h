// One onion service of ours: published, found reachable by connecting to itself through Tor,
// probed again now and then, published anew when it does not answer.
//
//   publishing --UPLOADED--> probing --answered--> reachable --probe fails--> publishing
//        ^                      |                      |
//        +--- nobody answers ---+      tor lost: -> publishing, once it is back
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/async.h"
#include "base/time.h"
#include "crypto/keys.h"
#include "tor/onion_command.h"

namespace sotto::node {

struct OnionStatus {
  std::string address;  // with ".onion"
  std::uint16_t port = 0;
  bool uploaded = false;   // a descriptor, since it was last published
  bool reachable = false;  // the last probe was answered
  std::optional<WallTime> last_probe;
  std::optional<Error> trouble;  // why the last probe was not answered
  bool proof_of_work = false;
  std::size_t clients = 0;  // with a key, ours for probing left out
  static void fields(auto& self, auto&& field) {
    field("address", self.address);
    field("port", self.port);
    field("uploaded", self.uploaded);
    field("reachable", self.reachable);
    field("last_probe", self.last_probe);
    field("trouble", self.trouble);
    field("proof_of_work", self.proof_of_work);
    field("clients", self.clients);
  }
};

class OnionHost {
 public:
  struct Parameters {
    crypto::Ed25519KeyPair key;
    std::uint16_t port = 0;  // virtual
    std::variant<tor::LoopbackPort, tor::SocketPath> target;
    // Who may read the descriptor; nothing: everybody.  An empty list: nobody but ourselves.
    std::optional<std::vector<crypto::X25519PublicKey>> clients;
    bool proof_of_work = true;  // where tor has it
    milliseconds probe_every{180'000};
    // Called on each change of status.
    std::function<void(const OnionStatus&)> on_change;
  };

  virtual ~OnionHost() = default;

  // Ends once a connection to itself through Tor was answered.  At `deadline` tor's
  // not_published, with the reason.
  virtual Async<void> reachable(SteadyTime deadline) = 0;

  // From now on these; the service is taken down and put up again, connections stay.  Ends
  // when tor has the new list: a descriptor without the others follows within seconds.  Kept
  // for later while there is no tor.
  virtual Async<void> set_clients(std::vector<crypto::X25519PublicKey> clients) = 0;

  virtual OnionStatus status() const = 0;

  // Takes it down.  Idempotent.
  virtual Async<void> close() = 0;
};

}  // namespace sotto::node
