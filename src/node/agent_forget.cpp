// Agent: forgetting rooms and people, whose rooms must not be open meanwhile.
#include "node/agent.h"
#include "node/forget.h"
#include "node/hosted_room.h"

namespace sotto::node {
namespace {

constexpr milliseconds closing_poll{5};

}  // namespace

Async<Forgotten> Agent::forget(ClientId, ForgetRequest request) {
  const auto asked = std::make_shared<ForgetRequest>(std::move(request));
  auto find = [this, asked](store::Database&) {
    return find_to_forget(runtime_.profile(), *asked);
  };
  const auto what = co_await runtime_.store().run<store::ToForget>(std::move(find));
  if (!what) co_return std::unexpected(what.error());
  net::AsioTimer timer(runtime_.executor());
  for (const RoomId& id : what->rooms) {
    if (const auto open = rooms_.find(id); open != rooms_.end()) open->second.room->close();
    while (rooms_.contains(id)) co_await timer.sleep_until(timer.now() + closing_poll);
  }
  auto forget = [this, asked](store::Database&) {
    return carry_out_forgetting(runtime_.profile(), *asked);
  };
  auto forgotten = co_await runtime_.store().run_alone<Forgotten>(std::move(forget));
  if (forgotten && what->person) {
    // A stranger now, and has no place in our rooms any more.
    for (const auto& room : open_rooms()) {
      if (auto* hosted = dynamic_cast<HostedRoom*>(room.get())) hosted->dismiss(*what->person);
    }
  }
  co_return forgotten;
}

}  // namespace sotto::node
