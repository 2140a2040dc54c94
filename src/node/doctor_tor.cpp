#include "node/doctor_tor.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "net/tor_process.h"
#include "node/findings.h"
#include "node/own_tor.h"
#include "node/tor_choice.h"
#include "node/tor_folder.h"
#include "node/tor_request.h"
#include "tor/torrc.h"

namespace sotto::node {
namespace {

namespace fs = std::filesystem;

const char* const own_instead = "Or let sotto run a tor of its own: no --tor-control.";
const char* const become_member =
    "Run `sudo adduser $USER debian-tor` and log in again. Until then sotto runs a tor of its "
    "own.";

std::string shown(const fs::path& path) {
  return displayable(path.string());
}

bool may(const fs::path& path, int mode) {
  return ::faccessat(AT_FDCWD, path.c_str(), mode, AT_EACCESS) == 0;
}

// The Debian packages that have the usual ones.
std::string cure_of(const tor::TransportPlugin& plugin) {
  const auto speaks = [&plugin](const char* name) {
    return std::ranges::find(plugin.transports, name) != plugin.transports.end();
  };
  const std::string otherwise = ", or give its right path in the bridges file.";
  if (speaks("snowflake")) return "Install it: sudo apt install snowflake-client" + otherwise;
  if (speaks("obfs4") || speaks("meek_lite") || speaks("scramblesuit")) {
    return "Install it: sudo apt install obfs4proxy" + otherwise;
  }
  return "Install it" + otherwise;
}

class TorExamination : public Findings {
 public:
  TorExamination(const fs::path& home, const TorDoctorOptions& options, WallTime now)
      : home_(home),
        options_(options),
        now_(now),
        asked_for_(options.control || options.torrc_include || options.bridges) {}

  std::vector<Finding> run() {
    check_settings();
    if (options_.control) {
      check_given();
      return take_findings();
    }
    check_program();
    if (!options_.torrc_include && !options_.bridges) check_system();
    if (!check_folder(tor_folder(home_), "tor_folder")) return take_findings();
    if (!check_folder(tor_folder(home_) / "data", "tor_folder")) return take_findings();
    check_names();
    check_running();
    check_clock();
    return take_findings();
  }

 private:
  // Who never uses Tor has no use for tor either.
  void lacking(const char* check, const Error& error, std::string cure) {
    if (asked_for_) return bad(check, error, std::move(cure));
    warn(check, error.text(), std::move(cure));
  }

  void check_settings();
  void check_plugins(const TorSettings& settings);
  void check_given();
  void check_program();
  void check_system();
  bool check_folder(const fs::path& folder, const char* check);
  void check_names();
  void check_running();
  void check_clock();

