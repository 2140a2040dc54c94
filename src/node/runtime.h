// What everything that runs on a profile shares: the loop on which all state lives, the store's
// thread, those for files, and tor.
#pragma once
#include <boost/asio/io_context.hpp>

#include "node/disk.h"
#include "node/profile.h"
#include "node/reader.h"
#include "node/relays.h"
#include "node/store_thread.h"
#include "node/system.h"
#include "node/tor_folder.h"
#include "node/tor_manager.h"

namespace sotto::node {

class Runtime {
 public:
  // `profile` must outlive it.
  explicit Runtime(Profile& profile)
      : profile_(profile),
        loop_(1),
        store_(loop_.get_executor(), profile.database()),
        reader_(loop_.get_executor(), profile.database()),
        disk_(loop_.get_executor()),
        tor_(loop_.get_executor(), tor_folder(profile.home()), system_entropy()),
        relays_(loop_.get_executor(), tor_),
        directories_(profile.directories()) {
    // Settings that are none were refused when the profile was opened, and nothing runs yet.
    if (auto settings = settings_of(profile.tor())) {
      [[maybe_unused]] const auto configured = tor_.configure(std::move(*settings));
    }
    [[maybe_unused]] const auto known = relays_.configure(profile.relay());
  }

  boost::asio::io_context& loop() { return loop_; }
  boost::asio::any_io_executor executor() { return loop_.get_executor(); }
  StoreThread& store() { return store_; }
  Reader& reader() { return reader_; }
  Disk& disk() { return disk_; }
  TorManager& tor() { return tor_; }
  Relays& relays() { return relays_; }
  // Where to look for hosts that have moved: what the settings and commands have named.
  const std::vector<DirectoryWord>& directories() const { return directories_; }
  void look_in(const std::vector<DirectoryWord>& directories);
  Profile& profile() { return profile_; }

 private:
  Profile& profile_;
  boost::asio::io_context loop_;
  StoreThread store_;
  Reader reader_;
  Disk disk_;
  TorManager tor_;
  Relays relays_;
  std::vector<DirectoryWord> directories_;
};

// The last ones named are kept, if they are too many.
inline void Runtime::look_in(const std::vector<DirectoryWord>& directories) {
  for (const DirectoryWord& word : directories) {
    std::erase(directories_, word);
    directories_.push_back(word);
  }
  if (directories_.size() <= directories_limit) return;
  directories_.erase(directories_.begin(), directories_.end() - directories_limit);
}

// What a command says of tor holds from now on, if it says anything.  settings_of()'s errors;
// tor's running_otherwise.
inline Result<void> use_tor(Runtime& runtime, const TorRequest& request) {
  if (!request.has_settings()) return {};
  auto settings = settings_of(request);
  if (!settings) return pass(settings);
  const auto configured = runtime.tor().configure(std::move(*settings));
  // Who does not ask for Tor is not kept from going by how it runs.
  return configured || request.only ? configured : Result<void>();
}

}  // namespace sotto::node
