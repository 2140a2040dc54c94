// Where the profile lives when the command line does not say.
#pragma once
#include <filesystem>
#include <optional>
#include <string>

#include "cli/errors.h"

namespace sotto::cli {

// `given` (--home), else $SOTTO_HOME, else $XDG_DATA_HOME/sotto, else ~/.local/share/sotto.
// An empty variable counts as unset, and so does a relative $XDG_DATA_HOME, as its standard
// asks.  Errc::no_home.
Result<std::filesystem::path> find_home(const std::optional<std::string>& given);

}  // namespace sotto::cli
