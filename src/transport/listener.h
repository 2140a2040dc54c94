// Where streams come in: a TCP port, a socket file that tor connects to, memory in tests.
#pragma once
#include <memory>
#include <string>

#include "transport/byte_stream.h"

namespace sotto::transport {

struct Accepted {
  std::unique_ptr<ByteStream> stream;
  std::string peer;  // the address of the other side as a person reads it; empty: not known
};

class Listener {
 public:
  virtual ~Listener() = default;

  // The next connection.  Waits out a lack of file descriptors.  Errc::closed after close().
  // At most one may be pending.
  virtual Async<Accepted> accept() = 0;

  // No connection comes in any more.  Idempotent.
  virtual void close() noexcept = 0;
};

}  // namespace sotto::transport
