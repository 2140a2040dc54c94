// Each reader of an open handshake, with fixed keys, and what the other side may send.
//
// Input: who reads (1, modulo 6: see below) | the frames that it reads, one after the other.
// The corpus holds another side that knows the keys, so that a fuzzer starts from each state.
#include <algorithm>
#include <cstdint>

#include "constant_entropy.h"
#include "round_trip.h"
#include "session/open_handshake.h"
#include "session/password_exchange.h"

namespace {

using namespace sotto;
using session::handshake_frame_bytes;

crypto::Identity identity(std::uint8_t value) {
  Constant entropy(value);
  return crypto::Identity::generate(entropy);
}
const crypto::Identity host = identity(0x51);
const crypto::Identity joiner = identity(0x52);
const crypto::Card host_card = crypto::make_card(host, "Hanna");
const Secret password(as_bytes("correct horse"));

session::OpenPsk psk(bool with) {
  if (!with) return std::nullopt;
  return crypto::SymmetricKey::from(Bytes(32, std::byte{0x7e}));
}

// The next `size` bytes of the input, or fewer at its end.
ByteView take(ByteView& input, std::size_t size) {
  const ByteView front = input.first(std::min(size, input.size()));
  input = input.subspan(front.size());
  return front;
}

void read_as_host(ByteView input, bool with_psk) {
  Constant entropy(0x0b);
  session::OpenHostHandshake handshake(host_card, host.static_key, psk(with_psk), entropy);
  const auto first_bytes = with_psk ? handshake_frame_bytes : session::first_frame_bytes;
  const auto second = handshake.answer(take(input, first_bytes));
  if (!second) return;
  require(second->size() == handshake_frame_bytes);
  const auto auth = handshake.authenticate(input);
  if (!auth) return;
  require(crypto::check_card(auth->card).has_value());
  require(std::move(handshake).finish().remote_static == auth->card.static_pk);
}

void read_as_peek(ByteView input) {
  Constant entropy(0x0a);
  session::OpenPeek peek({}, entropy);
  require(peek.start().size() == session::first_frame_bytes);
  const auto card = peek.read_card(input);
  require(!card || crypto::check_card(*card).has_value());
}

void read_as_joiner(ByteView input) {
  Constant entropy(0x0a);
  session::OpenJoinerHandshake handshake({.psk = {},
                                          .host = host_card,
                                          .static_key = joiner.static_key.copy(),
                                          .auth = {.card = crypto::make_card(joiner, "Jo"),
                                                   .purpose = wire::Purpose::enter,
                                                   .resume = std::nullopt}},
                                         entropy);
  require(handshake.start().size() == session::first_frame_bytes);
  const auto third = handshake.answer(input);
  if (!third) return;
  require(third->size() == handshake_frame_bytes);
  require(std::move(handshake).finish().remote_static == host_card.static_pk);
}

void exchange_as_host(ByteView input) {
  Constant entropy(0x0b);
  const auto answered = session::answer_password(password, input, entropy);
  require(!answered || answered->frame.size() == handshake_frame_bytes);
}

void exchange_as_joiner(ByteView input) {
  Constant entropy(0x0a);
  session::PasswordJoiner exchange(password, entropy);
  require(exchange.start().size() == session::first_frame_bytes);
  const auto agreed = std::move(exchange).finish(input);
  require(!agreed || agreed->view().size() == crypto::SymmetricKey::size);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const ByteView input = std::as_bytes(std::span(data, size)).subspan(1);
  switch (data[0] % 6) {
    case 0:
      read_as_host(input, false);
      break;
    case 1:
      read_as_host(input, true);
      break;
    case 2:
      read_as_peek(input);
      break;
    case 3:
      read_as_joiner(input);
      break;
    case 4:
      exchange_as_host(input);
      break;
    default:
      exchange_as_joiner(input);
  }
  return 0;
}
