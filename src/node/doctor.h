// `sotto doctor`: looks at the installation of a profile and says the cure of each fault.
//
// It changes nothing: no profile is made, no mode mended, no row written.
#pragma once
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/secret.h"
#include "base/time.h"

namespace sotto::node {

struct Finding {
  enum class Status { ok, warning, fault };
  std::string check;  // "home", "profile", "store", ...: stable names
  Status status = Status::ok;
  std::string text;            // a sentence
  std::string cure;            // what to do; empty where nothing is
  std::optional<Error> error;  // of a fault: what another command would end with
};

// How tor is configured, and where things are.
struct TorDoctorOptions {
  std::optional<std::string> control = std::nullopt;        // --tor-control
  std::optional<std::string> torrc_include = std::nullopt;  // files
  std::optional<std::string> bridges = std::nullopt;
  std::string program = "tor";
  // Of the system's tor, as Debian has it.
  std::filesystem::path system_control = "/run/tor/control";
  std::filesystem::path system_cookie = "/run/tor/control.authcookie";
};

struct DoctorOptions {
  std::filesystem::path home;
  // Of a profile that has one; an error: it cannot be asked for, and the store stays closed.
  std::function<Result<Secret>()> passphrase;
  // So many of so many rows were opened.
  std::function<void(std::int64_t done, std::int64_t of)> progress;
  WallTime now;
  TorDoctorOptions tor = {};
};

// One finding a check at least, in the order in which they were made.
std::vector<Finding> examine(const DoctorOptions& options);

// What the command ends with: the first fault, nothing where there is none.
Result<void> verdict(const std::vector<Finding>& findings);

}  // namespace sotto::node
