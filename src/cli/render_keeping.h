// What forget, backup, restore and passwd have done, as one JSON object and as lines for
// people.
#pragma once
#include <string>

#include "node/backup.h"
#include "node/forget.h"
#include "node/relock.h"

namespace sotto::cli {

// What would go, for the person who is asked.
std::string plan_text(const node::ForgetPlan& plan);
std::string forgotten_json(const node::Forgotten& forgotten);
std::string forgotten_text(const node::Forgotten& forgotten);

// `file` as it was given on the command line.
std::string backed_up_json(const node::BackedUp& made, const std::string& file);
std::string backed_up_text(const node::BackedUp& made, const std::string& file);

std::string restored_json(const node::Restored& restored, const std::string& home);
std::string restored_text(const node::Restored& restored, const std::string& home);

std::string relocked_json(const node::Relocked& relocked);
std::string relocked_text(const node::Relocked& relocked);

}  // namespace sotto::cli
