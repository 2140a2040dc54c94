// CPace with any share from the other side, and between any two passwords.
//
// Input: share (32) | length of a password (1) | the password | another password.
#include <algorithm>
#include <cstdint>

#include "constant_entropy.h"
#include "crypto/cpace.h"
#include "round_trip.h"

namespace {

using namespace sotto;

crypto::Cpace side(crypto::CpaceRole role, ByteView password) {
  Constant entropy(role == crypto::CpaceRole::initiator ? 0x0a : 0x0b);
  return {role,
          {.password = password,
           .channel = as_bytes("fuzz"),
           .session_id = as_bytes("sid"),
           .initiator_data = as_bytes("a"),
           .responder_data = as_bytes("b")},
          entropy};
}

void check_share(const crypto::CpaceShare& share, ByteView password) {
  const auto a = side(crypto::CpaceRole::initiator, password).finish(share);
  const auto b = side(crypto::CpaceRole::responder, password).finish(share);
  require(a.has_value() == b.has_value());
  if (!a) return;
  // RFC 9496, section 4.3.1: even, and below 2^255.
  require((share.view().front() & std::byte{0x01}) == std::byte{});
  require((share.view().back() & std::byte{0x80}) == std::byte{});
  require(!std::ranges::equal(a->view(), b->view()));
}

void check_exchange(ByteView at_a, ByteView at_b) {
  crypto::Cpace a = side(crypto::CpaceRole::initiator, at_a);
  crypto::Cpace b = side(crypto::CpaceRole::responder, at_b);
  const crypto::CpaceShare ya = a.share();
  const auto key_a = std::move(a).finish(b.share());
  const auto key_b = std::move(b).finish(ya);
  require(key_a && key_b);
  require(std::ranges::equal(key_a->view(), key_b->view()) == std::ranges::equal(at_a, at_b));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView input = std::as_bytes(std::span(data, size));
  if (size < crypto::CpaceShare::size + 1) return 0;
  const ByteView rest = input.subspan(crypto::CpaceShare::size + 1);
  const auto length = static_cast<std::size_t>(input[crypto::CpaceShare::size]);
  const ByteView password = rest.first(std::min(length, rest.size()));
  check_share(*crypto::CpaceShare::from(input.first(crypto::CpaceShare::size)), password);
  check_exchange(password, rest.subspan(password.size()));
  return 0;
}
