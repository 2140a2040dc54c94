// Keeps one tor at work: starts it, follows it, brings it back.  What TorManager is to others,
// in one object that coroutines hold on to.
//
//            needed               connected                100 %
//   idle -------------> starting ------------> bootstrapping -----> ready
//     ^                  |    ^                      |                |
//     |   never was      |    | back-off             v                v
//     +---- there -------+    +-------------------- lost <------------+
//
// A tor that was never connected to is not waited for: who needs it hears why at once.  One
// that was is brought back for as long as it takes.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "node/change.h"
#include "node/tor_manager.h"
#include "node/tor_session.h"

namespace sotto::node {

class OnionKeeper;

class TorKeeper : public std::enable_shared_from_this<TorKeeper> {
 public:
  // `entropy` must outlive it, or abandon() be called before that ends.
  TorKeeper(boost::asio::any_io_executor executor, std::filesystem::path directory,
            Entropy& entropy, const TorTiming& timing);

  // As TorManager's.
  Result<void> configure(TorSettings settings);
  void subscribe(TorObserver& observer);
  void unsubscribe(TorObserver& observer);
  TorStatus status() const;
  Async<void> stop();
  // At once, without asking tor; coroutines under way end when they are next resumed.
  void abandon() noexcept;

  // Starts it unless it runs; nothing is waited for.
  void start();
  // The one that is bootstrapped.  Errors of TorManager::ready().
  Async<std::shared_ptr<TorSession>> ready(SteadyTime deadline);
  // Null while there is none that is bootstrapped.
  std::shared_ptr<TorSession> session() const;
  // Of the last one that was connected to.
  bool same_user() const { return same_user_; }

  // It hears of every change of session() until it is withdrawn.
  void add(std::shared_ptr<OnionKeeper> onion);
  void withdraw(const OnionKeeper& onion);
  // Whether a service may be published now, or has to wait to be woken: a tor that is given a
  // hundred at once has none ready for minutes.  Until settled().
  bool may_publish(const OnionKeeper& onion);
  void settled(const OnionKeeper& onion);

  // Nothing has come through this tor for long although it says that all is well: one of our
  // own is started anew, but not again and again.
  void suspect(const TorSession& session);
  void tell(const Error& notice);
  // Whether it was stopped or abandoned: nothing may be begun any more.
  bool over() const { return stopping_; }

  boost::asio::any_io_executor executor() const { return executor_; }
  Entropy& entropy() const { return entropy_; }
  const TorTiming& timing() const { return timing_; }

 private:
  enum class State { idle, starting, bootstrapping, ready, lost };

  static boost::asio::awaitable<void> run(std::shared_ptr<TorKeeper> self);
  static boost::asio::awaitable<void> beat(std::shared_ptr<TorKeeper> self,
                                           std::weak_ptr<TorSession> session);
  Async<void> live();
  Async<std::shared_ptr<TorSession>> open();
  Async<void> meet(std::shared_ptr<TorSession> session);
  Async<void> greet(std::shared_ptr<TorSession> session);
  boost::asio::awaitable<void> until_over();
  boost::asio::awaitable<void> rest(milliseconds pause);
  boost::asio::awaitable<void> end();
  milliseconds note_end(const Error& why, milliseconds pause);
  Error why_not_ready() const;

  // tor_keeper_events.cpp
  void on_event(const tor::Event& event);
  void on_bootstrap(const tor::Bootstrap& at);
  void on_clock_skew(const tor::ClockSkew& skew);
  void on_circuit(const tor::CircuitEvent& event);
  void on_descriptor(const tor::DescriptorEvent& event);
  void note_circuits(std::string_view listed);
  void become_ready();
  void tell_lost(const Error& why);
  void wake_onions();
  template <class Call>
  void for_each_observer(Call call);

  boost::asio::any_io_executor executor_;
  std::filesystem::path directory_;
  Entropy& entropy_;
  TorTiming timing_;
  TorSettings settings_;
  Change changed_;  // of anything below
  Change beat_;
  std::vector<TorObserver*> observers_;
  std::vector<std::shared_ptr<OnionKeeper>> onions_;
  std::set<const OnionKeeper*> unsettled_;  // published, and not answered yet

  State state_ = State::idle;
  bool running_ = false;   // run() is
  bool stopping_ = false;  // run() is to end
  bool wanted_ = false;
  bool in_a_hurry_ = false;  // somebody asks while it rests before another attempt
  std::optional<SteadyTime> stop_by_;
  int refusals_ = 0;        // how often it could not be started at all
  int stops_ = 0;           // how often stop() was called
  bool met_ = false;        // was connected to since start()
  bool told_lost_ = false;  // and not yet that it is back
  bool same_user_ = false;
  std::optional<SteadyTime> ready_since_;
  std::optional<SteadyTime> suspected_;
  std::optional<TorSession::Whose> whose_;

  std::shared_ptr<TorSession> current_;
  std::string version_, at_;
  std::optional<tor::Bootstrap> bootstrap_;
  std::optional<tor::ClockSkew> skew_;
  std::set<std::string> circuits_;  // ids of those that are built
  std::optional<Error> trouble_;
  int restarts_ = 0;
};

}  // namespace sotto::node
