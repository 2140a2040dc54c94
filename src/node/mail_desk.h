// How mail reaches relays where nothing else is said: as everything of this process does.
#pragma once
#include "node/mail_deposit.h"
#include "node/runtime.h"

namespace sotto::node {

// `runtime` must outlive it.
OpenDesk desk_opener(Runtime& runtime);

}  // namespace sotto::node
