// One question to a STUN or TURN server, from the first datagram to the answer: said again on
// the schedule, signed when the server wants that.  The caller sees to it that only what came
// from the server is shown to it.
#pragma once
#include <functional>
#include <optional>

#include "base/entropy.h"
#include "reach/stun_credentials.h"
#include "reach/stun_schedule.h"

namespace sotto::reach {

class StunRequest {
 public:
  // Adds the attributes of the question: again for each time that it is asked anew.
  using Fill = std::function<void(StunMessage&)>;

  // `credentials`, which may be null, must outlive it.
  StunRequest(StunMethod method, Fill fill, StunCredentials* credentials, bool reliable,
              Entropy& entropy, SteadyTime now, const StunTiming& timing = {});

  // What is to be sent now, if anything.
  std::optional<Bytes> produce(SteadyTime now);

  // Nothing: it was about something else, is not to be believed, or led to asking again.  Else
  // the question is answered, and this object of no more use: Errc::stun_refused (refusal() has
  // the number), Errc::stun_credentials.
  std::optional<Result<StunMessage>> on_message(const StunMessage& message, Entropy& entropy,
                                                SteadyTime now);
  // Errc::stun_timeout, once nobody will answer.
  std::optional<Error> on_time(SteadyTime now) const;
  SteadyTime next_deadline() const { return schedule_.next_deadline(); }

  const StunTransaction& transaction() const { return transaction_; }
  const std::optional<StunError>& refusal() const { return refusal_; }
  // How often it was sent; an answer to the first one tells a round trip.
  int sent() const { return schedule_.sent(); }

 private:
  void ask(Entropy& entropy, SteadyTime now);

  StunMethod method_;
  Fill fill_;
  StunCredentials* credentials_;
  bool reliable_;
  StunTiming timing_;
  StunSchedule schedule_;
  StunTransaction transaction_;
  Bytes bytes_;
  bool signed_ = false;
  int asked_ = 0;  // with other credentials each
  std::optional<StunError> refusal_;
};

}  // namespace sotto::reach
