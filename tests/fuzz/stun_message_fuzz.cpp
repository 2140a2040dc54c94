// What comes to a port on which STUN is spoken: anything.  What decodes encodes, and comes back
// with the same attributes; authentic is only what was made with the key.
#include <cstdint>

#include "reach/stun_message.h"
#include "round_trip.h"

namespace {

using namespace sotto;
using reach::StunMessage;
using reach::StunType;

constexpr StunType with_address[] = {StunType::mapped_address,   StunType::xor_mapped_address,
                                     StunType::xor_peer_address, StunType::xor_relayed_address,
                                     StunType::other_address,    StunType::response_origin};

void require_same(const StunMessage& a, const StunMessage& b) {
  require(a.method() == b.method() && a.message_class() == b.message_class());
  require(a.transaction() == b.transaction());
  require(a.not_understood() == b.not_understood());
  for (const StunType type : with_address) require(a.address(type) == b.address(type));
  require(a.u32(StunType::priority) == b.u32(StunType::priority));
  require(a.u64(StunType::ice_controlled) == b.u64(StunType::ice_controlled));
  require(a.text(StunType::username) == b.text(StunType::username));
  require(a.error().has_value() == b.error().has_value());
  if (a.error()) require(a.error()->code == b.error()->code);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView input = std::as_bytes(std::span(data, size));
  const auto message = StunMessage::decode(input);
  if (!message) {
    require(!message.error().text().empty());
    return 0;
  }
  require(reach::looks_like_stun(input));
  // Nothing in the corpus was made with it.
  const Bytes key(20);
  require(!message->is_authentic(key));
  // An integrity and a fingerprint are added to what may be as long as a message gets.
  if (size > 60'000) return 0;
  const auto plain = StunMessage::decode(message->encode());
  require(plain.has_value());
  require_same(*message, *plain);
  const auto authentic = StunMessage::decode(message->encode_authentic(key));
  require(authentic.has_value() && authentic->is_authentic(key));
  require_same(*message, *authentic);
  return 0;
}
