#include "reach/gateway_mapping.h"

#include <algorithm>
#include <cassert>
#include <string>
#include <utility>

#include "reach/chance.h"

namespace sotto::reach {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

// RFC 6887 section 8.1.1.  Not for ever: most gateways that do not answer speak something else.
constexpr milliseconds pcp_wait{3'000};
constexpr int pcp_tries = 2;
// RFC 6886 section 3.1: 64 s after the last of these it is none of NAT-PMP.
constexpr milliseconds nat_pmp_wait{250};
constexpr int nat_pmp_tries = 9;
constexpr int release_tries = 3;
// RFC 6887 section 11.2.1: never asked for more often.
constexpr milliseconds renewal_least{4'000};

constexpr seconds lifetime_least{30};
constexpr hours lifetime_most{24};
constexpr minutes rest_after_refusal{30};
constexpr seconds rest_least{30};
constexpr minutes rest_most{30};
constexpr std::uint8_t pcp_cannot_provide_external = 11;

// RFC 6887 section 7.4: for how long a refusal holds is said with it.
milliseconds rest_of(seconds said) {
  return std::clamp<seconds>(said, rest_least, rest_most);
}

}  // namespace

GatewayMapping::GatewayMapping(const MappingOptions& options, Entropy& entropy, SteadyTime now)
    : options_(options),
      entropy_(entropy),
      nonce_(MappingNonce::random(entropy)),
      suggested_port_(options.external_port) {
  assert(options.internal_port >= 1024);
  assert(options.gateway.is_v4() == options.self.is_v4());
  assert(options.lifetime >= lifetime_least && options.lifetime <= lifetime_most);
  begin(Step::pcp, now);
}

GatewayMapping GatewayMapping::leftover(const MappingOptions& options, MappingMeans means,
                                        const MappingNonce& nonce, Entropy& entropy,
                                        SteadyTime now) {
  GatewayMapping mapping(options, entropy, now);
  mapping.datagrams_.clear();
  mapping.nonce_ = nonce;
  mapping.means_ = means;
  mapping.begin(Step::releasing, now);
  return mapping;
}

// --- asking

void GatewayMapping::begin(Step step, SteadyTime now) {
  step_ = step;
  tries_ = 0;
  send(now);
}

void GatewayMapping::send(SteadyTime now) {
  datagrams_.push_back(request());
  ++tries_;
  due_ = now + wait(now);
}

Bytes GatewayMapping::request() const {
  MappingWish wish{options_.protocol, options_.internal_port, suggested_port_,
                   options_.lifetime};
  switch (step_) {
    case Step::pcp:
      return pcp_map_request(wish, nonce_, options_.self, suggested_address_);
    case Step::address:
      return nat_pmp_address_request();
    case Step::releasing:
      wish.external_port = 0;
      wish.lifetime = seconds(0);
      if (means_ == MappingMeans::pcp) return pcp_map_request(wish, nonce_, options_.self, {});
      return nat_pmp_map_request(wish);
    default:
      return nat_pmp_map_request(wish);
  }
}

milliseconds GatewayMapping::wait(SteadyTime now) {
  const int doubled = 1 << (tries_ - 1);
  if (step_ == Step::releasing) return nat_pmp_wait * doubled;
  if (expires_) return until_renewal(now);
  if (step_ != Step::pcp) return nat_pmp_wait * doubled;
  return draw_between(entropy_, pcp_wait * 9 / 10, pcp_wait * 11 / 10) * doubled;
}

// RFC 6887 section 11.2.1: between a half and five eighths of what is left, so that all who got
// their ports in the same moment do not come back in the same.
milliseconds GatewayMapping::until_renewal(SteadyTime now) {
  const auto left = std::chrono::floor<milliseconds>(*expires_ - now);
  if (left <= renewal_least) return std::max(left, milliseconds(0));
  return std::max(draw_between(entropy_, left / 2, left * 5 / 8), renewal_least);
}

void GatewayMapping::on_time(SteadyTime now) {
  if (step_ == Step::ended) return;
  if (step_ != Step::releasing && expires_ && now >= *expires_) return lose(false, now);
  if (now >= due_) on_silence(now);
}

void GatewayMapping::on_silence(SteadyTime now) {
  switch (step_) {
    case Step::held:
      return begin(means_ == MappingMeans::pcp ? Step::pcp : Step::address, now);
    case Step::resting:
      return begin(Step::pcp, now);
    case Step::pcp:
      if (tries_ < pcp_tries || expires_) return send(now);
      return begin(Step::address, now);
    case Step::address:
    case Step::nat_pmp:
      if (tries_ < nat_pmp_tries || expires_) return send(now);
      return rest(Error(Errc::mapping_timeout,
                        "The router " + options_.gateway.to_string() +
                            " answers neither PCP nor NAT-PMP. Switch one of them on in its "
                            "settings, or forward a port by hand (--advertise)."),
                  rest_after_refusal, now);
    case Step::releasing:
      if (tries_ < release_tries) return send(now);
      return end(false);
    case Step::ended:
      return;
  }
}

std::optional<SteadyTime> GatewayMapping::next_deadline() const {
  if (step_ == Step::ended) return std::nullopt;
  if (step_ == Step::releasing || !expires_) return due_;
  return std::min(due_, *expires_);
}

// --- answers

void GatewayMapping::on_datagram(const Endpoint& from, ByteView datagram, SteadyTime now) {
  if (step_ == Step::ended || from != Endpoint{options_.gateway, mapping_port}) return;
  const auto answer = read_mapping_answer(datagram);
  if (!answer) return;
  std::visit([this, now](const auto& read) { on_answer(read, now); }, *answer);
}

bool GatewayMapping::is_ours(MappedProtocol protocol, std::uint16_t internal_port) const {
  return protocol == options_.protocol && internal_port == options_.internal_port;
}

void GatewayMapping::on_answer(const PcpMapped& answer, SteadyTime now) {
  if (answer.nonce != nonce_ || !is_ours(answer.protocol, answer.internal_port)) return;
  if (step_ == Step::releasing && means_ == MappingMeans::pcp) {
    // One that gives us the port is a late answer to an earlier request.
    if (answer.result != 0 || answer.lifetime == seconds(0)) end(answer.result == 0);
    return;
  }
  const bool renewed_unasked = step_ == Step::held && means_ == MappingMeans::pcp;
  if (step_ != Step::pcp && !renewed_unasked) return;
  means_ = MappingMeans::pcp;
  if (!epoch_.follow_pcp(answer.epoch, now) && expires_) {
    // This very answer may have made it anew: it is said what is true.
    events_.push_back(MappingLost{true});
    expires_.reset();
  }
  if (answer.result == pcp_cannot_provide_external && suggested_port_ != 0) {
    suggested_port_ = 0;
    suggested_address_.reset();
    return begin(Step::pcp, now);
  }
  if (answer.result != 0) {
    return refuse(describe_pcp_result(answer.result), rest_of(answer.lifetime), now);
  }
  make(answer.external, answer.lifetime, now);
}

void GatewayMapping::on_answer(const PcpAnnounced& answer, SteadyTime now) {
  if (step_ == Step::releasing || epoch_.follow_pcp(answer.epoch, now)) return;
  if (expires_) return lose(true, now);
  if (step_ == Step::resting) begin(Step::pcp, now);
}

void GatewayMapping::on_answer(const NatPmpAddress& answer, SteadyTime now) {
  if (step_ == Step::releasing || step_ == Step::pcp) return;
  const bool same = epoch_.follow_nat_pmp(answer.epoch, now);
  if (!same && expires_) return lose(true, now);
  if (step_ != Step::address) {
    // Announced to all of the network: it runs again, or has another address.
    const bool moved = answer.result == 0 && answer.external != nat_pmp_address_;
    if (step_ == Step::held && means_ == MappingMeans::nat_pmp && moved) {
      begin(Step::address, now);
    }
    if (step_ == Step::resting && !same) begin(Step::pcp, now);
    return;
  }
  if (answer.result != 0) {
    return refuse(describe_nat_pmp_result(answer.result), rest_after_refusal, now);
  }
  means_ = MappingMeans::nat_pmp;
  nat_pmp_address_ = answer.external;
  begin(Step::nat_pmp, now);
}

void GatewayMapping::on_answer(const NatPmpMapped& answer, SteadyTime now) {
  // A refusal need not say what it is about.
  const bool ours = is_ours(answer.protocol, answer.internal_port) ||
                    (answer.result != 0 && answer.protocol == options_.protocol);
  if (!ours) return;
  if (step_ == Step::releasing && means_ == MappingMeans::nat_pmp) {
    if (answer.result != 0 || answer.lifetime == seconds(0)) end(answer.result == 0);
    return;
  }
  if (step_ != Step::nat_pmp) return;
  if (!epoch_.follow_nat_pmp(answer.epoch, now) && expires_) {
    events_.push_back(MappingLost{true});
    expires_.reset();
  }
  if (answer.result != 0) {
    return refuse(describe_nat_pmp_result(answer.result), rest_after_refusal, now);
  }
  make({nat_pmp_address_, answer.external_port}, answer.lifetime, now);
}

void GatewayMapping::on_answer(const UnsupportedVersion&, SteadyTime now) {
  switch (step_) {
    case Step::pcp:
      // A count of PCP's seconds says nothing about those of NAT-PMP.
      epoch_.forget();
      return begin(Step::address, now);
    case Step::address:
    case Step::nat_pmp:
      return refuse("it speaks neither PCP nor NAT-PMP as they are today", rest_after_refusal,
                    now);
    default:
      return;
  }
}

// --- what they lead to

void GatewayMapping::make(const Endpoint& external, seconds lifetime, SteadyTime now) {
  if (external.port == 0 || !is_unicast(external.address)) {
    return refuse("the address that it gave leads nowhere: " + to_string(external),
                  rest_after_refusal, now);
  }
  if (lifetime < lifetime_least) {
    return refuse("it lends a port for " + std::to_string(lifetime.count()) + " seconds only",
                  rest_after_refusal, now);
  }
  const seconds granted = std::min<seconds>(lifetime, lifetime_most);
  step_ = Step::held;
  expires_ = now + granted;
  due_ = now + until_renewal(now);
  suggested_port_ = external.port;
  suggested_address_ = external.address;
  const bool as_wished = options_.external_port == 0 || options_.external_port == external.port;
  events_.push_back(MappingMade{external, granted, means_, as_wished});
}

void GatewayMapping::lose(bool gateway_restarted, SteadyTime now) {
  expires_.reset();
  events_.push_back(MappingLost{gateway_restarted});
  // What has begun anew may speak another protocol than it did, but hardly does.
  const bool nat_pmp = gateway_restarted && means_ == MappingMeans::nat_pmp;
  begin(nat_pmp ? Step::address : Step::pcp, now);
}

void GatewayMapping::refuse(std::string_view reason, milliseconds duration, SteadyTime now) {
  rest(Error(Errc::mapping_refused,
             "The router " + options_.gateway.to_string() +
                 " maps no port: " + std::string(reason) +
                 ". Allow it in the router's settings, or forward a port by hand "
                 "(--advertise)."),
       duration, now);
}

void GatewayMapping::rest(Error error, milliseconds duration, SteadyTime now) {
  events_.push_back(MappingFailed{std::move(error)});
  if (expires_) {
    step_ = Step::held;
    due_ = now + until_renewal(now);
  } else {
    step_ = Step::resting;
    due_ = now + duration;
  }
}

// --- the end

void GatewayMapping::release(SteadyTime now) {
  if (step_ == Step::releasing || step_ == Step::ended) return;
  // What was asked and not answered may still have been done.
  const bool nothing_asked = step_ == Step::resting || (step_ == Step::address && !expires_);
  if (nothing_asked) return end(true);
  if (step_ == Step::nat_pmp) means_ = MappingMeans::nat_pmp;
  if (step_ == Step::pcp) means_ = MappingMeans::pcp;
  begin(Step::releasing, now);
}

void GatewayMapping::end(bool confirmed) {
  step_ = Step::ended;
  events_.push_back(MappingReleased{confirmed});
}

}  // namespace sotto::reach
