// Which tor a profile uses (docs/tor.md): the one that was named; else the system's, where it
// lets us in; else one of our own.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>

#include "base/entropy.h"
#include "node/tor_manager.h"
#include "node/tor_session.h"

namespace sotto::node {

// --tor-control: "HOST:PORT" with a literal address of this machine, or an absolute path, with
// or without "unix:" before it.  tor's control_argument.
Result<net::TorEndpoint> parse_tor_control(std::string_view text);

// Connects to the one that `settings` ask for, or starts it.  What stands in the way of using
// the system's is logged.  `kept`: to one of these only, because services and sessions are on
// it.  `directory` is for our own; `settings`, `entropy` and `timing` must
// outlive the call.
//
// tor's program_missing, program_failed (also: too old), torrc_*; control_refused when it has
// no SOCKS port that we can reach; those of net::TorControl::open.
Async<std::shared_ptr<TorSession>> open_tor(boost::asio::any_io_executor executor,
                                            std::filesystem::path directory,
                                            const TorSettings& settings,
                                            std::optional<TorSession::Whose> kept,
                                            Entropy& entropy, const TorTiming& timing);

// The first of those that GETINFO net/listeners/socks lists which is on this machine and which
// this user may use: socket files before ports.
std::optional<net::TorEndpoint> choose_socks(std::string_view listeners);

}  // namespace sotto::node
