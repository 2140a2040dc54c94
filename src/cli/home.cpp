#include "cli/home.h"

#include <cstdlib>

namespace sotto::cli {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

Result<std::filesystem::path> find_home(const std::optional<std::string>& given) {
  using std::filesystem::path;
  if (given) return path(*given);
  if (const std::string own = variable("SOTTO_HOME"); !own.empty()) return path(own);
  if (const path data = variable("XDG_DATA_HOME"); data.is_absolute()) return data / "sotto";
  if (const path home = variable("HOME"); home.is_absolute()) {
    return home / ".local" / "share" / "sotto";
  }
  return fail(Errc::no_home,
              "Nothing says where the profile lives: give --home DIR, or set SOTTO_HOME.");
}

}  // namespace sotto::cli
