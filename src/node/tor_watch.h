// What becomes of tor, as events for whoever waits for it or depends on it.
#pragma once
#include <functional>

#include "node/events.h"
#include "node/tor_manager.h"

namespace sotto::node {

class TorWatch final : public TorObserver {
 public:
  // Calls `tell` until it goes, or `manager` does.
  TorWatch(TorManager& manager, std::function<void(const Event&)> tell);
  ~TorWatch() override;
  TorWatch(const TorWatch&) = delete;
  TorWatch& operator=(const TorWatch&) = delete;

 private:
  void on_bootstrap(const tor::Bootstrap& at) override;
  void on_tor_lost(const Error& why) override;
  void on_tor_back() override;
  void on_tor_notice(const Error& what) override;

  TorManager& manager_;
  std::weak_ptr<const bool> manager_lives_;  // coroutines that are cut off may outlive it
  std::function<void(const Event&)> tell_;
};

}  // namespace sotto::node
