// Methods that only look; on the store's thread.
#pragma once
#include <vector>

#include "node/commands.h"
#include "node/requests.h"

namespace sotto::node {

Result<OwnCard> identify(Profile& profile, const NoRequest& request);

}  // namespace sotto::node
