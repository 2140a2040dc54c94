#include "node/doctor.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/text.h"
#include "net/confine.h"
#include "node/doctor_tor.h"
#include "node/rpc_client.h"
#include "node/rpc_server.h"
#include "node/sandbox.h"
#include "node/system.h"
#include "store/check.h"
#include "store/errors.h"
#include "store/history.h"
#include "store/profile.h"

namespace sotto::node {
namespace {

namespace fs = std::filesystem;
using enum Finding::Status;

constexpr std::uintmax_t long_log = std::uintmax_t{64} << 20;       // bytes
constexpr std::uintmax_t little_space = std::uintmax_t{100} << 20;  // bytes
constexpr rlim_t few_descriptors = 512;
constexpr rlim_t little_memory = 64 * 1024;  // bytes that may be locked
constexpr milliseconds clock_slack = std::chrono::minutes(10);
constexpr milliseconds answer_limit{5'000};
// No machine's clock is right that stands before this program was written.
constexpr WallTime written{milliseconds{1'767'225'600'000}};  // 2026-01-01

std::string shown(const fs::path& path) {
  return displayable(path.string());
}

class Examination {
 public:
  explicit Examination(const DoctorOptions& options) : options_(options) {}

  std::vector<Finding> run() {
    check_limits();
    check_clock();
    check_kernel();
    if (check_home()) {
      check_space();
      check_leftovers();
      check_owner();
      if (check_profile()) check_store();
    }
    for (Finding& finding : examine_tor(options_.home, options_.tor, options_.now)) {
      findings_.push_back(std::move(finding));
    }
    return std::move(findings_);
  }

 private:
  void good(const char* check, std::string text) {
    findings_.push_back({check, ok, std::move(text), "", std::nullopt});
  }
  void warn(const char* check, std::string text, std::string cure) {
    findings_.push_back({check, warning, std::move(text), std::move(cure), std::nullopt});
  }
  void bad(const char* check, const Error& error, std::string cure) {
    findings_.push_back({check, fault, error.text(), std::move(cure), error});
  }

  void check_limits();
  void check_clock();
  void check_kernel();
  bool check_home();
  void check_space();
  void check_leftovers();
  void check_owner();
  void check_sandbox(RpcClient& owner);
  bool check_profile();
  void check_store();
  void check_rows(store::Database& database);
  void check_newest(store::Database& database);

  const DoctorOptions& options_;
  std::optional<store::ProfileLockKind> lock_;
  std::vector<Finding> findings_;
};

void Examination::check_limits() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
      limit.rlim_cur < little_memory) {
    warn("memory",
         "Only " + std::to_string(limit.rlim_cur / 1024) +
             " KiB of memory may be locked: keys may reach the swap space.",
         "Raise it: `ulimit -l 8192`, or LimitMEMLOCK= in a systemd unit.");
  } else {
    good("memory", "Keys can be kept out of the swap space.");
  }
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
      limit.rlim_cur < few_descriptors) {
    warn("descriptors",
         "Only " + std::to_string(limit.rlim_cur) +
             " files may be open at once: a room with many members needs more.",
         "Raise it: `ulimit -n 4096`, or LimitNOFILE= in a systemd unit.");
  } else {
    good("descriptors", "Enough files may be open at once.");
  }
}

void Examination::check_clock() {
  if (options_.now < written) {
    warn("clock", "The clock of this machine is years behind.",
         "Set it, for example with `timedatectl set-ntp true`; Tor needs it to be right "
         "within a few hours.");
  } else {
    good("clock", "The clock is not known to be wrong.");
  }
}

void Examination::check_kernel() {
  const net::Confined able = net::confinement_support();
  for (const std::string& what : able.missing) {
    warn("sandbox", what,
         "Use a kernel with CONFIG_SECURITY_LANDLOCK and CONFIG_SECCOMP_FILTER, "
         "and with landlock among its security modules (lsm=).");
  }
  if (able.missing.empty()) {
    good("sandbox", "This kernel can confine sotto to its own files and few system calls.");
  }
}

bool Examination::check_home() {
  struct stat status{};
  if (::stat(options_.home.c_str(), &status) != 0) {
    bad("home",
        Error(store::Errc::no_profile,
              "There is no profile in " + shown(options_.home) + " yet."),
        "Make one with `sotto init`, or name another place with --home.");
    return false;
  }
  if (!S_ISDIR(status.st_mode)) {
    bad("home", Error(store::Errc::io, shown(options_.home) + " is no folder."),
        "Name another place with --home.");
    return false;
  }
  if (status.st_uid != ::geteuid()) {
    bad("home",
        Error(store::Errc::read_only, shown(options_.home) + " belongs to another user."),
        "Run sotto as that user, or give the folder back with `chown`.");
  } else if ((status.st_mode & 077) != 0) {
    warn("home", "Others may look into " + shown(options_.home) + ".",
         "Run `chmod 700` on it.");
  } else if (::access(options_.home.c_str(), W_OK) != 0) {
    bad("home", Error(store::Errc::read_only, shown(options_.home) + " may not be written."),
        "Check its mode, and that the disk is mounted for writing.");
  } else {
    good("home", shown(options_.home) + " is there, and for you alone.");
  }
  return true;
}

