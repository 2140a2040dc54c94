// The system calls that a confined process keeps; for net/confine.cpp.
#pragma once

namespace sotto::net {

// Refuses all others from now on, for every thread.  0, or errno.
int forbid_other_calls();
// Whether the kernel has what that takes.
bool can_forbid_calls();

}  // namespace sotto::net
