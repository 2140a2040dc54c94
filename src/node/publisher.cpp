#include "node/publisher.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <set>

#include "base/big_endian.h"
#include "base/log.h"
#include "node/system.h"
#include "rendezvous/record.h"
#include "store/records.h"

namespace sotto::node {
namespace {

namespace asio = boost::asio;

constexpr milliseconds look_around{30'000};  // for addresses that have changed, and a new day
// After an update the store is left alone for so long, and for so many times what it took.
constexpr milliseconds shortest_rest{200};
constexpr int rest_factor = 20;
constexpr std::size_t issued_at_once = 64;
// Between two errands to one that is not on this machine.
constexpr milliseconds pace{20};
// After so many failures in a row it is the directory, and not what was to be put.
constexpr int failures_limit = 3;
constexpr milliseconds longest_pause{600'000};
// The night's records need not all come at midnight: those of tomorrow are there already.
constexpr std::uint32_t latest_ms = 3'600'000;

}  // namespace

Publisher::Publisher(Runtime& runtime, Parameters parameters)
    : runtime_(runtime),
      parameters_(std::move(parameters)),
      postings_(parameters_.directories.size()),
      changed_(runtime.executor()),
      lateness_(load_be<std::uint32_t>(system_entropy().bytes<4>()) % latest_ms) {
  for (const SharedDirectory& directory : parameters_.directories) {
    places_.push_back(std::make_unique<Place>(runtime.executor(), directory));
  }
}

void Publisher::start() {
  asio::co_spawn(runtime_.executor(), keep(shared_from_this()), asio::detached);
  for (std::size_t i = 0; i < places_.size(); ++i) {
    asio::co_spawn(runtime_.executor(), serve(shared_from_this(), i), asio::detached);
  }
}

void Publisher::refresh() {
  asked_ = true;
  changed_.wake();
}

void Publisher::close() {
  closed_ = true;
  parameters_.tell = nullptr;
  parameters_.ways = nullptr;
  changed_.wake();
  wake_all();
}

void Publisher::wake_all() {
  for (const auto& place : places_) place->timer.wake();
}

bool Publisher::is_due(WallTime now) const {
  if (asked_) return true;
  return now >= renewal_ + lateness_ || parameters_.ways() != ways_;
}

asio::awaitable<void> Publisher::keep(Self self) {
  using Clock = std::chrono::steady_clock;
  const milliseconds first_pause = self->parameters_.first_pause;
  milliseconds pause = first_pause;
  while (!self->closed_) {
    if (!self->withdrawing_ && self->is_due(wall_now())) {
      const SteadyTime began = Clock::now();
      const auto updated = co_await self->update();
      if (self->closed_) break;
      self->wake_all();
      const SteadyTime ended = Clock::now();
      if (!updated) {
        log(LogLevel::warning, updated.error().text());
        co_await self->rest(ended + pause);
        pause = std::min(pause * 2, longest_pause);
        self->asked_ = true;
        continue;
      }
      pause = first_pause;
      co_await self->rest(
          ended + std::max<SteadyTime::duration>(shortest_rest, rest_factor * (ended - began)));
      if (self->asked_) continue;
    }
    if (self->closed_) break;
    co_await self->changed_.wait_until(Clock::now() + look_around);
  }
}

// Whatever changes meanwhile is looked at after it.
asio::awaitable<void> Publisher::rest(SteadyTime until) {
  while (!closed_ && std::chrono::steady_clock::now() < until) {
    co_await changed_.wait_until(until);
  }
}

// Brings the postings up to date with the store and the ways here.
Async<void> Publisher::update() {
  asked_ = false;
  const WallTime now = wall_now();
  rendezvous::Whereabouts ways = parameters_.ways();
  renewal_ = rendezvous::renewal_after(now);
  if (!looked_back_) {
    const auto known = co_await withdraw_former();
    if (!known) co_return known;
    looked_back_ = true;
  }
  auto job = [room = parameters_.room, now](store::Database& database) {
    return room::bearers(database, room, now);
  };
  auto bearers = co_await runtime_.store().run<std::vector<room::Bearer>>(std::move(job));
  if (!bearers) co_return std::unexpected(bearers.error());
  std::set<LinkRef> wanted;
  for (const room::Bearer& bearer : *bearers) wanted.insert(bearer.ref);
  for (const LinkRef& ref : postings_.posted()) {
    if (!wanted.contains(ref)) postings_.withdraw(ref);
  }
  ways_ = ways;
  // A room that is nowhere yet, or for a moment, is not published as being nowhere.
  if (ways.empty()) co_return Result<void>();
  std::erase_if(*bearers, [&](const room::Bearer& bearer) {
    const wire::RendezvousRecord* record = postings_.find(bearer.ref);
    return record != nullptr && rendezvous::stands(*record, ways, now);
  });
  while (!bearers->empty() && !closed_ && !withdrawing_) {
    const std::size_t count = std::min(issued_at_once, bearers->size());
    const auto rest = bearers->end() - static_cast<std::ptrdiff_t>(count);
    std::vector<room::Bearer> some(std::make_move_iterator(rest),
                                   std::make_move_iterator(bearers->end()));
    bearers->erase(rest, bearers->end());
    const auto posted = co_await post(std::move(some), ways);
    if (!posted) co_return posted;
    wake_all();
  }
  co_return Result<void>();
}

// Those whose invite or membership ended while the room was not open.
Async<void> Publisher::withdraw_former() {
  using Postings = std::shared_ptr<std::vector<rendezvous::Posting>>;
  auto job = [room = parameters_.room](store::Database& database) -> Result<Postings> {
    auto found = room::former_bearers(database, room, wall_now());
    if (!found) return pass(found);
    return std::make_shared<std::vector<rendezvous::Posting>>(std::move(*found));
  };
  const auto former = co_await runtime_.store().run<Postings>(std::move(job));
  if (!former) co_return std::unexpected(former.error());
  for (rendezvous::Posting& posting : **former) postings_.withdraw(std::move(posting));
  co_return Result<void>();
}

Async<void> Publisher::post(std::vector<room::Bearer> bearers,
                            const rendezvous::Whereabouts& ways) {
  using Postings = std::shared_ptr<std::vector<rendezvous::Posting>>;
  auto job = [ways, some = std::make_shared<std::vector<room::Bearer>>(std::move(bearers))](
                 store::Database& database) -> Result<Postings> {
    auto issued = room::issue(database, *some, ways, wall_now());
    if (!issued) return pass(issued);
    return std::make_shared<std::vector<rendezvous::Posting>>(std::move(*issued));
  };
  const auto issued = co_await runtime_.store().run<Postings>(std::move(job));
  if (!issued) co_return std::unexpected(issued.error());
  if (withdrawing_) co_return Result<void>();
  for (rendezvous::Posting& posting : **issued) postings_.post(std::move(posting));
  co_return Result<void>();
}

asio::awaitable<void> Publisher::serve(Self self, std::size_t number) {
  Place& place = *self->places_[number];
  while (!self->closed_) {
    const auto errand = self->postings_.next(number);
    if (!errand) {
      // What has failed comes again after a while.
      const bool waits = self->postings_.has_put_off(number);
      co_await place.timer.wait_until(waits ? place.due : SteadyTime::max());
      if (waits && std::chrono::steady_clock::now() >= place.due) {
        self->postings_.resume(number);
      }
      continue;
    }
    const auto done = co_await self->carry_out(*place.directory, *errand);
    if (self->closed_) break;
    if (done) {
      self->postings_.done(*errand);
      self->forget_gone();
      place.failures = 0;
      if (!self->postings_.has_put_off(number)) place.pause = milliseconds(0);
    } else {
      // The first of them says when: others that fail later put it off no further.
      const bool is_first = !self->postings_.has_put_off(number);
      self->postings_.put_off(*errand);
      self->complain(place, done.error());
      if (is_first) place.due = std::chrono::steady_clock::now() + place.pause;
    }
    if (place.failures >= failures_limit) {
      place.failures = 0;
      co_await place.timer.wait_until(std::chrono::steady_clock::now() + place.pause);
      self->postings_.resume(number);
    } else if (!place.directory->is_near()) {
      co_await place.timer.sleep_until(std::chrono::steady_clock::now() + pace);
    }
  }
}

Async<void> Publisher::carry_out(rendezvous::Directory& directory, rendezvous::Errand errand) {
  const rendezvous::Posting* subject = postings_.subject(errand);
  if (subject == nullptr) co_return Result<void>();
  if (errand.seq == 0) {
    co_return co_await directory.remove(
        rendezvous::publishing_key(subject->secret, errand.day));
  }
  auto blob = rendezvous::publish(subject->record, runtime_.profile().keys().identity,
                                  subject->secret, errand.day, system_entropy());
  if (!blob) co_return std::unexpected(blob.error());
  co_return co_await directory.put(std::move(*blob));
}

// Nothing of it is anywhere: the store need not remember it.
void Publisher::forget_gone() {
  for (rendezvous::Posting& posting : postings_.gone()) {
    auto job = [secret = std::make_shared<crypto::SymmetricKey>(std::move(posting.secret))](
                   store::Database& database) {
      return store::Records(database).remove(*secret);
    };
    auto done = [](const Result<void>& removed) {
      if (!removed) log(LogLevel::warning, removed.error().text());
    };
    runtime_.store().post(std::move(job), std::move(done));
  }
}

void Publisher::complain(Place& place, const Error& why) {
  ++place.failures;
  const bool is_new = place.pause == milliseconds(0);
  place.pause = is_new ? parameters_.first_pause : std::min(place.pause * 2, longest_pause);
  if (!is_new) return;
  parameters_.tell({why.name(), "Where this room is could not be published in " +
                                    place.directory->name() + ": " + why.text() +
                                    " It is tried again by itself."});
}

Async<void> Publisher::withdraw_all(SteadyTime deadline) {
  withdrawing_ = true;
  for (const LinkRef& ref : postings_.posted()) postings_.withdraw(ref);
  wake_all();
  net::AsioTimer timer(runtime_.executor());
  const auto busy = [this] {
    for (std::size_t i = 0; i < places_.size(); ++i) {
      if (postings_.next(i)) return true;
    }
    return false;
  };
  while (busy() && timer.now() < deadline) {
    co_await timer.sleep_until(timer.now() + milliseconds(5));
  }
  co_return Result<void>();
}

}  // namespace sotto::node
