#include "reach/stun_request.h"

#include "base/text.h"

namespace sotto::reach {
namespace {

// Unsigned, signed, and with two more nonces: a server that wants yet another goes on for ever.
constexpr int asked_limit = 4;

std::unexpected<Error> refused(const StunError& error) {
  constexpr int bad_credentials[] = {401, 431, 438, 441};
  const std::string words =
      std::to_string(error.code) +
      (error.reason.empty() ? "" : " " + displayable(error.reason.substr(0, 128)));
  for (const int code : bad_credentials) {
    if (error.code != code) continue;
    return fail(Errc::stun_credentials,
                "The STUN or TURN server does not take our name and "
                "password (" +
                    words + "). Correct them.");
  }
  return fail(Errc::stun_refused, "The STUN or TURN server refused a request (" + words +
                                      "). Ask its owner, or name another server.");
}

}  // namespace

StunRequest::StunRequest(StunMethod method, Fill fill, StunCredentials* credentials,
                         bool reliable, Entropy& entropy, SteadyTime now,
                         const StunTiming& timing)
    : method_(method),
      fill_(std::move(fill)),
      credentials_(credentials),
      reliable_(reliable),
      timing_(timing),
      schedule_(reliable, now, timing) {
  ask(entropy, now);
}

void StunRequest::ask(Entropy& entropy, SteadyTime now) {
  transaction_ = StunTransaction::random(entropy);
  StunMessage message(method_, StunClass::request, transaction_);
  if (fill_) fill_(message);
  signed_ = credentials_ != nullptr && credentials_->ready();
  bytes_ = signed_ ? credentials_->sign(std::move(message)) : message.encode();
  schedule_ = StunSchedule(reliable_, now, timing_);
  ++asked_;
}

std::optional<Bytes> StunRequest::produce(SteadyTime now) {
  if (!schedule_.due(now)) return std::nullopt;
  return bytes_;
}

std::optional<Result<StunMessage>> StunRequest::on_message(const StunMessage& message,
                                                           Entropy& entropy, SteadyTime now) {
  if (message.transaction() != transaction_ || message.method() != method_) return std::nullopt;
  if (message.message_class() == StunClass::success) {
    if (signed_ && !credentials_->vouch_for(message)) return std::nullopt;
    // Section 6.3.3: what must be understood and is not makes it a failure.
    if (!message.not_understood().empty()) {
      return Result<StunMessage>(fail(Errc::stun_malformed,
                                      "A STUN server's answer has parts that this version does "
                                      "not know. Name another server."));
    }
    return Result<StunMessage>(message);
  }
  if (message.message_class() != StunClass::error) return std::nullopt;
  // Servers do not sign all of their refusals (a 401 cannot be); the 96 bits of the transaction
  // keep out who does not read our traffic, and who does could as well swallow it.
  const auto error = message.error();
  if (!error) return std::nullopt;
  if (credentials_ != nullptr && asked_ < asked_limit &&
      credentials_->learn(message, signed_)) {
    ask(entropy, now);
    return std::nullopt;
  }
  refusal_ = error;
  return Result<StunMessage>(refused(*error));
}

std::optional<Error> StunRequest::on_time(SteadyTime now) const {
  if (!schedule_.expired(now)) return std::nullopt;
  return Error(Errc::stun_timeout,
               "The STUN or TURN server does not answer. Check its address, and whether a "
               "firewall lets UDP out; over TCP or TLS it may pass.");
}

}  // namespace sotto::reach
