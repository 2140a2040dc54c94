// Two people compare a short authentication string (crypto/sas.h) while both are here
// (docs/protocol.md section 5, "Verification").
//
// One object is one side of one attempt, begun by the person on this side.  Steps come in and
// go out; nothing here reads a clock or waits.
//
//                 one commits                       the other answers
//   begin()       request ----------------------->
//                 <------------------------------- request                        begin()
//                 commit H(ra) ------------------>
//                 <------------------------------- nonce rb
//                 reveal ra ---------------------> checked against H(ra)
//   comparing     both show the same emoji and numbers, and ask                comparing
//   answer()      confirm / deny <---------------> confirm / deny               answer()
//
//   waiting --(SAS known)--> comparing --(both confirmed)--> verified
//      |                         |
//      +--- denied by either side, broken, begun anew by the other ---> failed
//
// A request says that a person waits.  Whoever has not begun does not answer it; whoever has
// answers each, so that it does not matter who begins first or what was lost before.
#pragma once
#include <optional>
#include <vector>

#include "base/entropy.h"
#include "crypto/card.h"
#include "crypto/sas.h"
#include "wire/room_frame.h"

namespace sotto::room {

struct VerificationPeer {
  crypto::Ed25519PublicKey identity;
  crypto::Fingerprint fingerprint;
};

// What takes the place of a session's binding between two members, whose sessions are with the
// host: BLAKE2b-512("sotto sas members 1" | room id).
crypto::Hash64 binding_of_members(const RoomId& room);

class LiveVerification {
 public:
  enum class State { waiting, comparing, verified, failed };
  enum class Failure {
    none,
    denied_here,   // the person on this side saw a difference, or gave up
    denied_there,  // the one on the other side did
    broken,        // the other side does not keep to the exchange: somebody interferes
    begun_anew,    // the other side has started again, or is reached over another session
  };
  using Steps = std::vector<wire::VerificationStep>;

  // `commits`: exactly one of the two sides does (the joiner of a session; between members the
  // lower identity key).  `entropy` must outlive it.
  LiveVerification(const VerificationPeer& self, const VerificationPeer& peer, bool commits,
                   Entropy& entropy);

  // The request to send; again whenever the peer may have missed it.
  Steps begin() const;

  // Takes a step of the peer (`from` and `to` are theirs and ours: asserted), which came over a
  // session with this binding: h of its first link, or for two members a hash of the room.
  // Returns what to answer.
  Steps on_step(const wire::VerificationStep& step, const crypto::Hash64& binding);

  // The person's answer, or their giving up before there was anything to compare.
  Steps answer(bool same);

  State state() const { return state_; }
  Failure failure() const { return failure_; }
  // Of the session that the peer speaks over, once it has spoken.
  const std::optional<crypto::Hash64>& binding() const { return binding_; }
  const crypto::Sas* sas() const { return sas_ ? &*sas_ : nullptr; }  // from comparing on

 private:
  wire::VerificationStep step(wire::VerificationKind kind,
                              const crypto::Hash32& value = {}) const;
  Steps on_request();
  Steps on_commit(const wire::VerificationStep& step);
  Steps on_nonce(const wire::VerificationStep& step);
  Steps on_reveal(const wire::VerificationStep& step);
  void compare(const crypto::SasNonce& ra, const crypto::SasNonce& rb);
  void settle();
  Steps fail(Failure why);

  VerificationPeer self_;
  VerificationPeer peer_;
  bool commits_;
  Entropy& entropy_;
  AttemptId attempt_;
  AttemptId peer_attempt_;  // zeros until the peer has been heard
  std::optional<crypto::Hash64> binding_;
  crypto::SasNonce nonce_;                           // ours
  std::optional<crypto::SasCommitment> commitment_;  // the peer's, or our own once sent
  std::optional<crypto::Sas> sas_;
  bool confirmed_here_ = false;
  bool confirmed_there_ = false;
  State state_ = State::waiting;
  Failure failure_ = Failure::none;
};

}  // namespace sotto::room
