#include "node/finder.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "base/log.h"
#include "node/system.h"
#include "room/following.h"

namespace sotto::node {
namespace {

namespace asio = boost::asio;

// How soon one is asked again, and how seldom after many times.
struct Patience {
  milliseconds first;
  milliseconds longest;
};
constexpr Patience with_near{milliseconds(1'000), milliseconds(15'000)};
constexpr Patience with_far{milliseconds(10'000), milliseconds(300'000)};

Patience patience_with(const rendezvous::Directory& directory) {
  return directory.is_near() ? with_near : with_far;
}

}  // namespace

Finder::Finder(Runtime& runtime, Parameters parameters)
    : runtime_(runtime), parameters_(std::move(parameters)), timer_(runtime.executor()) {}

void Finder::seek() {
  if (closed_ || std::exchange(seeking_, true)) return;
  told_.clear();
  // One that was asked just now is not asked again for every link that breaks.
  for (auto& [name, place] : places_) place.pause = milliseconds(0);
  if (std::exchange(running_, true)) {
    timer_.wake();
  } else {
    asio::co_spawn(runtime_.executor(), run(shared_from_this()), asio::detached);
  }
}

void Finder::rest() {
  seeking_ = false;
}

void Finder::close() {
  closed_ = true;
  seeking_ = false;
  parameters_ = {};
  timer_.wake();
}

asio::awaitable<void> Finder::run(Self self) {
  while (!self->closed_) {
    if (!self->seeking_) {
      co_await self->timer_.wait_until(SteadyTime::max());
      continue;
    }
    const SteadyTime now = std::chrono::steady_clock::now();
    SteadyTime next = SteadyTime::max();
    for (const SharedDirectory& directory : self->parameters_.directories()) {
      Place& place = self->places_[directory->name()];
      if (place.busy) continue;
      if (place.due > now) {
        next = std::min(next, place.due);
        continue;
      }
      const Patience patience = patience_with(*directory);
      place.pause = std::clamp(place.pause * 2, patience.first, patience.longest);
      place.busy = true;
      asio::co_spawn(self->runtime_.executor(), ask(self, directory), asio::detached);
    }
    co_await self->timer_.wait_until(next);
  }
}

asio::awaitable<void> Finder::ask(Self self, SharedDirectory directory) {
  const auto asked = co_await self->look_in(*directory);
  Place& place = self->places_[directory->name()];
  place.busy = false;
  place.due = std::chrono::steady_clock::now() + place.pause;
  if (!asked) self->tell(*directory, asked.error());
  self->timer_.wake();
}

// True when the way has become another one.
Async<bool> Finder::look_in(rendezvous::Directory& directory) {
  using Found = std::shared_ptr<std::optional<rendezvous::Search>>;
  auto job = [room = parameters_.room](store::Database& database) -> Result<Found> {
    auto search = room::search_for(database, room, wall_now());
    if (!search) return pass(search);
    return std::make_shared<std::optional<rendezvous::Search>>(std::move(*search));
  };
  const auto found = co_await runtime_.store().run<Found>(std::move(job));
  if (!found) co_return std::unexpected(found.error());
  if (!**found) co_return false;
  rendezvous::Search& search = ***found;
  for (const auto& place : search.places()) {
    if (closed_) co_return false;
    auto blob = co_await directory.get(place.key);
    if (!blob) co_return std::unexpected(blob.error());
    if (!*blob) continue;
    // That one answer is a lie is told; another one may be true all the same.
    const auto offered = search.offer(place, **blob);
    if (!offered) tell(directory, offered.error());
  }
  auto result = search.result();
  if (!result) co_return std::unexpected(result.error());
  if (!*result || closed_) co_return false;
  co_return co_await follow(std::move(**result));
}

Async<bool> Finder::follow(wire::RendezvousRecord record) {
  using Reach = std::shared_ptr<std::optional<Secret>>;
  auto job = [room = parameters_.room,
              record = std::move(record)](store::Database& database) -> Result<Reach> {
    auto reach = room::follow(database, room, record);
    if (!reach) return pass(reach);
    return std::make_shared<std::optional<Secret>>(std::move(*reach));
  };
  const auto reach = co_await runtime_.store().run<Reach>(std::move(job));
  if (!reach) co_return std::unexpected(reach.error());
  if (!**reach || closed_) co_return false;
  log(LogLevel::info, "The host has moved: its published record says where to.");
  parameters_.moved(std::move(***reach));
  co_return true;
}

void Finder::tell(const rendezvous::Directory& directory, const Error& why) {
  if (closed_ || !seeking_) return;
  const std::string text = "In " + directory.name() + ": " + why.text();
  if (told_.insert(directory.name() + " " + why.name()).second) {
    parameters_.notice(Error(why.code(), text));
  }
}

}  // namespace sotto::node
