// The tor that a profile uses: the system's where that may be used, else one of its own
// (docs/tor.md).  Starts it when it is first needed, follows its bootstrap, brings it back
// whatever happens to it, and has every onion service published again then.
//
//            needed              authenticated             100 %
//   idle ------------> starting ---------------> bootstrapping ------> ready
//                         ^                          |                  |
//                         |  back-off                v                  v
//                         +---------------------- lost <----------------+
//
// All on the loop; one object a profile's owner.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/async.h"
#include "base/entropy.h"
#include "base/time.h"
#include "crypto/keys.h"
#include "net/tor_control.h"
#include "node/onion_host.h"
#include "node/tor_timing.h"
#include "tor/bridge.h"
#include "tor/event.h"
#include "tor/socks.h"
#include "transport/byte_stream.h"

namespace sotto::node {

class TorKeeper;

// Which tor, and how it is configured.
struct TorSettings {
  // --tor-control: "HOST:PORT" with a literal loopback address, or a path; nothing: the
  // system's, where it lets us in, unless there are lines for one of our own.
  std::optional<std::string> control;
  bool own = false;  // never the system's
  // Where the system's is looked for: as `control`, in this order.
  std::vector<std::string> system{"/run/tor/control", "127.0.0.1:9051"};
  std::vector<std::string> extra;    // checked lines of --torrc-include (tor/torrc.h)
  std::vector<tor::Bridge> bridges;  // from the configuration
  std::vector<tor::TransportPlugin> plugins;
  std::string program = "tor";
  friend bool operator==(const TorSettings& a, const TorSettings& b);
};

// Hears what becomes of tor while it is subscribed.
class TorObserver {
 public:
  virtual ~TorObserver() = default;
  virtual void on_bootstrap(const tor::Bootstrap& at) = 0;  // also when it is stuck, and why
  virtual void on_tor_lost(const Error& why) = 0;           // it is being brought back
  virtual void on_tor_back() = 0;
  virtual void on_tor_notice(const Error& what) = 0;  // the clock is off; no PoW; ...
};

struct TorStatus {
  std::string state;    // "idle", "starting", "bootstrapping", "ready", "lost"
  std::string version;  // empty while it is not known
  std::string whose;    // "own", "system", "given"
  std::string control;  // the socket or port
  int bootstrap = 0;    // percent
  std::string summary;  // tor's word for where it is
  std::optional<Error> trouble;
  std::size_t circuits = 0;  // built, of any purpose
  int restarts = 0;          // times that it was brought back
  static void fields(auto& self, auto&& field) {
    field("state", self.state);
    field("version", self.version);
    field("whose", self.whose);
    field("control", self.control);
    field("bootstrap", self.bootstrap);
    field("summary", self.summary);
    field("trouble", self.trouble);
    field("circuits", self.circuits);
    field("restarts", self.restarts);
  }
};

// Where an onion service is, and what it takes to get in.
struct OnionTarget {
  tor::OnionAddress address;
  std::uint16_t port = 0;
  std::optional<crypto::X25519SecretKey> key;  // of the client authorization
  OnionTarget copy() const;
};

class TorManager {
 public:
  // `directory` (made when needed, 0700) is this profile's alone: tor's data, sockets, log.
  // `entropy` must outlive it.
  TorManager(boost::asio::any_io_executor executor, std::filesystem::path directory,
             Entropy& entropy, const TorTiming& timing = {});
  ~TorManager();  // stop() first; else its tor is killed

  // The settings for the next start; while tor runs on others: tor's running_otherwise.
  Result<void> configure(TorSettings settings);

  // Starts it unless it runs, and ends when it is bootstrapped.  Any number may wait.  At
  // `deadline` tor's not_bootstrapped, with tor's own reason; before that, what waiting cannot
  // cure: tor's program_missing, torrc_*, control_auth of a given tor.
  Async<void> ready(SteadyTime deadline);

  // The service stays published, whatever becomes of tor, until it is closed; see
  // OnionHost::reachable().  Needs no ready().
  std::shared_ptr<OnionHost> publish(OnionHost::Parameters parameters);

  // Connects to a service, trying again with jitter where that helps (tor::worth_retrying)
  // until `deadline`.  Starts tor if needed.  Errors of ready(), tor's of socks.h.
  Async<std::unique_ptr<transport::ByteStream>> dial(OnionTarget target,
                                                     tor::Isolation isolation,
                                                     SteadyTime deadline);

  // Its SOCKS port, for what is no onion service of a room.  Starts tor if needed: errors of
  // ready().
  Async<net::TorEndpoint> socks(SteadyTime deadline);

  // The target of a service's port for tor: a socket file that only this tor reaches, or a
  // port of 127.0.0.1 when tor is another user's.  Known once ready() has ended well.
  bool reaches_our_sockets() const;
  const std::filesystem::path& directory() const { return directory_; }

  // Expired once it has gone.
  std::weak_ptr<const bool> alive() const { return alive_; }
  void subscribe(TorObserver& observer);
  void unsubscribe(TorObserver& observer);
  TorStatus status() const;

  // Ends what it has started and waits until it has gone, 10 s at most.  Services are gone
  // with it.
  Async<void> stop();

 private:
  std::filesystem::path directory_;
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
  std::shared_ptr<TorKeeper> keeper_;
};

}  // namespace sotto::node
