#include "node/own_tor.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "net/asio_timer.h"
#include "node/tor_folder.h"
#include "store/files.h"
#include "tor/quoting.h"
#include "tor/torrc.h"

namespace sotto::node {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t log_limit = std::uintmax_t{1} << 20;  // bytes
constexpr milliseconds leftover_limit{10'000};
// For the tor of another command, that has a message to deliver.
constexpr milliseconds turn_limit{60'000};
constexpr milliseconds turn_pause{50};

// The first that lets a controller add onion services with client authorization.
constexpr std::array<std::uint64_t, 4> oldest{0, 4, 6, 1};
// The first that lets a controller ask for the proof-of-work defence.
constexpr std::array<std::uint64_t, 4> first_with_defence{0, 4, 9, 2};

std::unexpected<Error> unusable(const fs::path& path, const std::string& why) {
  return fail(tor::Errc::program_failed, "The folder " + displayable(path.string()) +
                                             " cannot be used for tor: " + why +
                                             ". Check who owns it and that the disk has room.");
}

// This user's alone.
Result<void> make_private(const fs::path& path) {
  if (::mkdir(path.c_str(), S_IRWXU) != 0 && errno != EEXIST) {
    return unusable(path, std::strerror(errno));
  }
  struct stat entry{};
  if (::lstat(path.c_str(), &entry) != 0) return unusable(path, std::strerror(errno));
  if (!S_ISDIR(entry.st_mode)) return unusable(path, "it is no folder");
  if (entry.st_uid != ::geteuid()) return unusable(path, "it is another user's");
  if ((entry.st_mode & (S_IRWXG | S_IRWXO)) != 0 && ::chmod(path.c_str(), S_IRWXU) != 0) {
    return unusable(path, std::strerror(errno));
  }
  return {};
}

// The descriptor of a lock that ends with this process, once nobody else has it.
Async<int> take_turn(boost::asio::any_io_executor executor, fs::path directory) {
  const fs::path path = directory / "lock";
  Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.valid()) co_return unusable(path, std::strerror(errno));
  net::AsioTimer timer(executor);
  const SteadyTime deadline = timer.now() + turn_limit;
  while (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) co_return unusable(path, std::strerror(errno));
    if (timer.now() >= deadline) {
      co_return fail(tor::Errc::program_failed,
                     "Another command of this profile runs a tor of its own in " +
                         displayable(directory.string()) +
                         " and does not end. Wait for it, or run `sotto agent` once, so that "
                         "all commands share one.");
    }
    co_await timer.sleep_until(timer.now() + turn_pause);
  }
  co_return file.release();
}

bool is_at_least(const std::array<std::uint64_t, 4>& wanted, std::string_view version) {
  for (const std::uint64_t least : wanted) {
    const std::size_t end = std::min(version.find_first_not_of("0123456789"), version.size());
    const auto number = tor::number(version.substr(0, end), 1'000'000);
    if (!number) return false;
    if (*number != least) return *number > least;
    version.remove_prefix(std::min(end + 1, version.size()));
  }
  return true;
}

}  // namespace

const char* const oldest_tor = "0.4.6.1";

bool is_new_enough(std::string_view version) {
  return version.empty() || is_at_least(oldest, version);
}

bool has_proof_of_work(std::string_view version) {
  return is_at_least(first_with_defence, version);
}

OwnTor::OwnTor(fs::path program, fs::path directory, int lock)
    : program_(std::move(program)),
      directory_(std::move(directory)),
      sockets_(directory_),
      lock_(std::in_place, lock) {}

OwnTor::~OwnTor() {
  process_.reset();
  if (sockets_ == directory_) return;
  std::error_code ignored;
  fs::remove_all(sockets_, ignored);
}

Async<std::unique_ptr<OwnTor>> OwnTor::start(boost::asio::any_io_executor executor,
                                             fs::path directory, const TorSettings& settings) {
  auto program = net::find_tor(settings.program);
  if (!program) co_return std::unexpected(program.error());
  if (const auto made = make_private(directory); !made) co_return std::unexpected(made.error());
  const fs::path data = directory / "data";
  if (const auto made = make_private(data); !made) co_return std::unexpected(made.error());
  const auto lock = co_await take_turn(executor, directory);
  if (!lock) co_return std::unexpected(lock.error());
  std::unique_ptr<OwnTor> self(new OwnTor(std::move(*program), std::move(directory), *lock));
  if (net::is_held(data)) {
    log(LogLevel::info,
        "A tor of an earlier run still has " + displayable(data.string()) + ": it is ended.");
    const auto replaced = co_await net::replace_tor(
        executor, data, std::chrono::steady_clock::now() + leftover_limit);
    if (!replaced) co_return std::unexpected(replaced.error());
  }
  auto done = self->choose_sockets();
  if (done) done = self->configure(settings);
  if (done) done = self->run(executor);
  if (!done) co_return std::unexpected(done.error());
  co_return self;
}

Result<void> OwnTor::choose_sockets() {
  std::error_code ignored;
  if (const fs::path folder = socket_folder(directory_); folder != directory_) {
    std::string name = (folder / "sotto-tor-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) return unusable(name, std::strerror(errno));
    sockets_ = name;
  }
  // What is left of an earlier one must not be taken for this one's.
  for (const fs::path& old : {control(), socks(), directory_ / "cookie"}) {
    fs::remove(old, ignored);
  }
  const fs::path journal = directory_ / "log";
  const auto size = fs::file_size(journal, ignored);
  if (!ignored && size > log_limit) fs::remove(journal, ignored);
  return {};
}

Result<void> OwnTor::configure(const TorSettings& settings) const {
  tor::TorrcValues values;
  values.data_directory = (directory_ / "data").string();
  values.cookie_file = (directory_ / "cookie").string();
  values.control_socket = control().string();
  values.socks_socket = socks().string();
  values.log_file = (directory_ / "log").string();
  values.owner = ::getpid();
  values.bridges = settings.bridges;
  values.plugins = settings.plugins;
  values.extra = settings.extra;
  const auto torrc = tor::make_torrc(values);
  if (!torrc) return std::unexpected(torrc.error());
  return store::write_small_file(directory_ / "torrc", as_bytes(*torrc));
}

Result<void> OwnTor::run(const boost::asio::any_io_executor& executor) {
  auto process = net::TorProcess::start(executor, program_, directory_ / "torrc",
                                        [this](const Error& why) {
                                          ended_ = explain(why);
                                          if (on_end_) on_end_(*ended_);
                                        });
  if (!process) return pass(process);
  process_ = std::move(*process);
  return {};
}

// One that is too old stumbles over its torrc, which is not what has to be mended.
Error OwnTor::explain(const Error& why) const {
  const auto version = net::tor_version(program_);
  if (!version || is_new_enough(*version)) return why;
  return {tor::Errc::program_failed, "Tor " + displayable(*version) +
                                         " is too old: sotto needs " + oldest_tor +
                                         " or later. Update it."};
}

Async<void> OwnTor::stop(SteadyTime deadline) {
  on_end_ = nullptr;
  co_return co_await process_->stop(deadline);
}

}  // namespace sotto::node
