// A tor of this profile alone: its directory, its torrc, its process.
//
//   DIRECTORY/        0700
//     torrc           what it was last started with, 0600
//     data/           tor's own: guards, consensus, lock
//     cookie          of its control port
//     log             begun anew when it is over 1 MiB
//     lock            held by the sotto that runs it: two sends at once take turns
//     control socks   its sockets; where this path is too long for them, in a folder of
//                     $XDG_RUNTIME_DIR or /tmp that lives as long as this object
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

#include "net/tor_process.h"
#include "node/descriptor.h"
#include "node/tor_manager.h"

namespace sotto::node {

class OwnTor {
 public:
  using OnEnd = std::function<void(const Error&)>;

  // Starts it, in the place of one that an earlier sotto left behind, and after that of another
  // command of this profile has ended.  Its sockets come later.  tor's program_missing,
  // program_failed, torrc_*.
  static Async<std::unique_ptr<OwnTor>> start(boost::asio::any_io_executor executor,
                                              std::filesystem::path directory,
                                              const TorSettings& settings);
  ~OwnTor();  // kills what still runs
  OwnTor(const OwnTor&) = delete;
  OwnTor& operator=(const OwnTor&) = delete;

  std::filesystem::path control() const { return sockets_ / "control"; }
  std::filesystem::path socks() const { return sockets_ / "socks"; }

  // Why, when it has ended by itself.
  const std::optional<Error>& ended() const { return ended_; }
  // Called when it ends by itself from now on.
  void set_on_end(OnEnd on_end) { on_end_ = std::move(on_end); }

  // Another may be started in its place, which ends what is left of this one.
  void give_up_turn() { lock_.reset(); }

  // Ends when it has gone; at `deadline` it is made to.
  Async<void> stop(SteadyTime deadline);

 private:
  OwnTor(std::filesystem::path program, std::filesystem::path directory, int lock);
  Result<void> choose_sockets();
  Result<void> configure(const TorSettings& settings) const;
  Result<void> run(const boost::asio::any_io_executor& executor);
  Error explain(const Error& why) const;

  std::filesystem::path program_, directory_, sockets_;
  std::optional<Descriptor> lock_;  // of the directory
  std::unique_ptr<net::TorProcess> process_;
  std::optional<Error> ended_;
  OnEnd on_end_;
};

// Whether a tor of that version ("0.4.9.11", perhaps with "-alpha" behind it) has all that we
// ask of it; one that does not say which it is may.
bool is_new_enough(std::string_view version);
// Whether it can hold floods of introductions off by proof of work.
bool has_proof_of_work(std::string_view version);
// "0.4.6.1"
extern const char* const oldest_tor;

}  // namespace sotto::node
