// What tor tells while it runs, and who hears of it.
#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/text.h"
#include "node/onion_keeper.h"
#include "node/tor_keeper.h"

namespace sotto::node {
namespace {

using Clock = std::chrono::steady_clock;

// A clock that drifts a little is the same news.
constexpr std::chrono::seconds same_skew{60};

template <class... Calls>
struct Overloaded : Calls... {
  using Calls::operator()...;
};

bool is_news(const std::optional<tor::Bootstrap>& old, const tor::Bootstrap& now) {
  return !old || old->progress != now.progress || old->summary != now.summary ||
         old->warning != now.warning || old->reason != now.reason ||
         old->stuck() != now.stuck();
}

}  // namespace

// An observer may go, or let others go, while it is called.
template <class Call>
void TorKeeper::for_each_observer(Call call) {
  const auto all = observers_;
  for (TorObserver* observer : all) {
    if (std::ranges::find(observers_, observer) != observers_.end()) call(*observer);
  }
}

void TorKeeper::subscribe(TorObserver& observer) {
  observers_.push_back(&observer);
}

void TorKeeper::unsubscribe(TorObserver& observer) {
  std::erase(observers_, &observer);
}

void TorKeeper::tell(const Error& notice) {
  for_each_observer([&](TorObserver& observer) { observer.on_tor_notice(notice); });
}

void TorKeeper::tell_lost(const Error& why) {
  told_lost_ = true;
  for_each_observer([&](TorObserver& observer) { observer.on_tor_lost(why); });
}

void TorKeeper::on_event(const tor::Event& event) {
  const auto self = shared_from_this();
  std::visit(Overloaded{
                 [&](const tor::Bootstrap& at) { on_bootstrap(at); },
                 [&](const tor::ClockSkew& skew) { on_clock_skew(skew); },
                 [&](const tor::CircuitEvent& circuit) { on_circuit(circuit); },
                 [&](const tor::DescriptorEvent& descriptor) { on_descriptor(descriptor); },
                 [&](const tor::NetworkLiveness& network) {
                   log(LogLevel::info, network.up ? "Tor reaches its network again."
                                                  : "Tor does not reach its network.");
                 },
                 [](const tor::StatusEvent& status) {
                   if (status.severity == tor::Severity::notice) return;
                   log(LogLevel::info, "Tor says: " + displayable(status.action) + ".");
                 },
                 [](const tor::OtherEvent&) {},
             },
             event);
}

void TorKeeper::on_bootstrap(const tor::Bootstrap& at) {
  const bool news = is_news(bootstrap_, at);
  bootstrap_ = at;
  if (at.stuck()) {
    trouble_ = Error(tor::Errc::not_bootstrapped, tor::describe(at));
  } else {
    trouble_.reset();
  }
  if (news) for_each_observer([&](TorObserver& observer) { observer.on_bootstrap(at); });
  if (at.done() && state_ == State::bootstrapping) become_ready();
}

void TorKeeper::become_ready() {
  state_ = State::ready;
  ready_since_ = Clock::now();
  trouble_.reset();
  const bool back = std::exchange(told_lost_, false);
  if (back) ++restarts_;
  changed_.notify();
  wake_onions();
  if (back) for_each_observer([](TorObserver& observer) { observer.on_tor_back(); });
}

void TorKeeper::on_clock_skew(const tor::ClockSkew& skew) {
  const bool known = skew_ && std::chrono::abs(skew_->skew - skew.skew) < same_skew;
  skew_ = skew;
  if (!known) tell({tor::Errc::clock_skew, tor::describe(skew)});
}

void TorKeeper::on_circuit(const tor::CircuitEvent& event) {
  using Status = tor::CircuitEvent::Status;
  if (event.status == Status::built) circuits_.insert(event.id);
  if (event.status == Status::failed || event.status == Status::closed) {
    circuits_.erase(event.id);
  }
}

// Lines of GETINFO circuit-status: id status ...
void TorKeeper::note_circuits(std::string_view listed) {
  while (!listed.empty()) {
    const std::string_view line = listed.substr(0, listed.find('\n'));
    listed.remove_prefix(std::min(line.size() + 1, listed.size()));
    const std::size_t space = line.find(' ');
    if (space == line.npos || !line.substr(space + 1).starts_with("BUILT")) continue;
    circuits_.emplace(line.substr(0, space));
  }
}

void TorKeeper::on_descriptor(const tor::DescriptorEvent& event) {
  if (!event.address) return;
  const auto all = onions_;
  for (const auto& onion : all) {
    if (onion->address() == *event.address) onion->on_descriptor(event);
  }
}

void TorKeeper::wake_onions() {
  const auto all = onions_;
  for (const auto& onion : all) onion->wake();
}

TorStatus TorKeeper::status() const {
  TorStatus out;
  switch (state_) {
    case State::idle:
      out.state = "idle";
      break;
    case State::starting:
      out.state = told_lost_ ? "lost" : "starting";
      break;
    case State::bootstrapping:
      out.state = "bootstrapping";
      break;
    case State::ready:
      out.state = "ready";
      break;
    case State::lost:
      out.state = "lost";
      break;
  }
  out.version = version_;
  out.control = at_;
  if (whose_) {
    switch (*whose_) {
      case TorSession::Whose::own:
        out.whose = "own";
        break;
      case TorSession::Whose::system:
        out.whose = "system";
        break;
      case TorSession::Whose::given:
        out.whose = "given";
        break;
    }
  }
  if (bootstrap_) {
    out.bootstrap = bootstrap_->progress;
    out.summary = bootstrap_->summary;
  }
  out.trouble = trouble_;
  out.circuits = circuits_.size();
  out.restarts = restarts_;
  return out;
}

}  // namespace sotto::node
