// Agent: forgetting rooms and people, whose rooms must not be open meanwhile: what is written
// into a room that is gone would be its beginning anew.
#include "node/agent.h"
#include "node/forget.h"
#include "node/hosted_room.h"

namespace sotto::node {
namespace {

constexpr milliseconds closing_poll{5};

}  // namespace

Async<Agent::KeptShut> Agent::keep_shut(std::vector<RoomId> rooms) {
  KeptShut marks;
  for (const RoomId& id : rooms) marks.emplace_back(kept_shut_, id);
  net::AsioTimer timer(runtime_.executor());
  for (const RoomId& id : rooms) {
    while (true) {
      // Who found the room before it was marked hears that it may not be opened, or has just
      // opened it.
      if (!about_to_open_->contains(id)) {
        const auto open = rooms_.find(id);
        if (open == rooms_.end()) break;
        auto* const hosted = dynamic_cast<HostedRoom*>(open->second.room.get());
        if (hosted != nullptr) hosted->retire();
        if (!open->second.room->closing()) open->second.room->close();
      }
      co_await timer.sleep_until(timer.now() + closing_poll);
    }
  }
  co_return std::move(marks);
}

Async<Forgotten> Agent::forget(ClientId, ForgetRequest request) {
  const auto asked = std::make_shared<ForgetRequest>(std::move(request));
  auto find = [this, asked](store::Database&) {
    return find_to_forget(runtime_.profile(), *asked);
  };
  const auto what = co_await runtime_.store().run<store::ToForget>(std::move(find));
  if (!what) co_return std::unexpected(what.error());
  auto shut = co_await keep_shut(what->rooms);
  auto forget = [this, asked](store::Database&) {
    return carry_out_forgetting(runtime_.profile(), *asked);
  };
  auto forgotten = co_await runtime_.store().run_alone<Forgotten>(std::move(forget));
  shut->clear();
  courier_.wake();
  if (forgotten && what->person) {
    // A stranger now, and has no place in our rooms any more.
    for (const auto& room : open_rooms()) {
      if (auto* hosted = dynamic_cast<HostedRoom*>(room.get())) hosted->dismiss(*what->person);
    }
  }
  co_return forgotten;
}

}  // namespace sotto::node
