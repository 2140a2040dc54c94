#include "node/relay_doorway.h"

#include <algorithm>

#include "base/text.h"
#include "wire/limits.h"

namespace sotto::node {
namespace {

void add(std::vector<RelayUrl>& relays, RelayUrl url) {
  const bool known = std::ranges::find(relays, url.at, &RelayUrl::at) != relays.end();
  if (!known && relays.size() < wire::relays_limit) relays.push_back(std::move(url));
}

ProgressEvent progress(const RelayStatus& status) {
  if (status.trouble) {
    return {"relay", "waiting", std::nullopt, status.trouble->text()};
  }
  return {"relay", "held", std::nullopt, status.address};
}

}  // namespace

Result<RelayWish> wished_relays(const HostRequest& request, const store::RoomRow& room,
                                bool over_tor) {
  RelayWish wish;
  auto named = parse_relays(request.relay.urls);
  if (!named) return pass(named);
  if (!named->empty()) {
    wish.relays = std::move(*named);
    wish.required = true;
    // Who says by which port, or by which address, wants to be reached there.
    wish.alone = !over_tor && !request.direct && !request.port && request.advertise.empty();
    return wish;
  }
  if (request.direct || request.tor.only) return wish;
  const auto before = wire::decode_reach(room.reach.view());
  if (!before) return std::unexpected(before.error());
  for (const wire::RelaySlot& slot : before->relays) {
    if (auto url = RelayUrl::parse(slot.url)) add(wish.relays, std::move(*url));
  }
  if (over_tor) return wish;
  auto usual = parse_relays(request.relay.usual);
  if (!usual) return pass(usual);
  for (RelayUrl& url : *usual) add(wish.relays, std::move(url));
  return wish;
}

crypto::Ed25519KeyPair slot_key(const crypto::SymmetricKey& seed, const RelayUrl& relay) {
  const std::string place = relay.without_pin();
  const auto key = crypto::derive_key(seed, "sotto relay slot 1", as_bytes(place));
  return crypto::Ed25519KeyPair::from(*crypto::Ed25519SecretKey::from(key.view()));
}

Async<RelayListener*> open_relay_doorway(Runtime& runtime, RelayWish wish, store::RoomRow& room,
                                         Doorway& door,
                                         std::function<void(const Event&)> tell) {
  if (!room.slot_seed) room.slot_seed.emplace(system_entropy());
  const bool over_tor = door.reach.tor_only;
  RelayListener::Parameters parameters;
  runtime.relays().add_own(wish.relays);
  const bool slow = over_tor || std::ranges::any_of(wish.relays, &RelayUrl::is_onion);
  for (const RelayUrl& relay : wish.relays) {
    auto key = slot_key(*room.slot_seed, relay);
    door.reach.relays.push_back(
        {relay.to_string(), *wire::SlotId::from(key.public_key.view())});
    parameters.relays.push_back({runtime.relays().place(relay, over_tor), std::move(key)});
    tell(ProgressEvent{"relay", "connecting", std::nullopt, relay.address()});
  }
  parameters.on_change = [tell](const RelayStatus& status) { tell(progress(status)); };
  auto listener = std::make_unique<RelayListener>(runtime.executor(), std::move(parameters));
  RelayListener* const relays = listener.get();
  door.entrances.push_back(
      {std::move(listener), "relay", {}, slow ? &session::onion_pace : &session::relay_pace});
  const auto held = co_await relays->held();
  if (!held && wish.required) co_return std::unexpected(held.error());
  for (const RelayStatus& status : relays->status()) {
    if (status.held) door.routes.push_back({"relay", status.address});
  }
  co_return relays;
}

}  // namespace sotto::node
