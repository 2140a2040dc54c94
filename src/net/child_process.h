// A command of the person's, run by /bin/sh: text on its standard input, its exit code when it
// has ended.
//
// It gets no descriptor of ours but the streams (its output goes to our standard error, which
// is no data), a process group of its own, and default signals.  It is watched through a pidfd,
// so nobody else's child is ever waited for.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/time.h"

namespace sotto::net {

class ChildProcess : public std::enable_shared_from_this<ChildProcess> {
 public:
  // `exit_code`: 0 to 255, or 128 + the signal that has ended it.
  using OnEnd = std::function<void(int exit_code)>;

  // Runs `command` with `variables` ("NAME=value") added to our environment; `on_end` is called
  // once, on `executor`, unless the object goes before.  transport's closed when it cannot be
  // started; the text says why.
  static Result<std::shared_ptr<ChildProcess>> start(
      const boost::asio::any_io_executor& executor, const std::string& command,
      const std::vector<std::string>& variables, std::string input, OnEnd on_end);
  ~ChildProcess();  // kills what still runs

  // Asks it, and what it has started, to go.
  void terminate() const;
  // Blocks until it has ended and insists at `limit`; its exit code.  `on_end` is not called.
  int finish(SteadyTime limit);

 private:
  struct Handles;
  explicit ChildProcess(std::unique_ptr<Handles> handles);
  void feed();
  void watch();
  void reap();

  std::unique_ptr<Handles> handles_;
};

}  // namespace sotto::net
