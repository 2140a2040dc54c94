// Reads a whole structure from a stream.
#pragma once
#include "transport/byte_stream.h"

namespace sotto::transport {

// Fills all of `out`.  Errc::lost when the stream ends before.
Async<void> read_exactly(ByteStream& stream, MutableBytes out);

}  // namespace sotto::transport
