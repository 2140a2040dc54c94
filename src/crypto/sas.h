// Short authentication strings (docs/protocol.md section 5, "Verification"): two people compare
// 7 emoji or 3 numbers and know that nobody sits between them.
//
//   joiner                                  host       both inside their session
//     H(ra)          ------------------>
//                    <------------------    rb
//     ra             ------------------>               checked against H(ra)
//     SAS(ra, rb)      compared by eye      SAS(ra, rb)
//
// Each side has chosen its nonce before it learns the other's, so whoever sits between two
// sessions gets a single try at 42 bits (emoji) or 39 (numbers); it shows when it fails.
//
//   H(ra) = BLAKE2b-256("sotto sas commit 1" | ra (32))
//   SAS   = the first 11 bytes of BLAKE2b-512("sotto sas 1" | h (64) |
//             "joiner" | the joiner's fingerprint (20) | "host" | the host's (20) |
//             ra (32) | rb (32))
//   emoji:   bytes 0 to 5, big-endian: 7 x 6 bits from the top; the last 6 are not used
//   numbers: bytes 6 to 10, big-endian: 3 x 13 bits from the top, each + 1000; the last bit is
//            not used
#pragma once
#include <array>
#include <cstddef>
#include <string_view>

#include "crypto/card.h"
#include "crypto/hash.h"

namespace sotto::crypto {

using SasNonce = FixedBytes<struct SasNonceTag, 32>;            // ra or rb
using SasCommitment = FixedBytes<struct SasCommitmentTag, 32>;  // H(ra)

SasCommitment sas_commit(const SasNonce& ra);

// Whether `ra` is what the commitment was made for.  If it is not, the verification has failed:
// show no SAS.
bool sas_opens(const SasCommitment& commitment, const SasNonce& ra);

class Sas {
 public:
  struct Inputs {
    Hash64 handshake_hash;  // h of the session's first link
    Fingerprint joiner;
    Fingerprint host;
    SasNonce ra;  // the joiner's
    SasNonce rb;  // the host's
  };
  static Sas derive(const Inputs& inputs);

  std::array<std::size_t, 7> emoji() const;  // indices of sas_emoji()
  std::array<int, 3> numbers() const;        // 1000..9191

 private:
  std::array<std::byte, 11> bytes_{};
};

struct SasEmoji {
  std::string_view emoji;  // UTF-8
  std::string_view name;   // English, for screens and ears that have no emoji
};

// The list that Matrix uses, in its order.
const std::array<SasEmoji, 64>& sas_emoji();

}  // namespace sotto::crypto
