// The name of one of the two chains that a live session leaves behind (docs/protocol.md section
// 5, "Offline messages"); both sides derive it, nobody else sees it.
#pragma once
#include "base/fixed_bytes.h"

namespace sotto {

using ChainId = FixedBytes<struct ChainIdTag, 16>;

}  // namespace sotto
