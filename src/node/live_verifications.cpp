#include "node/live_verifications.h"

#include <algorithm>
#include <utility>

#include "node/errors.h"
#include "node/system.h"

namespace sotto::node {
namespace {

// A request is repeated: the other side may just have come.
constexpr milliseconds request_every{1'000};
constexpr std::size_t asked_limit = 1024;

using State = room::LiveVerification::State;

std::unexpected<Error> no_answer() {
  return fail(Errc::verification_no_answer,
              "The other side did not compare in time. Both run `sotto verify NAME --live` at "
              "the same time, while they are in the same room.");
}

std::unexpected<Error> why_failed(room::LiveVerification::Failure failure) {
  using Failure = room::LiveVerification::Failure;
  switch (failure) {
    case Failure::denied_here:
      return fail(
          Errc::verification_failed,
          "The two sides do not show the same: somebody may sit between you. Nothing was "
          "recorded; compare the fingerprints in person.");
    case Failure::denied_there:
      return fail(Errc::verification_failed,
                  "The other side says that it does not see the same, or has given up. Nothing "
                  "was recorded.");
    case Failure::broken:
      return fail(Errc::verification_failed,
                  "The other side does not keep to the exchange: somebody may interfere. "
                  "Nothing was recorded; compare the fingerprints in person.");
    case Failure::begun_anew:
    case Failure::none:
      break;
  }
  return fail(
      Errc::verification_no_answer,
      "The other side has begun anew, or the connection changed on the way. Nothing was "
      "recorded: begin again on both sides.");
}

}  // namespace

struct LiveVerifications::Attempt {
  Attempt(ClientId holder, const Pair& parties, boost::asio::any_io_executor executor)
      : client(holder),
        pair(parties),
        verification(pair.self, pair.peer, pair.commits, system_entropy()),
        changed(std::move(executor)) {}

  ClientId client;
  Pair pair;
  room::LiveVerification verification;
  net::AsioTimer changed;
};

LiveVerifications::LiveVerifications(boost::asio::any_io_executor executor, Send send)
    : executor_(std::move(executor)), send_(std::move(send)) {}

LiveVerifications::~LiveVerifications() = default;

void LiveVerifications::send(const Attempt& attempt,
                             const room::LiveVerification::Steps& steps) {
  for (const auto& step : steps) send_(attempt.pair.room, step, attempt.verification.binding());
}

void LiveVerifications::drop(Attempts::iterator at) {
  const auto attempt = at->second;
  attempts_.erase(at);
  send(*attempt, attempt->verification.answer(false));
  attempt->changed.wake();
}

Async<crypto::Sas> LiveVerifications::compare(ClientId client, Pair pair, SteadyTime deadline) {
  if (const auto before = attempts_.find(pair.peer.identity); before != attempts_.end()) {
    drop(before);
  }
  const auto attempt = std::make_shared<Attempt>(client, pair, executor_);
  attempts_.emplace(pair.peer.identity, attempt);
  asked_.erase(pair.peer.identity);
  const room::LiveVerification& verification = attempt->verification;
  while (verification.state() == State::waiting && attempt->changed.now() < deadline) {
    send(*attempt, verification.begin());
    const SteadyTime next = attempt->changed.now() + request_every;
    co_await attempt->changed.wait_until(std::min(next, deadline));
  }
  if (verification.state() == State::comparing) co_return *verification.sas();
  const bool late = verification.state() == State::waiting;
  const auto at = attempts_.find(pair.peer.identity);
  if (at != attempts_.end() && at->second == attempt) drop(at);
  if (late) co_return no_answer();
  co_return why_failed(verification.failure());
}

Async<void> LiveVerifications::answer(ClientId client, crypto::Ed25519PublicKey peer, bool same,
                                      SteadyTime deadline) {
  const auto at = attempts_.find(peer);
  if (at == attempts_.end() || at->second->client != client) {
    co_return why_failed(room::LiveVerification::Failure::none);
  }
  const auto attempt = at->second;
  send(*attempt, attempt->verification.answer(same));
  while (attempt->verification.state() == State::comparing &&
         attempt->changed.now() < deadline) {
    co_await attempt->changed.wait_until(deadline);
  }
  const auto still = attempts_.find(peer);
  const bool late = attempt->verification.state() == State::comparing;
  if (still != attempts_.end() && still->second == attempt) drop(still);
  if (late) co_return no_answer();
  if (attempt->verification.state() == State::verified) co_return Result<void>();
  co_return why_failed(attempt->verification.failure());
}

void LiveVerifications::give_up(ClientId client) {
  for (auto at = attempts_.begin(); at != attempts_.end();) {
    const auto next = std::next(at);
    if (at->second->client == client) drop(at);
    at = next;
  }
}

bool LiveVerifications::on_step(const RoomId& room, const wire::VerificationStep& step,
                                const crypto::Hash64& binding) {
  const auto at = attempts_.find(step.from);
  if (at == attempts_.end() || at->second->pair.room != room) {
    if (step.kind != wire::VerificationKind::request) return false;
    if (asked_.size() >= asked_limit && !asked_.contains(step.from)) return false;
    return std::exchange(asked_[step.from], step.attempt) != step.attempt;
  }
  const auto attempt = at->second;
  send(*attempt, attempt->verification.on_step(step, binding));
  attempt->changed.wake();
  return false;
}

}  // namespace sotto::node
