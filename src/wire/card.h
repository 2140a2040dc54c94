// The protobuf form of a card (proto/card.proto).
#pragma once
#include "crypto/card.h"
#include "wire/errors.h"

namespace sotto::wire {

Bytes encode(const crypto::Card& card);

// Checks the signature too: a Card that this returns is genuine.  Errc::malformed, version,
// crypto's card_invalid.
Result<crypto::Card> decode_card(ByteView bytes);

}  // namespace sotto::wire
