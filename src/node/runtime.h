// The loop of one command: one thread owns all state, the store has its own, signals end it.
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <functional>
#include <optional>

#include "node/events.h"
#include "node/profile.h"
#include "node/store_thread.h"

namespace sotto::node {

class Runtime {
 public:
  // `profile` and `sink` must outlive it.
  Runtime(Profile& profile, EventSink& sink);

  boost::asio::io_context& loop() { return loop_; }
  boost::asio::any_io_executor executor() { return loop_.get_executor(); }
  StoreThread& store() { return store_; }
  Profile& profile() { return profile_; }

  // True when it was written.
  bool emit(const Event& event);

  // Spawns `main` and runs until it ends; its result.  `on_stop` is called once at SIGINT,
  // SIGTERM or SIGHUP and lets `main` come to a clean end, after which the result is
  // Errc::interrupted or terminated; a second signal ends at once.
  Result<void> run(Async<void> main, std::function<void()> on_stop);

 private:
  void wait_for_signal();

  Profile& profile_;
  EventSink& sink_;
  boost::asio::io_context loop_;
  StoreThread store_;
  boost::asio::signal_set signals_;
  std::function<void()> on_stop_;
  std::optional<int> signal_;
};

}  // namespace sotto::node
