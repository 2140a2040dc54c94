#include "net/confine.h"

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <iterator>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "net/system_calls.h"

namespace sotto::net {
namespace {

namespace fs = std::filesystem;

// Landlock's rights, by the version of its interface that has brought them.  Debian 12's header
// ends before the third.
constexpr std::uint64_t run = LANDLOCK_ACCESS_FS_EXECUTE;
constexpr std::uint64_t read = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t truncate = 1ULL << 14;  // 3: O_TRUNC and truncate()
constexpr std::uint64_t sockets = LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_SOCK |
                                  LANDLOCK_ACCESS_FS_REMOVE_DIR |
                                  LANDLOCK_ACCESS_FS_REMOVE_FILE;
constexpr std::uint64_t write =
    sockets | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG |
    LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_SYM |
    LANDLOCK_ACCESS_FS_REFER /* 2: into another folder */ | truncate;
constexpr std::uint64_t never = LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_BLOCK;
// Those that a rule for a file may name; the others are about what is in a folder.
constexpr std::uint64_t of_files =
    run | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | truncate;

std::uint64_t known_to(int version) {
  std::uint64_t out = run | read | write | never;
  if (version < 3) out &= ~truncate;
  if (version < 2) out &= ~std::uint64_t{LANDLOCK_ACCESS_FS_REFER};
  return out;
}

// What every program reads, ours and tor.
const char* const system_folders[] = {
    "/usr", "/bin",  "/sbin", "/lib", "/lib32", "/lib64", "/etc",  "/opt",
    "/run", "/proc", "/sys",  "/dev", "/nix",   "/gnu",   "/snap", "/var/lib/tor"};
const char* const program_folders[] = {"/usr",   "/bin", "/sbin", "/lib", "/lib32",
                                       "/lib64", "/opt", "/nix",  "/gnu", "/snap"};
const char* const devices[] = {"/dev/null",    "/dev/zero", "/dev/full", "/dev/random",
                               "/dev/urandom", "/dev/tty",  "/dev/ptmx", "/dev/pts"};

// 0 where the kernel has no Landlock, or it is switched off.
int landlock_version() {
  const long version =
      ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  return version < 0 ? 0 : static_cast<int>(version);
}

class Ruleset {
 public:
  explicit Ruleset(int version) : handled_(known_to(version)) {
    landlock_ruleset_attr wanted{};
    wanted.handled_access_fs = handled_;
    descriptor_ =
        static_cast<int>(::syscall(SYS_landlock_create_ruleset, &wanted, sizeof wanted, 0));
    if (descriptor_ < 0) error_ = errno;
  }
  ~Ruleset() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  Ruleset(const Ruleset&) = delete;
  Ruleset& operator=(const Ruleset&) = delete;

  // Links are followed.
  void allow(const fs::path& path, std::uint64_t rights) {
    if (error_ != 0) return;
    const int at = ::open(path.c_str(), O_PATH | O_CLOEXEC);
    if (at < 0) return;
    struct stat status{};
    landlock_path_beneath_attr rule{};
    rule.parent_fd = at;
    rule.allowed_access = rights & handled_;
    if (::fstat(at, &status) == 0 && !S_ISDIR(status.st_mode)) rule.allowed_access &= of_files;
    const bool added =
        rule.allowed_access == 0 || ::syscall(SYS_landlock_add_rule, descriptor_,
                                              LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
    if (!added) error_ = errno;
    ::close(at);
  }
  template <class Paths>
  void allow_all(const Paths& paths, std::uint64_t rights) {
    for (const auto& path : paths) allow(path, rights);
  }

  int hold() {
    if (error_ == 0 && ::syscall(SYS_landlock_restrict_self, descriptor_, 0) != 0) {
      error_ = errno;
    }
    return error_;
  }

 private:
  std::uint64_t handled_;
  int descriptor_ = -1;
  int error_ = 0;
};

// A console or serial line stands in none of the folders above.
void allow_terminal(Ruleset& rules) {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    std::array<char, 128> name{};
    if (::ttyname_r(fd, name.data(), name.size()) == 0) rules.allow(name.data(), read | write);
  }
}

int forbid_other_files(int version, const Confinement& wanted) {
  Ruleset rules(version);
  rules.allow_all(system_folders, read);
  rules.allow_all(program_folders, run);
  rules.allow_all(devices, read | write);
  allow_terminal(rules);
  rules.allow_all(wanted.programs, read | run);
  rules.allow_all(wanted.readable, read);
  rules.allow_all(wanted.sockets_in, read | sockets);
  rules.allow_all(wanted.writable, read | write);
  if (wanted.reads_everything) rules.allow("/", read);
  return rules.hold();
}

bool is_alone() {
  std::error_code error;
  const fs::directory_iterator threads("/proc/self/task", error);
  return !error && std::distance(threads, fs::directory_iterator()) == 1;
}

constexpr const char* no_landlock =
    "This kernel has no Landlock, or it is switched off: file modes alone keep sotto from "
    "other "
    "files.";
constexpr const char* no_seccomp =
    "This kernel has no seccomp filters: sotto may use every system call.";

std::string failed(const char* what, int error) {
  return std::string(what) + " could not be switched on: " + std::strerror(error) + ".";
}

Confined& state() {
  static Confined confined;
  return confined;
}

}  // namespace

Confined confine(const Confinement& wanted) {
  Confined out;
  // Both ask for it, where the process is not root.
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    out.missing.push_back(failed("The sandbox", errno));
    return state() = out;
  }
  if (const int version = landlock_version(); version == 0) {
    out.missing.emplace_back(no_landlock);
  } else if (!is_alone()) {
    out.missing.emplace_back("Threads ran already: Landlock would not hold for them.");
  } else if (const int error = forbid_other_files(version, wanted); error != 0) {
    out.missing.push_back(failed("Landlock", error));
  } else {
    out.files = true;
  }
  if (!can_forbid_calls()) {
    out.missing.emplace_back(no_seccomp);
  } else if (const int error = forbid_other_calls(); error != 0) {
    out.missing.push_back(failed("The filter of system calls", error));
  } else {
    out.calls = true;
  }
  return state() = out;
}

const Confined& confined() {
  return state();
}

Confined confinement_support() {
  Confined out{landlock_version() > 0, can_forbid_calls()};
  if (!out.files) out.missing.emplace_back(no_landlock);
  if (!out.calls) out.missing.emplace_back(no_seccomp);
  return out;
}

}  // namespace sotto::net
