// What a file says about itself, as one JSON object and as lines for people.
#pragma once
#include <string>

#include "cli/style.h"
#include "node/inspect.h"

namespace sotto::cli {

std::string inspected_json(const node::Inspected& file);
std::string inspected_text(const node::Inspected& file, const Style& style);

}  // namespace sotto::cli
