// CPace (draft-irtf-cfrg-cpace-21), suite CPACE-RISTR255-SHA512, initiator-responder setting:
// two who know the same password get the same strong key, and everyone else gets one guess for
// each exchange that it takes part in, and none from a recording.
//
//   A, the initiator                           B, the responder
//     Ya = ya * g      ----- Ya, ADa ---->       Yb = yb * g
//                      <---- Yb, ADb -----
//     K = ya * Yb                                K = yb * Ya
//
//   g   = element_derivation(SHA-512(lv_cat(DSI, PRS, zeros, CI, sid)))  (sections 8.1 and 8.3)
//   ISK = SHA-512(lv_cat(DSI "_ISK", sid, K) | lv_cat(Ya, ADa) | lv_cat(Yb, ADb)) (section 7.2)
//
// No key confirmation (section 10.4): another password, or anything else that the two saw
// differently, gives another key and no error.  What follows must prove that the keys agree.
#pragma once
#include "crypto/errors.h"
#include "crypto/keys.h"

namespace sotto::crypto {

using CpaceShare = FixedBytes<struct CpaceShareTag, 32>;  // Ya or Yb: an encoded ristretto255
using CpaceKey = SecretKey<struct CpaceKeyTag, 64>;       // ISK: use it through a KDF only

enum class CpaceRole { initiator, responder };

// What must be the same on both sides (section 4.1).  Views that live during the call.
struct CpaceInputs {
  ByteView password;        // PRS
  ByteView channel;         // CI: what the exchange is for
  ByteView session_id;      // sid: public, new for each exchange
  ByteView initiator_data;  // ADa: public
  ByteView responder_data;  // ADb: public
};

// One side of one exchange.  Remembers its scalar and neither the password nor the generator.
class Cpace {
 public:
  // Draws 32 bytes.
  Cpace(CpaceRole role, const CpaceInputs& inputs, Entropy& entropy);

  const CpaceShare& share() const { return share_; }  // for the other side

  // The key.  Errc::bad_key when `theirs` is no encoded element, or the neutral one.
  Result<CpaceKey> finish(const CpaceShare& theirs) &&;

 private:
  using Scalar = SecretKey<struct CpaceScalarTag, 32>;

  CpaceRole role_;
  Bytes session_id_;
  Bytes initiator_data_;
  Bytes responder_data_;
  Scalar scalar_;  // ya or yb
  CpaceShare share_;
};

// The psk of a Noise handshake: the first 32 bytes of HMAC-BLAKE2b-512(ISK, "sotto cpace 1").
SymmetricKey cpace_psk(const CpaceKey& isk);

}  // namespace sotto::crypto
