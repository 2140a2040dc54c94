#include "reach/ice_agent.h"

#include <algorithm>
#include <cassert>

#include "reach/chance.h"

namespace sotto::reach {
namespace {

constexpr std::size_t consent_asked_limit = 16;  // answers that may be late

bool is_udp(const Candidate& candidate) {
  return candidate.transport == CandidateTransport::udp;
}

// How the other end of a TCP connection looks to it.
CandidateTransport other_end(CandidateTransport transport) {
  switch (transport) {
    case CandidateTransport::tcp_active:
      return CandidateTransport::tcp_passive;
    case CandidateTransport::tcp_passive:
      return CandidateTransport::tcp_active;
    default:
      return transport;
  }
}

}  // namespace

IceAgent::IceAgent(IceOptions options, Entropy& entropy)
    : options_(std::move(options)),
      entropy_(entropy),
      controlling_(options_.controlling),
      tie_breaker_(load_be<std::uint64_t>(entropy.bytes<8>())) {
  assert(options_.credentials.is_valid());
  list_.set_controlling(controlling_);
}

// --- candidates

// RFC 8445 section 5.1.1.3: the same kind, transport, address of the socket and server.
std::string IceAgent::foundation_of(const LocalCandidate& local) {
  const std::string key =
      std::string(to_string(local.kind)) + " " + std::string(to_string(local.transport)) + " " +
      local.base_address.to_string() + " " + (local.server ? local.server->to_string() : "");
  return foundations_.try_emplace(key, std::to_string(foundations_.size() + 1)).first->second;
}

Candidate IceAgent::candidate_of(const LocalCandidate& local) {
  return {local.kind, local.transport, local.address,
          candidate_priority(local.kind, local.transport, local.preference),
          foundation_of(local)};
}

void IceAgent::add_guessing(const LocalCandidate& local) {
  locals_.push_back({local.base, candidate_of(local), true});
}

Candidate IceAgent::add_local(const LocalCandidate& local) {
  const Candidate candidate = candidate_of(local);
  locals_.push_back({local.base, candidate});
  for (const Candidate& remote : remotes_) pair_up(locals_.back(), remote);
  return candidate;
}

const IceAgent::Local& IceAgent::local_of(std::size_t base) const {
  const auto found = std::ranges::find(locals_, base, &Local::base);
  assert(found != locals_.end());
  return *found;
}

void IceAgent::set_remote(const IceCredentials& credentials, SteadyTime now) {
  assert(!theirs_ && credentials.is_valid());
  theirs_ = credentials;
  begun_ = now;
  next_check_ = now;
}

bool IceAgent::add_remote(const Candidate& candidate) {
  if (!is_acceptable(candidate, options_.refused)) return false;
  if (candidate.foundation.empty() || candidate.foundation.size() > foundation_limit) {
    return false;
  }
  const auto known = [&](const Candidate& other) {
    return other.address == candidate.address && other.transport == candidate.transport;
  };
  if (std::ranges::any_of(remotes_, known)) return true;
  if (told_ == candidates_limit) return false;
  ++told_;
  remotes_.push_back(candidate);
  for (const Local& local : locals_) pair_up(local, candidate);
  return true;
}

// Sent from the same base they are the same pair, however many addresses the base has.
void IceAgent::pair_up(const Local& local, const Candidate& remote) {
  if (local.guessing || !can_pair(local.candidate, remote)) return;
  if (local.candidate.address == remote.address) return;
  list_.add({local.base, local.candidate, remote});
}

// --- checks

IceCheck IceAgent::check_on(const CandidatePair& pair, bool nominates) const {
  const auto preference = static_cast<std::uint16_t>((pair.local.priority >> 8) & 0x1fff);
  return {candidate_priority(CandidateKind::peer_reflexive, pair.local.transport, preference),
          controlling_, tie_breaker_, nominates};
}

void IceAgent::start_check(PairNumber number, bool nominates, SteadyTime now) {
  const CandidatePair& pair = list_.at(number);
  const auto transaction = StunTransaction::random(entropy_);
  Check check{
      transaction, StunSchedule(!is_udp(pair.local), now, options_.timing.check),
      encode_check(check_on(pair, nominates), transaction, options_.credentials, *theirs_),
      controlling_, nominates};
  check.schedule.due(now);
  send(pair, check.bytes);
  checks_.insert_or_assign(number, std::move(check));
}

Bytes IceAgent::probe() {
  assert(theirs_);
  const IceCheck check{
      candidate_priority(CandidateKind::peer_reflexive, CandidateTransport::udp, 0),
      controlling_, tie_breaker_, false};
  return encode_check(check, StunTransaction::random(entropy_), options_.credentials, *theirs_);
}

void IceAgent::send(const CandidatePair& pair, Bytes bytes) {
  sends_.push_back({pair.base, pair.local.transport, pair.remote.address, std::move(bytes)});
}

bool IceAgent::on_bytes(std::size_t base, const Endpoint& from, ByteView bytes,
                        SteadyTime now) {
  if (!looks_like_stun(bytes)) return false;
  const auto message = StunMessage::decode(bytes);
  if (ended_ || !message || message->method() != StunMethod::binding) return true;
  if (message->message_class() == StunClass::request) {
    on_check(base, from, *message, now);
  } else if (message->message_class() != StunClass::indication && theirs_) {
    on_answer(base, from, *message, now);
  }
  return true;
}

void IceAgent::on_check(std::size_t base, const Endpoint& from, const StunMessage& message,
                        SteadyTime now) {
  const auto check = read_check(message, options_.credentials, theirs_);
  if (!check) return;
  // Where nobody of ours may be, even the bearer of our password gets no packet.
  const auto transport = other_end(local_of(base).candidate.transport);
  const Candidate seen{CandidateKind::peer_reflexive, transport, from, check->priority, "r"};
  if (!is_acceptable(seen, options_.refused)) return;
  if (!settles_roles(*check, base, from, message.transaction())) return;
  const auto number = pair_of_check(base, seen);
  if (!number) return;
  sends_.push_back({base, local_of(base).candidate.transport, from,
                    encode_check_answer(message.transaction(), from, options_.credentials)});
  CandidatePair& pair = list_.at(*number);
  const bool nominated = check->nominates && !controlling_;
  if (nominated) pair.nominated = true;
  if (pair.state == PairState::succeeded) {
    if (nominated && selected_ != number) select(*number, now);
    return;
  }
  if (selected_) {
    if (nominated && !checks_.contains(*number)) start_check(*number, false, now);
    return;
  }
  // Section 7.3.1.4.  What is under way is said again at once, since the way is open now.
  const auto running = checks_.find(*number);
  if (running == checks_.end()) return list_.trigger(*number);
  if (is_udp(pair.local)) {
    running->second.schedule = StunSchedule(false, now, options_.timing.check);
  }
}

// The pair that a check came over.  An address that nobody told is one that a NAT made (section
// 7.3.1.3).
std::optional<PairNumber> IceAgent::pair_of_check(std::size_t base, Candidate seen) {
  const Local& local = local_of(base);
  const bool udp = is_udp(local.candidate);
  if (const auto known = list_.find(base, seen.address, udp)) return known;
  const auto told = std::ranges::find_if(remotes_, [&](const Candidate& candidate) {
    return candidate.address == seen.address && candidate.transport == seen.transport;
  });
  if (told != remotes_.end()) return list_.add({base, local.candidate, *told});
  if (reflexive_ == reflexive_limit) return std::nullopt;
  seen.foundation += std::to_string(reflexive_++);
  remotes_.push_back(seen);
  return list_.add({base, local.candidate, std::move(seen)});
}

// --- roles (section 7.3.1.1)

// False when it was answered with a conflict.
bool IceAgent::settles_roles(const IceCheck& check, std::size_t base, const Endpoint& from,
                             const StunTransaction& transaction) {
  if (check.controlling != controlling_) return true;
  const bool we_control = tie_breaker_ >= check.tie_breaker;
  if (we_control != controlling_) {
    switch_role();
    return true;
  }
  sends_.push_back({base, local_of(base).candidate.transport, from,
                    encode_role_conflict(transaction, options_.credentials)});
  return false;
}

void IceAgent::switch_role() {
  controlling_ = !controlling_;
  nominating_.reset();
  list_.set_controlling(controlling_);
}

// --- answers

void IceAgent::on_answer(std::size_t base, const Endpoint& from, const StunMessage& message,
                         SteadyTime now) {
  if (!message.is_authentic(as_bytes(theirs_->password))) return;
  if (consent_asked_.contains(message.transaction())) {
    const CandidatePair& pair = list_.at(*selected_);
    const bool from_there = pair.is_to(base, from, is_udp(pair.local));
    if (!from_there || message.message_class() != StunClass::success) return;
    consent_asked_.erase(message.transaction());
    consent_until_ = now + options_.timing.consent_for;
    const milliseconds every = options_.timing.consent_every;
    next_consent_ = now + draw_between(entropy_, every * 4 / 5, every * 6 / 5);
    return;
  }
  const auto found = std::ranges::find_if(checks_, [&](const auto& entry) {
    return entry.second.transaction == message.transaction();
  });
  if (found == checks_.end()) return;
  const PairNumber number = found->first;
  const Check check = std::move(found->second);
  checks_.erase(found);
  const CandidatePair& pair = list_.at(number);
  // Section 7.2.5.2.1: an answer that comes another way than the check went is of no use.
  if (!pair.is_to(base, from, is_udp(pair.local))) return on_failure(number);
  if (message.message_class() == StunClass::success) return on_success(number, check, now);
  const auto error = message.error();
  if (!error || error->code != role_conflict) return on_failure(number);
  if (check.controlling == controlling_) switch_role();
  list_.at(number).state = PairState::waiting;
  list_.trigger(number);
}

void IceAgent::on_success(PairNumber number, const Check& check, SteadyTime now) {
  list_.set_succeeded(number);
  if (!first_success_) first_success_ = now;
  if (nominating_ == number && check.nominates) {
    nominating_.reset();
    if (controlling_) select(number, now);
  } else if (!controlling_ && list_.at(number).nominated) {
    select(number, now);
  }
}

void IceAgent::on_failure(PairNumber number) {
  if (nominating_ == number) nominating_.reset();
  list_.set_failed(number);
}

void IceAgent::on_unreachable(std::size_t base, const Endpoint& to) {
  const auto number = list_.find(base, to, false);
  if (!number) return;
  checks_.erase(*number);
  on_failure(*number);
}

// --- time

void IceAgent::on_time(SteadyTime now) {
  if (ended_ || !theirs_) return;
  run_checks(now);
  if (selected_) return watch(now);
  if (controlling_) nominate(now);
  const bool hopeless = complete_ && list_.all_failed() && checks_.empty() &&
                        now >= begun_ + options_.timing.patience;
  if (hopeless || now >= begun_ + options_.timing.give_up) {
    end(Errc::no_path,
        "No direct path to the other side was found: none of its addresses answers. Forward a "
        "port on one side (--advertise), or meet through Tor (--tor).");
  }
}

void IceAgent::run_checks(SteadyTime now) {
  std::vector<PairNumber> expired;
  for (auto& [number, check] : checks_) {
    if (check.schedule.due(now)) send(list_.at(number), check.bytes);
    if (check.schedule.expired(now)) expired.push_back(number);
  }
  for (const PairNumber number : expired) {
    checks_.erase(number);
    on_failure(number);
  }
  if (selected_ || now < next_check_) return;
  const auto number = list_.next();
  if (!number) return;
  start_check(*number, false, now);
  next_check_ = now + options_.timing.pace;
}

void IceAgent::nominate(SteadyTime now) {
  const auto best = list_.best();
  if (!best || nominating_) return;
  if (list_.may_improve(*best) && now < *first_success_ + options_.timing.settle) return;
  nominating_ = best;
  start_check(*best, true, now);
}

void IceAgent::select(PairNumber number, SteadyTime now) {
  selected_ = number;
  checks_.clear();
  consent_asked_.clear();
  consent_until_ = now + options_.timing.consent_for;
  next_consent_ = now + options_.timing.consent_every;
  const CandidatePair& pair = list_.at(number);
  events_.push_back(IceSelected{pair.base, pair.local, pair.remote,
                                std::chrono::floor<milliseconds>(now - begun_)});
}

// RFC 7675 section 5.1: at a moment of four to six fifths, each time with another transaction.
// More often while no answer comes: five that are lost in a row are no rarity on a bad line.
void IceAgent::watch(SteadyTime now) {
  if (now >= consent_until_) {
    return end(Errc::path_lost,
               "The direct path to the other side is lost: it does not answer there any more. "
               "Talk goes on over another path.");
  }
  if (now < next_consent_) return;
  const CandidatePair& pair = list_.at(*selected_);
  const auto transaction = StunTransaction::random(entropy_);
  if (consent_asked_.size() == consent_asked_limit) consent_asked_.clear();
  consent_asked_.insert(transaction);
  send(pair, encode_check(check_on(pair, false), transaction, options_.credentials, *theirs_));
  next_consent_ = now + options_.timing.consent_again;
}

std::optional<SteadyTime> IceAgent::next_deadline(SteadyTime now) const {
  if (ended_ || !theirs_) return std::nullopt;
  SteadyTime next = begun_ + options_.timing.give_up;
  const auto earlier = [&next](SteadyTime time) { next = std::min(next, time); };
  for (const auto& [number, check] : checks_) earlier(check.schedule.next_deadline());
  if (selected_) {
    next = std::min(next_consent_, consent_until_);
    for (const auto& [number, check] : checks_) earlier(check.schedule.next_deadline());
    return next;
  }
  if (list_.has_next()) earlier(std::max(next_check_, now));
  if (complete_ && checks_.empty() && begun_ + options_.timing.patience > now) {
    earlier(begun_ + options_.timing.patience);
  }
  if (controlling_ && !nominating_ && first_success_ && list_.best()) {
    earlier(std::max(*first_success_ + options_.timing.settle, now));
  }
  return next;
}

void IceAgent::end(Errc code, std::string text) {
  ended_ = true;
  checks_.clear();
  events_.push_back(IceEnded{Error(code, std::move(text))});
}

}  // namespace sotto::reach
