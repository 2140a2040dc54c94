// The standard streams as the process finds them, and whole writes to them.
#pragma once
#include <functional>
#include <string_view>

namespace sotto::cli {

// Opens descriptors 0 to 2 where they are closed, so that no file of ours takes their place;
// reading or writing one of those fails as before.  False when standard input was closed.
bool keep_standard_streams();

enum class Written {
  all,
  closed,  // nobody reads any more
  failed,  // errno says why
};

// Diagnostics go to standard error, and elsewhere while the terminal is somebody's; empty: to
// standard error again.  Any thread may write some meanwhile.
void redirect_log(std::function<void(std::string_view line)> sink);
void write_log(std::string_view line);

// Waits where the descriptor is slow, also if something set it non-blocking.
Written write_all(int descriptor, std::string_view text);

}  // namespace sotto::cli
