// The table `meta`: what a store says about itself, a value a name.  For store/ only.
#pragma once
#include <optional>

#include "store/connection.h"

namespace sotto::store {

Result<std::optional<Bytes>> read_meta(Connection& connection, std::string_view name);
Result<void> write_meta(Connection& connection, std::string_view name, ByteView value);

}  // namespace sotto::store
