// The live verifications under way in an agent: which person of this side compares with whom
// (room/live_verification.h has the exchange itself).
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "base/async.h"
#include "base/time.h"
#include "net/asio_timer.h"
#include "room/live_verification.h"

namespace sotto::node {

class LiveVerifications {
 public:
  using ClientId = std::uint64_t;
  // Sends a step on its way; node/open_room.h says what `binding` is.
  using Send = std::function<void(const RoomId& room, const wire::VerificationStep& step,
                                  const std::optional<crypto::Hash64>& binding)>;

  LiveVerifications(boost::asio::any_io_executor executor, Send send);
  ~LiveVerifications();

  // Whom to compare with, where, and which side of the exchange is ours.
  struct Pair {
    RoomId room;
    room::VerificationPeer self;
    room::VerificationPeer peer;
    bool commits = false;
  };

  // Waits until the person there has begun as well: what both are to see.  An earlier attempt
  // with the same person ends.  verification.no_answer at `deadline`; verification.failed.
  Async<crypto::Sas> compare(ClientId client, Pair pair, SteadyTime deadline);

  // The person's answer; ends once the other person has answered, too.  Both said yes, or
  // verification.failed, verification.no_answer.  compare() came before (else no_answer).
  Async<void> answer(ClientId client, crypto::Ed25519PublicKey peer, bool same,
                     SteadyTime deadline);

  // What this client has begun is given up; the other side is told.
  void give_up(ClientId client);

  // A step has come.  True when it is a request that nobody here waits for, for the first time:
  // somebody should tell the person.
  bool on_step(const RoomId& room, const wire::VerificationStep& step,
               const crypto::Hash64& binding);

 private:
  struct Attempt;
  using Attempts = std::map<crypto::Ed25519PublicKey, std::shared_ptr<Attempt>>;

  void send(const Attempt& attempt, const room::LiveVerification::Steps& steps);
  void drop(Attempts::iterator at);

  boost::asio::any_io_executor executor_;
  Send send_;
  Attempts attempts_;  // by peer
  // The last request of each person that nobody waited for; bounded.
  std::map<crypto::Ed25519PublicKey, AttemptId> asked_;
};

}  // namespace sotto::node
