// Lines from standard input, without blocking the loop.
//
// A thread of its own reads: standard input may be a terminal, a pipe or a plain file, and
// making it non-blocking would do the same to the shell that shares it.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

namespace sotto::net {

class LineInput {
 public:
  // Calls `on_line` on `executor` with each line without its end, and with nothing once at the
  // end of input.  A line longer than `limit` bytes arrives cut to limit + 1 bytes.  At most 64
  // lines are handed out before taken() is called for them.
  LineInput(boost::asio::any_io_executor executor, std::size_t limit,
            std::function<void(std::optional<std::string>)> on_line);
  ~LineInput();  // no call comes after this

  // The consumer is done with one line.
  void taken();

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
  std::thread thread_;
};

}  // namespace sotto::net
