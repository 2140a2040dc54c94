// A tor of our own, as a process: started on a torrc, watched, stopped.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <sys/types.h>

#include "base/async.h"
#include "base/time.h"

namespace sotto::net {

// The program of that name in PATH, or `name` itself when it is a path.  tor's program_missing,
// with the cure.
Result<std::filesystem::path> find_tor(const std::string& name);

// `tor --version`'s first number, such as "0.4.9.11"; blocks for as long as that takes, 5 s at
// most.  tor's program_failed.
Result<std::string> tor_version(const std::filesystem::path& program);

// Whether a tor holds the lock of that data directory: one that outlived the sotto that had
// started it.  May not be asked while one that we started is about to take it.
bool is_held(const std::filesystem::path& data_directory);
// The process that does, if we may see it.  On a busy machine now and then nothing, though one
// does.
std::optional<pid_t> tor_holding(const std::filesystem::path& data_directory);

// Ends such a tor, politely at first, and waits until the lock is free.  tor's program_failed
// at `deadline`.
Async<void> replace_tor(boost::asio::any_io_executor executor,
                        std::filesystem::path data_directory, SteadyTime deadline);

class TorProcess {
 public:
  // Why it has ended, with the last that it said.
  using OnEnd = std::function<void(const Error&)>;

  // Runs `program` on `torrc` (tor_arguments() of tor/torrc.h) with no input; what it prints
  // before its log is open is kept for the error.  `on_end` is called once on the executor,
  // unless the object goes or stop() was called before.  tor's program_failed.
  static Result<std::unique_ptr<TorProcess>> start(const boost::asio::any_io_executor& executor,
                                                   const std::filesystem::path& program,
                                                   const std::filesystem::path& torrc,
                                                   OnEnd on_end);
  virtual ~TorProcess() = default;  // kills what still runs

  virtual pid_t pid() const = 0;

  // Asks it to go at once (SIGTERM), insists at `deadline` (SIGKILL), and ends when it has
  // gone.
  virtual Async<void> stop(SteadyTime deadline) = 0;
};

}  // namespace sotto::net
