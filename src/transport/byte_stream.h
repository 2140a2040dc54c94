// A reliable, ordered, two-way stream of bytes to one peer: all that a link knows of a route.
//
// TCP, SOCKS5, WebSocket, punched UDP and memory each implement it; nothing above this header
// names a socket or an event loop (but asio::awaitable).  The bytes are not authenticated: a
// session::Link makes sense of them.  See docs/architecture.md, "One stream type".
#pragma once
#include "base/async.h"
#include "base/bytes.h"

namespace sotto::transport {

class ByteStream {
 public:
  virtual ~ByteStream() = default;

  // Fills a prefix of `out` (not empty) and yields its length; 0 is an orderly end.  At most
  // one read may be pending; `out` must outlive it.  Errc::closed after close(), Errc::lost
  // when the route failed.
  virtual Async<std::size_t> read_some(MutableBytes out) = 0;

  // Ends once the layer below has taken every byte.  At most one write may be pending; `data`
  // must outlive it.  Errors as read_some's.
  virtual Async<void> write_all(ByteView data) = 0;

  // Ends pending calls with Errc::closed.  Idempotent.
  virtual void close() noexcept = 0;
};

}  // namespace sotto::transport
