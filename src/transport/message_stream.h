// A reliable, ordered stream of whole binary messages in both directions: a WebSocket, or memory
// in tests.  See docs/architecture.md, "One stream type": a link runs over a ByteStream, which a
// relay makes of a MessageStream once it has spliced it.
#pragma once
#include "base/async.h"
#include "base/bytes.h"

namespace sotto::transport {

class MessageStream {
 public:
  virtual ~MessageStream() = default;

  // The next message, at most as long as whoever made the stream said.  At most one read may be
  // pending.  Errc::closed once either side has closed it.
  virtual Async<Bytes> read_message() = 0;

  // Completes once the layer below has taken every byte of `message`, which must outlive the
  // call.  At most one write may be pending.
  virtual Async<void> write_message(ByteView message) = 0;

  // Completes pending calls with Errc::closed.  Idempotent.
  virtual void close() noexcept = 0;
};

}  // namespace sotto::transport