void Examination::check_space() {
  struct statvfs space{};
  if (::statvfs(options_.home.c_str(), &space) != 0) return;
  const std::uintmax_t left = std::uintmax_t{space.f_bavail} * space.f_frsize;
  if (left == 0) {
    bad("disk", Error(store::Errc::full, "There is no space left on the disk of the profile."),
        "Free some.");
  } else if (left < little_space) {
    warn("disk", "Only " + std::to_string(left >> 20) + " MiB are left on the disk.",
         "Free some before messages cannot be kept.");
  } else {
    good("disk", std::to_string(left >> 20) + " MiB are left on the disk.");
  }
  std::error_code error;
  const auto log = fs::file_size(options_.home / "sotto.db-wal", error);
  if (!error && log > long_log) {
    warn("log", "The write-ahead log of the store has " + std::to_string(log >> 20) + " MiB.",
         "End what has the profile open for long; it is cut short then.");
  } else {
    good("log", "The write-ahead log of the store is short.");
  }
}

void Examination::check_leftovers() {
  fs::path staging = options_.home;
  staging += ".restoring";
  std::error_code error;
  if (!fs::exists(staging, error)) return;
  warn("restore", "A restore was killed: " + shown(staging) + " is left, with sealed keys.",
       "Remove that folder, or restore once more.");
}

void Examination::check_owner() {
  const fs::path socket = socket_of(options_.home);
  struct stat status{};
  if (::lstat(socket.c_str(), &status) != 0) {
    good("owner", "No process owns the profile at the moment.");
    return;
  }
  if ((status.st_mode & 077) != 0) {
    warn("socket", "Others may connect to " + shown(socket) + ".", "Run `chmod 600` on it.");
  }
  auto owner = RpcClient::connect(options_.home);
  if (owner && !*owner) {
    good("owner", "No process owns the profile at the moment.");
    return;
  }
  const auto answer = owner ? (*owner)->ask("id", Json(), answer_limit)
                            : Result<Json>(std::unexpected(owner.error()));
  if (answer) {
    good("owner", "A process owns the profile, and answers.");
    check_sandbox(**owner);
  } else {
    bad("owner", answer.error(), "End that process, then try again.");
  }
}

void Examination::check_sandbox(RpcClient& owner) {
  const auto status = owner.ask("status", Json(), answer_limit);
  const Json* const agent = status ? status->find("agent") : nullptr;
  const Json* const json = agent == nullptr ? nullptr : agent->find("sandbox");
  const auto sandbox =
      json == nullptr ? Result<SandboxStatus>() : from_json<SandboxStatus>(*json);
  if (!sandbox || json == nullptr) return;  // another version of sotto
  if (sandbox->files && sandbox->calls) {
    good("sandbox", "The process that owns the profile is confined.");
  } else {
    warn("sandbox",
         "The process that owns the profile is not confined. " + displayable(sandbox->why),
         "docs/threat-model.md tells what that is worth.");
  }
}

bool Examination::check_profile() {
  const auto found = store::find_profile(options_.home);
  if (!found) {
    bad("profile", found.error(), "Restore a backup with `sotto restore` into another home.");
    return false;
  }
  if (!*found) {
    bad("profile",
        Error(store::Errc::no_profile,
              "There is no profile in " + shown(options_.home) + " yet."),
        "Make one with `sotto init`.");
    return false;
  }
  lock_ = **found;
  if (*lock_ == store::ProfileLockKind::passphrase) {
    good("profile", "The profile is locked by a passphrase.");
    std::error_code error;
    if (fs::exists(options_.home / "profile.key", error)) {
      warn("profile", "A key file is left that opens the profile no more.",
           "Remove profile.key.");
    }
  } else {
    good("profile",
         "The profile is locked by a key file: whoever reads the folder can open it. `sotto "
         "passwd` sets a passphrase.");
  }
  return true;
}

void Examination::check_store() {
  std::error_code error;
  if (!fs::exists(options_.home / "sotto.db", error)) {
    bad("store",
        Error(store::Errc::damaged, "The store, sotto.db, is missing from the profile."),
        "Restore a backup with `sotto restore` into another home.");
    return;
  }
  Result<Secret> passphrase = Secret();
  if (*lock_ == store::ProfileLockKind::passphrase) {
    passphrase = options_.passphrase();
    if (!passphrase) {
      warn("store", "The store was not looked at: " + passphrase.error().text(),
           "Give the passphrase.");
      return;
    }
  }
  const auto key = store::unlock_profile(
      options_.home, *lock_ == store::ProfileLockKind::passphrase ? &*passphrase : nullptr);
  if (!key) {
    bad("profile", key.error(), "Give the right passphrase, or restore the key file.");
    return;
  }
  auto database = store::Database::open(options_.home / "sotto.db", *key, system_entropy());
  if (!database) {
    bad("store", database.error(), "Restore a backup with `sotto restore` into another home.");
    return;
  }
  check_rows(*database);
}

void Examination::check_rows(store::Database& database) {
  const std::string cure = "Restore a backup with `sotto restore` into another home.";
  if (auto pages = store::check_pages(database); !pages) {
    bad("store", pages.error(), cure);
    return;
  }
  if (auto rows = store::check_rows(database, options_.progress); !rows) {
    bad("store", rows.error(), cure);
    return;
  }
  good("store", "Everything in the store opens.");
  check_newest(database);
}

void Examination::check_newest(store::Database& database) {
  store::PageQuery query;
  query.most_rows = 1;
  const auto newest = store::read_page(database, query);
  if (!newest || newest->rows.empty()) return;
  if (newest->rows.front().received <= options_.now + clock_slack) return;
  warn("clock", "The newest message came in the future: this clock was or is wrong.",
       "Set it, for example with `timedatectl set-ntp true`; connection files expire by it.");
}

}  // namespace

std::vector<Finding> examine(const DoctorOptions& options) {
  return Examination(options).run();
}

Result<void> verdict(const std::vector<Finding>& findings) {
  for (const Finding& finding : findings) {
    if (finding.error) return std::unexpected(*finding.error);
  }
  return {};
}

}  // namespace sotto::node
