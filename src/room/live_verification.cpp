#include "room/live_verification.h"

#include <algorithm>
#include <cassert>

namespace sotto::room {

using wire::VerificationKind;
using wire::VerificationStep;

namespace {

template <class T>
crypto::Hash32 value_of(const T& bytes) {
  static_assert(T::size == sizeof(crypto::Hash32));
  crypto::Hash32 value;
  std::ranges::copy(bytes.view(), value.begin());
  return value;
}

}  // namespace

crypto::Hash64 binding_of_members(const RoomId& room) {
  return crypto::blake2b_512({as_bytes("sotto sas members 1"), room.view()});
}

LiveVerification::LiveVerification(const VerificationPeer& self, const VerificationPeer& peer,
                                   bool commits, Entropy& entropy)
    : self_(self),
      peer_(peer),
      commits_(commits),
      entropy_(entropy),
      attempt_(AttemptId::random(entropy)) {}

VerificationStep LiveVerification::step(VerificationKind kind,
                                        const crypto::Hash32& value) const {
  return {self_.identity, peer_.identity, attempt_, peer_attempt_, kind, value};
}

LiveVerification::Steps LiveVerification::begin() const {
  return {step(VerificationKind::request)};
}

LiveVerification::Steps LiveVerification::fail(Failure why) {
  state_ = State::failed;
  failure_ = why;
  return {step(VerificationKind::deny)};
}

LiveVerification::Steps LiveVerification::on_step(const VerificationStep& in,
                                                  const crypto::Hash64& binding) {
  assert(in.from == peer_.identity && in.to == self_.identity);
  if (state_ == State::verified || state_ == State::failed) return {};
  // What belongs to an attempt of ours that is over.
  if (in.answering != AttemptId() && in.answering != attempt_) return {};
  if (in.kind == VerificationKind::request) {
    if (in.attempt == peer_attempt_ && binding_ == binding) return {};
    // Whoever knows our nonce may not have another one for a better fit.
    if (state_ == State::comparing || (!commits_ && commitment_)) {
      return fail(Failure::begun_anew);
    }
    peer_attempt_ = in.attempt;
    binding_ = binding;
    commitment_.reset();
    return on_request();
  }
  // All else continues what a request has begun, and says so.
  if (in.answering != attempt_) return {};
  if (peer_attempt_ == AttemptId()) {
    peer_attempt_ = in.attempt;
    binding_ = binding;
  }
  if (in.attempt != peer_attempt_) return {};
  if (binding_ != binding) return fail(Failure::begun_anew);
  switch (in.kind) {
    case VerificationKind::commit:
      return on_commit(in);
    case VerificationKind::nonce:
      return on_nonce(in);
    case VerificationKind::reveal:
      return on_reveal(in);
    case VerificationKind::confirm:
      // Before the person there could see anything, nobody can have confirmed it.
      if (state_ != State::comparing) return fail(Failure::broken);
      confirmed_there_ = true;
      settle();
      return {};
    case VerificationKind::deny:
      state_ = State::failed;
      failure_ = Failure::denied_there;
      return {};
    case VerificationKind::request:
      break;
  }
  return {};
}

// -> commit H(ra); or, from the side that answers, a request of its own: it waits, too.
LiveVerification::Steps LiveVerification::on_request() {
  if (!commits_) return begin();
  nonce_ = crypto::SasNonce::random(entropy_);
  commitment_ = crypto::sas_commit(nonce_);
  return {step(VerificationKind::commit, value_of(*commitment_))};
}

// -> nonce rb.  Only now is it drawn: whoever committed did not know it.
LiveVerification::Steps LiveVerification::on_commit(const VerificationStep& in) {
  if (commits_ || state_ != State::waiting) return fail(Failure::broken);
  if (commitment_) return fail(Failure::broken);
  commitment_ = crypto::SasCommitment(in.value);
  nonce_ = crypto::SasNonce::random(entropy_);
  return {step(VerificationKind::nonce, value_of(nonce_))};
}

// -> reveal ra.
LiveVerification::Steps LiveVerification::on_nonce(const VerificationStep& in) {
  if (!commits_ || !commitment_ || state_ != State::waiting) return fail(Failure::broken);
  compare(nonce_, crypto::SasNonce(in.value));
  return {step(VerificationKind::reveal, value_of(nonce_))};
}

LiveVerification::Steps LiveVerification::on_reveal(const VerificationStep& in) {
  if (commits_ || !commitment_ || state_ != State::waiting) return fail(Failure::broken);
  const crypto::SasNonce ra(in.value);
  if (!crypto::sas_opens(*commitment_, ra)) return fail(Failure::broken);
  compare(ra, nonce_);
  return {};
}

void LiveVerification::compare(const crypto::SasNonce& ra, const crypto::SasNonce& rb) {
  const auto& joiner = commits_ ? self_ : peer_;
  const auto& host = commits_ ? peer_ : self_;
  sas_ = crypto::Sas::derive({*binding_, joiner.fingerprint, host.fingerprint, ra, rb});
  state_ = State::comparing;
}

LiveVerification::Steps LiveVerification::answer(bool same) {
  if (state_ == State::verified || state_ == State::failed) return {};
  if (!same || state_ == State::waiting) return fail(Failure::denied_here);
  confirmed_here_ = true;
  settle();
  return {step(VerificationKind::confirm)};
}

void LiveVerification::settle() {
  if (confirmed_here_ && confirmed_there_) state_ = State::verified;
}

}  // namespace sotto::room
