#include "node/tor_keeper.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <utility>

#include "base/log.h"
#include "node/onion_keeper.h"
#include "node/system.h"
#include "node/tor_choice.h"

namespace sotto::node {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

constexpr std::size_t published_at_once = 8;  // services that nobody has answered from yet

// The wall clock runs ahead of the steady one by as much as the machine slept.
constexpr milliseconds slept{30'000};

Error stopped() {
  return {tor::Errc::not_bootstrapped, "Tor was stopped, because sotto ends."};
}

}  // namespace

TorKeeper::TorKeeper(asio::any_io_executor executor, std::filesystem::path directory,
                     Entropy& entropy, const TorTiming& timing)
    : executor_(std::move(executor)),
      directory_(std::move(directory)),
      entropy_(entropy),
      timing_(timing),
      changed_(executor_),
      beat_(executor_) {}

Result<void> TorKeeper::configure(TorSettings settings) {
  if (settings == settings_) return {};
  if (running_ && wanted_) {
    return fail(tor::Errc::running_otherwise,
                "The process that owns this profile runs tor with other settings than these. "
                "Leave the settings away, or end that process first.");
  }
  settings_ = std::move(settings);
  return {};
}

void TorKeeper::start() {
  wanted_ = true;
  if (state_ == State::idle) in_a_hurry_ = true;
  if (!std::exchange(running_, true)) {
    asio::co_spawn(executor_, run(shared_from_this()), asio::detached);
  }
  changed_.notify();
}

std::shared_ptr<TorSession> TorKeeper::session() const {
  return state_ == State::ready && !current_->lost() ? current_ : nullptr;
}

Async<std::shared_ptr<TorSession>> TorKeeper::ready(SteadyTime deadline) {
  const auto self = shared_from_this();
  const int refusals = refusals_;
  const int stops = stops_;
  if (!stopping_ && !session()) start();
  while (!stopping_ && stops_ == stops) {
    if (auto found = session()) co_return found;
    if (refusals_ != refusals) co_return std::unexpected(*trouble_);
    if (Clock::now() >= deadline) co_return std::unexpected(why_not_ready());
    co_await changed_.until(deadline);
  }
  co_return std::unexpected(stopped());
}

Error TorKeeper::why_not_ready() const {
  std::string text = "Tor is not ready yet. ";
  if (bootstrap_ && state_ == State::bootstrapping) text += tor::describe(*bootstrap_) + " ";
  if (trouble_ && state_ != State::bootstrapping) text += trouble_->text() + " ";
  if (skew_) text += tor::describe(*skew_) + " ";
  return {tor::Errc::not_bootstrapped,
          text + "Check this machine's network, or give it longer with --timeout."};
}

// Holds what it runs on: the manager may go at any time.
asio::awaitable<void> TorKeeper::run(std::shared_ptr<TorKeeper> self) {
  milliseconds pause = self->timing_.pause;
  while (!self->stopping_) {
    if (!self->wanted_) {
      co_await self->changed_.until(SteadyTime::max());
      continue;
    }
    const auto ended = co_await self->live();
    if (self->stopping_) break;
    pause = self->note_end(ended.error(), pause);
    co_await self->rest(pause);
  }
  co_await self->end();
}

// One tor from its start to its end: why it ended.
Async<void> TorKeeper::live() {
  state_ = State::starting;
  in_a_hurry_ = false;
  bootstrap_.reset();
  auto opened = co_await open();
  if (!opened) co_return std::unexpected(opened.error());
  if (stopping_) co_return Result<void>();
  const auto session = *opened;
  current_ = session;
  const auto greeted = co_await meet(session);
  if (!greeted) co_return greeted;
  asio::co_spawn(executor_, beat(shared_from_this(), session), asio::detached);
  while (!stopping_ && !session->lost()) co_await changed_.until(SteadyTime::max());
  if (stopping_) co_return Result<void>();
  co_return std::unexpected(*session->lost());
}

Async<std::shared_ptr<TorSession>> TorKeeper::open() {
  using namespace asio::experimental::awaitable_operators;
  auto race =
      open_tor(executor_, directory_, settings_, whose_, entropy_, timing_) || until_over();
  auto first = co_await std::move(race);
  if (first.index() == 0) co_return std::get<0>(std::move(first));
  co_return std::unexpected(stopped());
}

asio::awaitable<void> TorKeeper::until_over() {
  while (!stopping_) co_await changed_.until(SteadyTime::max());
}

Async<void> TorKeeper::meet(std::shared_ptr<TorSession> session) {
  using namespace asio::experimental::awaitable_operators;
  auto race = greet(std::move(session)) || until_over();
  auto first = co_await std::move(race);
  if (first.index() == 0) co_return std::get<0>(std::move(first));
  co_return std::unexpected(stopped());
}

Async<void> TorKeeper::greet(std::shared_ptr<TorSession> session) {
  const std::weak_ptr<TorKeeper> weak = weak_from_this();
  session->set_handlers(
      [weak](const tor::Event& event) {
        if (const auto self = weak.lock()) self->on_event(event);
      },
      // The session may not go while it calls us: run() drops it later.
      [weak](const Error&) {
        if (const auto self = weak.lock()) {
          self->changed_.notify();
          self->beat_.notify();
          self->wake_onions();
        }
      });
  state_ = State::bootstrapping;
  same_user_ = session->same_user;
  version_ = session->info().version;
  at_ = net::to_string(session->at());
  circuits_.clear();
  auto events = tor::set_events(
      {"STATUS_CLIENT", "STATUS_GENERAL", "HS_DESC", "CIRC", "NETWORK_LIVENESS"});
  const auto subscribed = co_await session->ask(std::move(events));
  if (!subscribed) co_return std::unexpected(subscribed.error());
  if (auto done = tor::read_ok(*subscribed); !done) co_return done;
  if (auto woken = co_await session->wake(); !woken) co_return woken;
  auto questions = tor::get_info({"status/bootstrap-phase", "circuit-status"});
  const auto reply = co_await session->ask(std::move(questions));
  if (!reply) co_return std::unexpected(reply.error());
  const auto values = tor::read_get_info(*reply);
  if (!values) co_return std::unexpected(values.error());
  met_ = true;
  whose_ = session->whose();
  if (const auto at = values->find("circuit-status"); at != values->end()) {
    note_circuits(at->second);
  }
  if (const auto at = values->find("status/bootstrap-phase"); at != values->end()) {
    const auto phase = tor::read_bootstrap_phase(at->second);
    if (!phase) co_return std::unexpected(phase.error());
    if (!stopping_) on_bootstrap(*phase);
  }
  co_return Result<void>();
}

// A tor that hangs is noticed though nobody asks anything of it: then the session is lost.  So
// is it that the machine has slept: connections of before are gone then, and nobody knows yet.
asio::awaitable<void> TorKeeper::beat(std::shared_ptr<TorKeeper> self,
                                      std::weak_ptr<TorSession> watched) {
  while (!self->stopping_) {
    const auto wall = wall_now();
    const SteadyTime steady = Clock::now();
    co_await self->beat_.until(steady + self->timing_.beat);
    const auto session = watched.lock();
    if (self->stopping_ || !session || session->lost()) co_return;
    if (wall_now() - wall > Clock::now() - steady + slept) {
      for (const auto& onion : self->onions_) onion->probe_soon();
    }
    auto question = tor::get_info({"version"});
    const auto answered = co_await session->ask(std::move(question));
    if (!answered) co_return;
  }
}

// Tells it to those concerned; how long to rest before the next.
milliseconds TorKeeper::note_end(const Error& why, milliseconds pause) {
  const bool was_ready = state_ == State::ready;
  const bool had_settled = was_ready && Clock::now() - *ready_since_ > timing_.settled;
  trouble_ = why;
  current_.reset();
  circuits_.clear();
  log(LogLevel::info, "Tor: " + why.text());
  if (!met_) {
    state_ = State::idle;
    ++refusals_;
    wanted_ = !onions_.empty();
  } else {
    state_ = State::lost;
  }
  changed_.notify();
  wake_onions();
  if (was_ready) {
    tell_lost(why);
    if (had_settled) return timing_.pause;
  }
  const bool own = !whose_ || *whose_ == TorSession::Whose::own;
  return std::min(pause * 2,
                  own ? timing_.longest_pause_of_own : timing_.longest_pause_of_others);
}

asio::awaitable<void> TorKeeper::rest(milliseconds pause) {
  const SteadyTime end = Clock::now() + pause;
  while (!stopping_ && !in_a_hurry_ && Clock::now() < end) co_await changed_.until(end);
}

Async<void> TorKeeper::stop() {
  const auto self = shared_from_this();
  if (!running_) co_return Result<void>();
  if (!stop_by_) stop_by_ = Clock::now() + timing_.stop;
  ++stops_;
  stopping_ = true;
  // Services end with their tor.
  for (const auto& onion : std::exchange(onions_, {})) onion->abandon();
  changed_.notify();
  beat_.notify();
  while (running_) co_await changed_.until(SteadyTime::max());
  co_return Result<void>();
}

asio::awaitable<void> TorKeeper::end() {
  if (const auto session = std::exchange(current_, nullptr); session && stop_by_) {
    const auto ended = co_await session->stop(timing_.drain, *stop_by_);
    if (!ended) log(LogLevel::warning, ended.error().text());
  }
  state_ = State::idle;
  met_ = false;
  whose_.reset();
  wanted_ = false;
  running_ = false;
  if (stop_by_) stopping_ = false;  // it may be started again
  stop_by_.reset();
  changed_.notify();
}

void TorKeeper::abandon() noexcept {
  stopping_ = true;
  stop_by_.reset();
  observers_.clear();
  for (const auto& onion : std::exchange(onions_, {})) onion->abandon();
  if (current_) {
    current_->forget_handlers();
    current_->lose(stopped());
  }
  current_.reset();
  state_ = State::idle;
  changed_.notify();
  beat_.notify();
}

void TorKeeper::suspect(const TorSession& session) {
  const SteadyTime now = Clock::now();
  const bool own = session.whose() == TorSession::Whose::own;
  if (!own || &session != current_.get()) return;
  if (suspected_ && now < *suspected_ + timing_.suspicion) return;
  suspected_ = now;
  current_->lose(
      {tor::Errc::program_failed,
       "Nothing has come through tor for minutes, though it says that all is well. It "
       "is started anew."});
}

void TorKeeper::add(std::shared_ptr<OnionKeeper> onion) {
  onions_.push_back(std::move(onion));
  start();
}

void TorKeeper::withdraw(const OnionKeeper& onion) {
  std::erase_if(onions_, [&](const auto& one) { return one.get() == &onion; });
  settled(onion);
}

bool TorKeeper::may_publish(const OnionKeeper& onion) {
  if (unsettled_.contains(&onion)) return true;
  if (unsettled_.size() >= published_at_once) return false;
  unsettled_.insert(&onion);
  return true;
}

void TorKeeper::settled(const OnionKeeper& onion) {
  if (unsettled_.erase(&onion) == 0) return;
  // Not itself: one that is refused again and again would never rest.
  const auto all = onions_;
  for (const auto& one : all) {
    if (one.get() != &onion) one->wake();
  }
}

}  // namespace sotto::node