  const fs::path& home_;
  const TorDoctorOptions& options_;
  WallTime now_;
  bool asked_for_;
};

// --torrc-include, --bridges and --tor-control, as every command reads them.
void TorExamination::check_settings() {
  if (!asked_for_) return;
  TorRequest request;
  request.control = options_.control;
  if (options_.torrc_include) {
    if (auto read = include_torrc(request, *options_.torrc_include); !read) {
      return bad("tor_settings", read.error(), "Mend that file, or give another.");
    }
  }
  if (options_.bridges) {
    if (auto read = include_bridges(request, *options_.bridges); !read) {
      return bad("tor_settings", read.error(), "Mend that file, or give another.");
    }
  }
  const auto settings = settings_of(request);
  if (!settings) return bad("tor_settings", settings.error(), "Mend that setting.");
  good("tor_settings", "What is said of tor can be used.");
  check_plugins(*settings);
}

void TorExamination::check_plugins(const TorSettings& settings) {
  for (const tor::TransportPlugin& plugin : settings.plugins) {
    std::error_code ignored;
    const bool is_there = fs::is_regular_file(plugin.program, ignored);
    if (is_there && may(plugin.program, X_OK)) {
      good("tor_bridges", shown(plugin.program) + " is there, and may be run.");
      continue;
    }
    bad("tor_bridges",
        Error(tor::Errc::bridge_transport,
              "The program " + shown(plugin.program) + ", which the bridges need, " +
                  (is_there ? "may not be run." : "is not there.")),
        is_there ? "Run `chmod +x` on it." : cure_of(plugin));
  }
}

// Of a port nothing is known without connecting to it.
void TorExamination::check_given() {
  const auto at = parse_tor_control(*options_.control);
  if (!at) {
    return bad("tor_control", at.error(), "Give HOST:PORT of this machine, or a path.");
  }
  const auto* path = std::get_if<fs::path>(&*at);
  struct stat entry{};
  if (path == nullptr) {
    good("tor_control", "The control port is one of this machine.");
  } else if (may(*path, R_OK | W_OK) && ::stat(path->c_str(), &entry) == 0 &&
             S_ISSOCK(entry.st_mode)) {
    good("tor_control",
         "The control socket " + shown(*path) + " is there, and for you to use.");
  } else if (may(*path, R_OK | W_OK)) {
    bad("tor_control", Error(tor::Errc::control_refused, shown(*path) + " is no socket."),
        "Give the path of tor's control socket. " + std::string(own_instead));
  } else {
    const std::string why = std::strerror(errno);
    bad("tor_control",
        Error(tor::Errc::control_refused,
              "The control socket " + shown(*path) + " cannot be used: " + why + "."),
        "Start that tor, or see to it that you may use it. " + std::string(own_instead));
  }
}

void TorExamination::check_program() {
  const auto program = net::find_tor(options_.program);
  if (!program) return lacking("tor", program.error(), "Run `sudo apt install tor`.");
  const auto version = net::tor_version(*program);
  if (!version) return lacking("tor", version.error(), "Run `sudo apt install tor`.");
  if (!is_new_enough(*version)) {
    return lacking(
        "tor",
        Error(tor::Errc::program_failed,
              "Tor " + *version + " is too old: sotto needs " + oldest_tor + " or later."),
        "Update it: run `sudo apt update && sudo apt install tor`.");
  }
  good("tor", "Tor " + *version + " is installed." +
                  (has_proof_of_work(*version)
                       ? ""
                       : " From 0.4.9.2 on it holds floods off by proof of work."));
}

void TorExamination::check_system() {
  struct stat entry{};
  const bool is_there = ::stat(options_.system_control.c_str(), &entry) == 0;
  if (!is_there && errno != EACCES) {
    good("tor_system",
         "The system runs no tor with a control socket: sotto runs its own, unless one answers "
         "at port 9051.");
  } else if (!is_there || !may(options_.system_control, R_OK | W_OK)) {
    warn("tor_system",
         "The system's tor may not be used: " + shown(options_.system_control) +
             " is for others alone.",
         become_member);
  } else if (!may(options_.system_cookie, R_OK) && errno == EACCES) {
    warn("tor_system",
         "The system's tor may not be used: its cookie " + shown(options_.system_cookie) +
             " is for others alone.",
         std::string(become_member) +
             " If you are a member: tor needs the line "
             "CookieAuthFileGroupReadable 1.");
  } else {
    good("tor_system", "The system's tor may be used.");
  }
}

// False where no tor of our own could be started.
bool TorExamination::check_folder(const fs::path& folder, const char* check) {
  struct stat entry{};
  if (::lstat(folder.c_str(), &entry) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return true;  // made when it is needed
    bad(check,
        Error(tor::Errc::program_failed, "The folder " + shown(folder) +
                                             " cannot be looked at: " + std::strerror(errno) +
                                             "."),
        "Check the modes of the folders above it.");
    return false;
  }
  if (!S_ISDIR(entry.st_mode)) {
    bad(check, Error(tor::Errc::program_failed, shown(folder) + " is no folder."),
        "Move it away: sotto makes a folder there for its tor.");
    return false;
  }
  if (entry.st_uid != ::geteuid()) {
    bad(check, Error(tor::Errc::program_failed, shown(folder) + " belongs to another user."),
        "Give it back with `chown`, or move it away.");
    return false;
  }
  if ((entry.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    warn(check, "Others may look into " + shown(folder) + ", where tor keeps its guards.",
         "Run `chmod 700` on it.");
  } else if (!may(folder, R_OK | W_OK | X_OK)) {
    bad(check, Error(tor::Errc::program_failed, shown(folder) + " may not be written."),
        "Check its mode, and that the disk is mounted for writing.");
    return false;
  } else {
    good(check, shown(folder) + " is for you alone.");
  }
  return true;
}

// Of the folder and its sockets.
void TorExamination::check_names() {
  const fs::path folder = tor_folder(home_);
  if (auto quoted = tor::quoted_path((folder / "data").string()); !quoted) {
    return bad("tor_folder", quoted.error(), "Name another place with --home.");
  }
  const fs::path sockets = socket_folder(folder);
  if (sockets == folder) return;
  if (may(sockets, W_OK | X_OK)) {
    return good("tor_folder", "The path of the profile is too long for sockets: tor's are in " +
                                  shown(sockets) + " while it runs.");
  }
  bad("tor_folder",
      Error(tor::Errc::program_failed,
            "The path of the profile is too long for tor's sockets, and " + shown(sockets) +
                " may not be written."),
      "Move the profile to a shorter path (--home), or set XDG_RUNTIME_DIR.");
}

void TorExamination::check_running() {
  const auto running = find_running_tor(tor_folder(home_));
  if (!running) return;
  const std::string process = std::to_string(running->pid);
  if (running->left_behind) {
    warn("tor_process", "A tor of an earlier run is left, as process " + process + ".",
         "sotto ends it when it next starts its tor; or run `kill " + process + "`.");
  } else {
    good("tor_process", "A tor of this profile runs, as process " + process + ".");
  }
}

// What tor last learned of the network was signed for a time that cannot be still to come.
void TorExamination::check_clock() {
  std::ifstream in(tor_folder(home_) / "data" / "cached-microdesc-consensus");
  constexpr std::string_view key = "valid-after ";
  constexpr int most_lines = 20;
  std::string line;
  for (int i = 0; i < most_lines && std::getline(in, line) && !line.starts_with(key); ++i) {
  }
  std::tm time{};
  if (!line.starts_with(key) ||
      ::strptime(line.c_str() + key.size(), "%Y-%m-%d %H:%M:%S", &time) == nullptr) {
    return;
  }
  const WallTime begin = from_unix_ms(std::int64_t{::timegm(&time)} * 1000);
  if (begin <= now_) return;
  warn("clock",
       "Tor was told of " + to_rfc3339(begin) + " by the Tor network: this clock is behind.",
       "Set it, for example with `timedatectl set-ntp true`; Tor needs it to be right within a "
       "few hours.");
}

}  // namespace

std::vector<Finding> examine_tor(const fs::path& home, const TorDoctorOptions& options,
                                 WallTime now) {
  return TorExamination(home, options, now).run();
}

}  // namespace sotto::node
