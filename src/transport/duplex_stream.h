// A stream whose two directions end one after the other, as those of a socket do.
//
// Forwards need it on their way to local programs: half of the protocols out there end a
// request by ending the direction it went.  A route between two sottos needs it not, and most
// could not do it (decisions/030).
#pragma once
#include "transport/byte_stream.h"

namespace sotto::transport {

class DuplexStream : public ByteStream {
 public:
  // After the last write_all() has ended: the other side reads an orderly end.  Reading goes
  // on.
  virtual void end_writing() noexcept = 0;

  // As close(), but the other side learns that it was no orderly end.
  virtual void reset() noexcept = 0;
};

}  // namespace sotto::transport
