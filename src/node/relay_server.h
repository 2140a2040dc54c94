// `sotto relay`: a relay that runs until a signal ends it, in plain terms (docs/relay.md).
//
// It needs no profile.  SIGHUP reads certificate and tokens again; the first SIGTERM or SIGINT
// lets splices go on for `drain` and tells all others to go, the second ends at once.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "base/time.h"
#include "node/sandbox.h"

namespace sotto::node {

struct RelayPort {
  std::string address;  // an IP literal without brackets
  std::uint16_t port = 0;
  friend bool operator==(const RelayPort&, const RelayPort&) = default;
};

// What is not given is as relay/limits.h has it.
struct RelayLimits {
  std::optional<std::uint64_t> connections = std::nullopt;
  std::optional<std::uint64_t> connections_a_block = std::nullopt;
  std::optional<std::uint64_t> requests_a_block = std::nullopt;  // a second
  std::optional<std::uint64_t> bytes_a_block = std::nullopt;     // a second
  std::optional<std::uint64_t> bytes_a_slot = std::nullopt;      // a second
  std::optional<std::uint64_t> memory = std::nullopt;            // bytes
  std::optional<std::uint64_t> stored = std::nullopt;            // bytes
  std::optional<std::uint64_t> a_mailbox = std::nullopt;         // bytes
  std::optional<milliseconds> drain = std::nullopt;
};

struct RelayServerOptions {
  std::vector<RelayPort> listen;
  // PEM files; without them a certificate of its own in `store`, which is made where there is
  // none.
  std::optional<std::pair<std::filesystem::path, std::filesystem::path>> certificate_and_key;
  std::filesystem::path store;
  std::optional<std::filesystem::path> tokens;
  std::optional<RelayPort> admin;  // a loopback address
  RelayLimits limits;
  unsigned threads = 0;  // 0: one a core
  bool log_addresses = false;
  SandboxLevel sandbox = SandboxLevel::on;
};

struct RelayReady {
  std::vector<std::string> listen;   // "127.0.0.1:8443"
  std::optional<std::string> admin;  // the same
  std::string url;  // empty: it listens on all addresses, so nobody knows its name here
  std::string pin;
  bool is_first_start = false;  // the certificate was made a moment ago
  bool tokens = false;          // are wanted
};

struct RelayNotice {
  LogLevel level = LogLevel::info;
  std::string code;
  std::string text;
  std::vector<std::pair<std::string, std::string>> fields;
};

// Called by any thread, one at a time.
struct RelaySink {
  std::function<void(const RelayReady&)> ready;
  std::function<void(const RelayNotice&)> notice;
};

// Ends with what ended it: node's interrupted, terminated; tls's certificate, key; store's;
// relay.tokens; transport's port_taken, bind.
Result<void> run_relay(const RelayServerOptions& options, const RelaySink& sink);

// What the command line needs to know of addresses.
bool is_ip_address(const std::string& text);
bool is_loopback(const std::string& ip_address);
bool is_host_name(const std::string& text);  // or an IP address

struct RelayUrlOptions {
  RelayPort listen;
  std::filesystem::path store;
  std::optional<std::filesystem::path> certificate;  // as RelayServerOptions has it
  std::optional<std::string> host;                   // what clients know this machine by
};
// "wss://HOST:PORT/#pin=...": before, during and after the first run.  Makes the certificate
// where there is none.  Nothing: no host is given, and the relay listens on all addresses.
Result<std::optional<std::string>> relay_url(const RelayUrlOptions& options);

}  // namespace sotto::node
