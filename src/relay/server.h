// The relay as a whole: its ports, its threads, and what becomes of it (docs/relay.md).
//
// One io_context a thread.  A connection lives on the context that it was dealt, so those of
// one splice may be on two; all else that they share is in house.h.  Signals, the service
// manager and the sandbox are node/relay_server.cpp's.
#pragma once
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/entropy.h"
#include "relay/journal.h"
#include "relay/limits.h"
#include "tls/context.h"

namespace sotto::relay {

struct Endpoint {
  std::string address;  // an IP literal without brackets
  std::uint16_t port = 0;
};
std::string to_string(const Endpoint& endpoint);  // "127.0.0.1:443", "[::1]:443"

struct ServerOptions {
  std::vector<Endpoint> listen;
  std::filesystem::path certificate;  // PEM
  std::filesystem::path key;
  std::filesystem::path store;
  std::optional<std::filesystem::path> tokens;
  std::optional<Endpoint> admin;  // a loopback address (asserted)
  Limits limits;
  unsigned threads = 0;  // 0: one a core
  bool log_addresses = false;
};

class Server {
 public:
  // Opens the store, reads certificate and tokens, and takes the ports; starts no thread but
  // the store's.  tls's certificate, key; relay.tokens; store's; transport's port_taken,
  // bind.
  static Result<std::unique_ptr<Server>> open(ServerOptions options, Entropy& entropy,
                                              Journal::Sink sink);
  // stop()s.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  void start();

  std::vector<std::string> listening() const;  // "127.0.0.1:8443", with the port that was taken
  std::optional<std::string> admin() const;
  tls::SpkiHash spki() const;

  // Reads certificate and tokens again, for connections that come from now on; with an error
  // everything stays as it was.  To be called by one thread at a time.
  Result<void> reload();

  // Takes no more connections, tells all but those that are spliced to go, and calls `done` on
  // a thread of its own choice once nothing is left, or after limits.drain.
  void drain(std::function<void()> done);

  // Ends everything at once; nothing that was acknowledged is lost.  Idempotent.
  void stop();

  struct State;

 private:
  explicit Server(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace sotto::relay
