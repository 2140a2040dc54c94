// A connected socket whose bytes libevent moves, on a thread of its own.
//
// Bytes out may be handed over at any time; bytes in and the end come on the executor, through
// asio::post alone.  What is sent is wiped once the kernel has it.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>

#include "base/error.h"
#include "base/secret.h"

namespace sotto::net {

class EventSocket {
 public:
  // Either may destroy the EventSocket.
  struct Handlers {
    std::function<void(ByteView)> on_bytes;
    // Once, behind the last bytes: the other side has closed, or the connection broke.
    std::function<void()> on_end;
  };

  // Takes `descriptor`, a connected stream socket.  Reads no further than 256 KiB ahead of
  // on_bytes.  transport's closed when there are no resources for it.
  static Result<std::unique_ptr<EventSocket>> start(
      const boost::asio::any_io_executor& executor, int descriptor, Handlers handlers);
  ~EventSocket();  // closes at once and joins the thread; nothing is called after

  // Queues `bytes`.
  void send(Secret bytes);

 private:
  struct Loop;
  explicit EventSocket(std::shared_ptr<Loop> loop);
  std::shared_ptr<Loop> loop_;
};

}  // namespace sotto::net
