// A control connection to a running tor (control-spec), authenticated.
//
// libevent moves the bytes on a thread of its own; what they mean is tor/conversation.h's and
// happens on the executor, where all calls and callbacks are.  The first thing that goes wrong
// (silence, a malformed reply, tor hanging up) ends the connection: every command under way
// gets that error, then `on_closed` is called, once.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <variant>

#include "base/async.h"
#include "base/entropy.h"
#include "tor/conversation.h"
#include "tor/event.h"
#include "tor/protocol_info.h"

namespace sotto::net {

// Of a control or SOCKS port: a socket file, or a port of this machine.
struct TorPort {
  std::string host;  // a literal loopback address
  std::uint16_t port = 0;
  friend bool operator==(const TorPort&, const TorPort&) = default;
};
using TorEndpoint = std::variant<std::filesystem::path, TorPort>;
std::string to_string(const TorEndpoint& endpoint);

class TorControl {
 public:
  using OnEvent = std::function<void(const tor::Event&)>;
  using OnClosed = std::function<void(const Error&)>;

  // Connects and authenticates.  `password`: for a tor that wants one, else empty.  `entropy`
  // must outlive it.  transport's unreachable and timeout (no connection); tor's
  // control_timeout and the other errors of ask(); those of tor::Authentication.
  static Async<std::shared_ptr<TorControl>> open(boost::asio::any_io_executor executor,
                                                 TorEndpoint endpoint, Secret password,
                                                 Entropy& entropy, SteadyTime deadline);
  virtual ~TorControl() = default;  // closes; nothing is called after

  // Set both before the first ask(): events come once SETEVENTS was asked.
  virtual void set_handlers(OnEvent on_event, OnClosed on_closed) = 0;

  // Sends a command at once, awaited or not, and yields tor's reply, whatever its status.  Any
  // number may be under way.  transport's closed after close() or when this was destroyed.
  // The error that ended the connection; tor's control_timeout after `limit`, which ends it.
  virtual Async<tor::Reply> ask(tor::Command command, milliseconds limit) = 0;

  virtual const tor::ProtocolInfo& info() const = 0;

  // `on_closed` is not called.  Idempotent.
  virtual void close() noexcept = 0;
};

}  // namespace sotto::net
