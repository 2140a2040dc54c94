// What systemd is told of a service: the protocol of sd_notify(3), which is one datagram of
// lines to the socket that $NOTIFY_SOCKET names.
//
// Written here and not taken from libsystemd, which brings six more libraries into a
// process that should start within milliseconds (docs/decisions/037-units-that-wait.md).
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace sotto::net {

class ServiceManager {
 public:
  // The one that has started this process as a service; null when none waits for notices.  What
  // it has put into the environment is taken out of it: programs that we run are not asked.
  // To be called while no other thread runs.
  static std::unique_ptr<ServiceManager> from_environment();
  ~ServiceManager();
  ServiceManager(const ServiceManager&) = delete;
  ServiceManager& operator=(const ServiceManager&) = delete;

  // "READY=1", "STATUS=...", more than one a line each.  Never waits: one that does not read is
  // not told.
  void tell(std::string_view lines) const;

  // It ends this process when it was not told WATCHDOG=1 for so long.
  std::optional<std::chrono::microseconds> patience() const { return patience_; }

 private:
  ServiceManager(int socket, std::string address,
                 std::optional<std::chrono::microseconds> patience);

  int socket_;
  std::string address_;  // as $NOTIFY_SOCKET has it
  std::optional<std::chrono::microseconds> patience_;
};

}  // namespace sotto::net
