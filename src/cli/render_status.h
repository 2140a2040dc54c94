// What `sotto status` shows, as JSON and for people.
#pragma once
#include <string>

#include "cli/style.h"
#include "node/status.h"

namespace sotto::cli {

std::string status_json(const node::StatusReply& status);
std::string status_text(const node::StatusReply& status, const Style& style);

}  // namespace sotto::cli
