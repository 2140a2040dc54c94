#include "transport/read_exactly.h"

#include "transport/errors.h"

namespace sotto::transport {

Async<void> read_exactly(ByteStream& stream, MutableBytes out) {
  while (!out.empty()) {
    const auto n = co_await stream.read_some(out);
    if (!n) co_return std::unexpected(n.error());
    if (*n == 0) co_return fail(Errc::lost, "The other side closed the connection.");
    out = out.subspan(*n);
  }
  co_return Result<void>();
}

}  // namespace sotto::transport
