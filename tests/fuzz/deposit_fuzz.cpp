// A deposit as a relay returns it, and what whoever holds the keys could have put into one.
#include <cstdint>

#include "constant_entropy.h"
#include "room/deposit.h"
#include "round_trip.h"
#include "wire/limits.h"

namespace {

using namespace sotto;

Bytes encode_again(const room::OfflineMessage& said) {
  return room::encode(said.author, wire::encode(said.message));
}

// All keys are zero, so that the corpus can hold a genuine deposit.
void open_foreign(ByteView input) {
  const crypto::Ed25519PublicKey mailbox;
  store::ChainRow chain =
      room::derive_chain(crypto::SymmetricKey(), room::ChainDirection::to_host);
  const auto index = room::index_of(chain, mailbox, input);
  if (!index) return;
  const auto key = room::take_key(chain, *index);
  require(key.has_value() == (*index <= room::skip_limit));
  if (!key) return;
  const auto part = room::open_deposit(*key, mailbox, input);
  if (part) require(part->part < part->parts && part->bytes.size() < input.size());
}

// Whatever is put in comes out again.
void deposit(ByteView input) {
  if (input.empty() || input.size() > wire::room_frame_limit) return;
  Constant entropy(7);
  const crypto::Ed25519PublicKey mailbox;
  store::ChainRow writer =
      room::derive_chain(crypto::SymmetricKey(), room::ChainDirection::to_host);
  store::ChainRow reader =
      room::derive_chain(crypto::SymmetricKey(), room::ChainDirection::to_host);
  Bytes content;
  for (const Bytes& sealed : room::seal_deposits(writer, mailbox, input, entropy)) {
    const auto index = room::index_of(reader, mailbox, sealed);
    require(index.has_value());
    const auto part = room::open_deposit(*room::take_key(reader, *index), mailbox, sealed);
    require(part.has_value());
    append(content, part->bytes);
  }
  require(content == to_bytes(input));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto input = std::as_bytes(std::span(data, size));
  check_round_trip(room::decode_offline_message, encode_again, input);
  open_foreign(input);
  deposit(input);
  return 0;
}
