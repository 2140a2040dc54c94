// A command of the person's whose answer is wanted: bytes on its standard input, what it
// prints, its exit code.  For commands that only have to be run: net/child_process.h.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <optional>
#include <string>

#include "base/async.h"
#include "base/bytes.h"
#include "base/time.h"

namespace sotto::net {

struct CommandOutput {
  int exit_code = 0;  // 0 to 255, or 128 + the signal that has ended it
  Bytes printed;      // on its standard output; its standard error is ours
};

// Runs `command` by /bin/sh, in a process group of its own, with none of our descriptors but
// standard error.  Whoever still runs of the group at `deadline`, or when it has printed more
// than `limit` bytes (none: what it prints is thrown away), or when the coroutine is cancelled,
// is killed; what it has left running in the background by its own end is left alone.
//
// transport's closed: it cannot be started; timeout; lost: it prints too much.
Async<CommandOutput> command_output(boost::asio::any_io_executor executor, std::string command,
                                    Bytes input, std::optional<std::size_t> limit,
                                    SteadyTime deadline);

}  // namespace sotto::net
