// A rendezvous record as directories keep it (docs/protocol.md section 6): sealed, and signed by
// a publishing key of one day, so that whoever keeps it can check it and knows nothing else.
//
//   publishing_pk (32) | seq (8) | sealed (892) | Ed25519 signature (64) by publishing_pk over
//   "sotto record blob 1" | seq | sealed
#pragma once
#include <cstdint>

#include "crypto/keys.h"
#include "wire/errors.h"

namespace sotto::wire {

inline constexpr std::size_t record_blob_bytes = 996;
inline constexpr std::size_t record_sealed_bytes = 892;

struct RecordBlob {
  crypto::Ed25519PublicKey publishing_key;
  std::uint64_t seq = 0;
  ByteView sealed;  // into the bytes it was opened from
};

// `sealed`: record_sealed_bytes (asserted).
Bytes sign_record_blob(const crypto::Ed25519KeyPair& publishing_key, std::uint64_t seq,
                       ByteView sealed);

// Checks length and signature.  Errc::malformed.
Result<RecordBlob> open_record_blob(ByteView blob);

}  // namespace sotto::wire
