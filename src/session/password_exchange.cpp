#include "session/password_exchange.h"

#include "session/handshake_frame.h"

namespace sotto::session {
namespace {

constexpr std::size_t sid_bytes = 16;

std::unexpected<Error> no_exchange() {
  return fail(Errc::handshake,
              "The other side does not exchange a password as sotto does: another program is "
              "there, or the room takes no password. Check the address.");
}

crypto::Cpace make_cpace(crypto::CpaceRole role, const Secret& password, ByteView sid,
                         Entropy& entropy) {
  const Bytes channel = open_prologue(LinkPattern::xx_psk0);
  return {role,
          {.password = password.view(),
           .channel = channel,
           .session_id = sid,
           .initiator_data = as_bytes("joiner"),
           .responder_data = as_bytes("host")},
          entropy};
}

Result<crypto::SymmetricKey> psk_of(crypto::Cpace cpace, const crypto::CpaceShare& theirs) {
  const auto isk = std::move(cpace).finish(theirs);
  if (!isk) return no_exchange();
  return crypto::cpace_psk(*isk);
}

}  // namespace

PasswordJoiner::PasswordJoiner(const Secret& password, Entropy& entropy)
    : sid_(SessionIdentifier::random(entropy)),
      cpace_(make_cpace(crypto::CpaceRole::initiator, password, sid_.view(), entropy)) {}

Bytes PasswordJoiner::start() const {
  Bytes payload = to_bytes(sid_.view());
  append(payload, cpace_.share().view());
  return with_pattern(LinkPattern::xx_psk0, plain_frame(payload));
}

Result<crypto::SymmetricKey> PasswordJoiner::finish(ByteView frame) && {
  const auto payload = read_plain_frame(frame);
  if (!payload) return no_exchange();
  const auto theirs = crypto::CpaceShare::from(*payload);
  if (!theirs) return no_exchange();
  return psk_of(std::move(cpace_), *theirs);
}

Result<PasswordAnswer> answer_password(const Secret& password, ByteView first_frame,
                                       Entropy& entropy) {
  const auto frame = without_pattern(LinkPattern::xx_psk0, first_frame);
  if (!frame) return no_exchange();
  const auto payload = read_plain_frame(*frame);
  if (!payload || payload->size() != sid_bytes + crypto::CpaceShare::size) return no_exchange();
  const ByteView sid = ByteView(*payload).first(sid_bytes);
  const auto theirs = crypto::CpaceShare::from(ByteView(*payload).subspan(sid_bytes));

  crypto::Cpace cpace = make_cpace(crypto::CpaceRole::responder, password, sid, entropy);
  const crypto::CpaceShare ours = cpace.share();
  auto psk = psk_of(std::move(cpace), *theirs);
  if (!psk) return pass(psk);
  return PasswordAnswer{plain_frame(ours.view()), std::move(*psk)};
}

Error password_refused() {
  return {
      Errc::wrong_password,
      "The host closed the connection at the password: it is another one, or the host takes "
      "no more tries for now. Ask the host for it, and wait a little before you try again."};
}

}  // namespace sotto::session
