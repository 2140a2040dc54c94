// The word after `join` as an address or a room's id, and what is listed of this machine's
// rooms.
#include <cstdint>

#include "base/encoding.h"
#include "node/room_registry.h"
#include "node/target_text.h"
#include "round_trip.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sotto;
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (const auto id = node::parse_room_id(text)) {
    require(node::parse_room_id(to_hex(id->view())) == id);
    require(!node::parse_address(text));  // no word is both
  }
  if (const auto address = node::parse_address(text); address && *address) {
    require((*address)->port != 0 && text.find('/') == std::string::npos);
    const auto again = node::parse_address(net::to_string(**address));
    require(again && *again && **again == **address);
    require(!(*address)->host.ends_with(".onion"));
  }
  if (const auto room = node::decode_listing(RoomId(), text)) {
    const auto again = node::decode_listing(RoomId(), node::encode_listing(*room));
    require(again && again->addresses == room->addresses);
  }
  return 0;
}
