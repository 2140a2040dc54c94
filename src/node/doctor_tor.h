// What `sotto doctor` has to say of tor.
//
// Nothing is started but `tor --version`, and nothing is connected to: of another's control
// port its files tell whether this user may use it.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "node/doctor.h"

namespace sotto::node {

// In the order in which they were made.  `home` need not be there.
std::vector<Finding> examine_tor(const std::filesystem::path& home,
                                 const TorDoctorOptions& options, WallTime now);

}  // namespace sotto::node
