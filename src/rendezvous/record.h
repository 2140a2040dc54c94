// A rendezvous record: where a host is now, signed by its identity, sealed for the bearers of
// one record secret and stored under a key that changes daily (docs/protocol.md section 6).
//
//   record  = proto/rendezvous.proto's, its signature by the host's identity over
//             "sotto record 1" | publishing_pk | wire::signed_bytes()
//   sealed  = nonce (24) | XChaCha20-Poly1305(record key, associated data publishing_pk | seq,
//             length (2) | record | zeros, 852 bytes in all)
//   blob    = what directories keep of it (wire/record_blob.h): publishing_pk, seq, sealed and
//   a
//             signature by publishing_pk (996 bytes in all)
//
// Both keys are of one day: the publishing key's seed is derive_key(record_secret,
// "sotto record publish 1", day (4)), the record key the same with "sotto record seal 1".
// A directory that keeps blobs by publishing_pk can neither link two days nor forge.
#pragma once
#include <cstdint>
#include <optional>

#include "base/entropy.h"
#include "crypto/keys.h"
#include "wire/record.h"
#include "wire/record_blob.h"

namespace sotto::rendezvous {

enum class Errc {
  blob_invalid = 1,  // record.invalid: wrong size, signature, or sealed for others
  forged,            // record.forged: not signed by the host's identity
  expired,           // record.expired
  rolled_back,       // record.rolled_back: older than one already seen
};
std::error_code make_error_code(Errc code) noexcept;
std::span<const ErrorEntry> error_table();

inline constexpr std::size_t blob_bytes = wire::record_blob_bytes;
// Of a record as wire/record.h encodes it, so that it fits.
inline constexpr std::size_t record_bytes_limit = 850;

// Days since 1970 in UTC.
std::uint32_t day_of(WallTime time);

// The publishing key pair of one day: whoever holds the record secret can publish and find.
crypto::Ed25519KeyPair publishing_key(const crypto::SymmetricKey& record_secret,
                                      std::uint32_t day);

// max(last + 1, now in Unix ms).
std::uint64_t next_seq(std::uint64_t last, WallTime now);

// Signs and seals `record` for `day`.  wire's over_limit when it does not fit blob_bytes.
Result<Bytes> publish(wire::RendezvousRecord record,
                      const crypto::Ed25519KeyPair& host_identity,
                      const crypto::SymmetricKey& record_secret, std::uint32_t day,
                      Entropy& entropy);

// Opens and checks a blob that a directory returned for `day`.  `last_seq`: the newest accepted
// before; an equal seq is accepted.  Errors: all of the above.
Result<wire::RendezvousRecord> resolve(ByteView blob,
                                       const crypto::Ed25519PublicKey& host_identity,
                                       const crypto::SymmetricKey& record_secret,
                                       std::uint32_t day, std::uint64_t last_seq, WallTime now);

}  // namespace sotto::rendezvous

template <>
struct std::is_error_code_enum<sotto::rendezvous::Errc> : std::true_type {};
