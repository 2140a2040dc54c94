#include "reach/turn_client.h"

#include <algorithm>
#include <cassert>

namespace sotto::reach {
namespace {

using std::chrono::minutes;

// Before the 5 minutes of a permission and the 10 of a channel are over, with time for a
// request that is said again (sections 9 and 12).
constexpr minutes permission_again{4};
constexpr minutes channel_again{9};
constexpr minutes try_again{1};
constexpr seconds refresh_least{5};
// A server that does not answer a goodbye is not waited for: 0, 250 and 750 ms.
constexpr StunTiming release_timing{milliseconds(250), 3, 2, milliseconds(1'250)};
constexpr std::uint32_t requested_udp = 17U << 24;

Error in_our_words(Error error, int code) {
  switch (code) {
    case 437:
      return Error(Errc::turn_lost,
                   "The TURN server does not know our address there, or takes us for somebody "
                   "who was there before (437). It is tried from another port.");
    case 486:
    case 508:
      return Error(Errc::turn_full, "The TURN server has no address left for us (" +
                                        std::to_string(code) +
                                        "). Try again in some minutes, or name another one.");
    default:
      return error;
  }
}

}  // namespace

TurnClient::TurnClient(const TurnOptions& options, StunCredentials credentials,
                       Entropy& entropy, SteadyTime now)
    : options_(options), credentials_(std::move(credentials)), entropy_(entropy) {
  ask(Subject::allocate, {}, now);
}

// --- requests

void TurnClient::ask(Subject subject, const Endpoint& peer, SteadyTime now) {
  constexpr auto method_of = [](Subject what) {
    switch (what) {
      case Subject::allocate:
        return StunMethod::allocate;
      case Subject::permission:
        return StunMethod::create_permission;
      case Subject::channel:
        return StunMethod::channel_bind;
      default:
        return StunMethod::refresh;
    }
  };
  const auto add = [this, subject, peer](StunMessage& message) {
    fill(subject, peer, message);
  };
  const StunTiming& timing = subject == Subject::release ? release_timing : options_.timing;
  pending_.push_back({subject, peer,
                      StunRequest(method_of(subject), add, &credentials_, options_.stream,
                                  entropy_, now, timing)});
  send_due(now);
}

void TurnClient::fill(Subject subject, const Endpoint& peer, StunMessage& message) const {
  const auto lifetime = static_cast<std::uint32_t>(options_.lifetime.count());
  switch (subject) {
    case Subject::allocate:
      message.add_u32(StunType::requested_transport, requested_udp);
      message.add_u32(StunType::lifetime, lifetime);
      return;
    case Subject::refresh:
      message.add_u32(StunType::lifetime, lifetime);
      return;
    case Subject::release:
      message.add_u32(StunType::lifetime, 0);
      return;
    case Subject::channel:
      message.add_u32(StunType::channel_number,
                      static_cast<std::uint32_t>(channels_.at(peer).number) << 16);
      message.add_address(StunType::xor_peer_address, peer);
      return;
    case Subject::permission:
      message.add_address(StunType::xor_peer_address, peer);
      return;
  }
}

void TurnClient::send_due(SteadyTime now) {
  for (Pending& pending : pending_) {
    if (auto bytes = pending.request.produce(now)) sends_.push_back(*std::move(bytes));
  }
}

void TurnClient::permit(const IpAddress& peer, SteadyTime now) {
  assert(allocated());
  if (permissions_.contains(peer)) return;
  assert(permissions_.size() < turn_peers_limit);
  permissions_[peer] = {};
  ask(Subject::permission, {peer, 0}, now);
}

void TurnClient::bind(const Endpoint& peer, SteadyTime now) {
  permit(peer.address, now);
  if (channels_.contains(peer)) return;
  assert(channels_.size() < turn_peers_limit);
  channels_[peer] = {next_channel_++, false, {}};
  ask(Subject::channel, peer, now);
}

void TurnClient::send(const Endpoint& peer, ByteView data) {
  assert(allocated() && data.size() <= turn_data_limit);
  const auto channel = channels_.find(peer);
  if (channel != channels_.end() && channel->second.bound) {
    sends_.push_back(encode_channel_data({channel->second.number, data}, options_.stream));
    return;
  }
  StunMessage message(StunMethod::send, StunClass::indication,
                      StunTransaction::random(entropy_));
  message.add_address(StunType::xor_peer_address, peer);
  message.add(StunType::data, data);
  sends_.push_back(message.encode(false));
}

void TurnClient::close(SteadyTime now) {
  if (state_ == State::closing || state_ == State::ended) return;
  // What was never given needs no giving back.
  if (state_ == State::allocating) return end(std::nullopt);
  state_ = State::closing;
  pending_.clear();
  ask(Subject::release, {}, now);
}

// --- time

void TurnClient::on_time(SteadyTime now) {
  for (std::size_t i = 0; i < pending_.size();) {
    auto error = pending_[i].request.on_time(now);
    if (!error) {
      ++i;
      continue;
    }
    const Pending silent = std::move(pending_[i]);
    pending_.erase(pending_.begin() + static_cast<std::ptrdiff_t>(i));
    on_refusal(silent, *std::move(error), now);
    if (state_ == State::ended) return;
  }
  send_due(now);
  if (state_ != State::allocated) return;
  if (refresh_ && now >= *refresh_) {
    refresh_.reset();
    ask(Subject::refresh, {}, now);
  }
  for (auto& [peer, permission] : permissions_) {
    if (!permission.again || now < *permission.again) continue;
    permission.again.reset();
    ask(Subject::permission, {peer, 0}, now);
  }
  for (auto& [peer, channel] : channels_) {
    if (!channel.again || now < *channel.again) continue;
    channel.again.reset();
    ask(Subject::channel, peer, now);
  }
}

std::optional<SteadyTime> TurnClient::next_deadline() const {
  if (state_ == State::ended) return std::nullopt;
  std::optional<SteadyTime> next = refresh_;
  const auto earlier = [&next](const std::optional<SteadyTime>& time) {
    if (time && (!next || *time < *next)) next = time;
  };
  for (const Pending& pending : pending_) earlier(pending.request.next_deadline());
  for (const auto& [peer, permission] : permissions_) earlier(permission.again);
  for (const auto& [peer, channel] : channels_) earlier(channel.again);
  return next;
}

// --- what the server says

void TurnClient::on_bytes(ByteView bytes, SteadyTime now) {
  if (!options_.stream) return on_message(bytes, now);
  if (state_ == State::ended) return;
  stream_.append(bytes);
  while (state_ != State::ended) {
    auto message = stream_.next();
    if (!message) return end(std::move(message.error()));
    if (!*message) return;
    on_message(**message, now);
  }
}

void TurnClient::on_message(ByteView bytes, SteadyTime now) {
  if (state_ == State::ended) return;
  if (const auto data = read_channel_data(bytes)) return on_channel_data(*data);
  const auto message = StunMessage::decode(bytes);
  if (!message) return;  // forged or damaged: as good as lost
  if (message->message_class() == StunClass::indication) return on_indication(*message);
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    auto answer = pending_[i].request.on_message(*message, entropy_, now);
    if (!answer) continue;
    const Pending answered = std::move(pending_[i]);
    pending_.erase(pending_.begin() + static_cast<std::ptrdiff_t>(i));
    on_answer(answered, *std::move(answer), now);
    return;
  }
  send_due(now);  // one may have been signed anew
}

void TurnClient::on_indication(const StunMessage& message) {
  if (message.method() != StunMethod::data || !allocated()) return;
  const auto peer = message.address(StunType::xor_peer_address);
  const auto data = message.find(StunType::data);
  if (!peer || !data || !permissions_.contains(peer->address)) return;
  events_.push_back(TurnData{*peer, to_bytes(*data)});
}

void TurnClient::on_channel_data(const ChannelData& data) {
  if (!allocated()) return;
  for (const auto& [peer, channel] : channels_) {
    if (channel.number == data.channel) events_.push_back(TurnData{peer, to_bytes(data.data)});
  }
}

void TurnClient::on_answer(const Pending& pending, Result<StunMessage> answer, SteadyTime now) {
  if (!answer) {
    const auto& refusal = pending.request.refusal();
    return on_refusal(
        pending, in_our_words(std::move(answer.error()), refusal ? refusal->code : 0), now);
  }
  switch (pending.subject) {
    case Subject::allocate:
      return on_allocated(*answer, now);
    case Subject::refresh:
      return schedule_refresh(
          seconds(answer->u32(StunType::lifetime)
                      .value_or(static_cast<std::uint32_t>(options_.lifetime.count()))),
          now);
    case Subject::permission: {
      Permission& permission = permissions_.at(pending.peer.address);
      permission.again = now + permission_again;
      if (!permission.granted) events_.push_back(TurnPermitted{pending.peer.address, {}});
      permission.granted = true;
      return;
    }
    case Subject::channel: {
      Channel& channel = channels_.at(pending.peer);
      channel.bound = true;
      channel.again = now + channel_again;
      return;
    }
    case Subject::release:
      return end(std::nullopt);
  }
}

void TurnClient::on_allocated(const StunMessage& answer, SteadyTime now) {
  const auto relayed = answer.address(StunType::xor_relayed_address);
  const auto mapped = answer.address(StunType::xor_mapped_address);
  const auto lifetime = answer.u32(StunType::lifetime);
  if (!relayed || !mapped || !lifetime || *lifetime == 0 || relayed->port == 0 ||
      !is_unicast(relayed->address)) {
    return end(Error(Errc::stun_malformed,
                     "The TURN server gave an address that leads nowhere. Name another one."));
  }
  state_ = State::allocated;
  relayed_ = *relayed;
  schedule_refresh(seconds(*lifetime), now);
  events_.push_back(TurnAllocated{*relayed, *mapped, seconds(*lifetime)});
}

// A minute before it ends; of one that ends in less than two, at half time.
void TurnClient::schedule_refresh(seconds lifetime, SteadyTime now) {
  constexpr minutes early{1};
  const seconds most = std::min<seconds>(lifetime, std::chrono::hours(1));
  refresh_ =
      now + std::max<seconds>(most >= 2 * early ? most - early : most / 2, refresh_least);
}

void TurnClient::on_refusal(const Pending& pending, Error error, SteadyTime now) {
  if (error.is(Errc::turn_lost) && pending.subject != Subject::release) {
    return end(std::move(error));
  }
  switch (pending.subject) {
    case Subject::allocate:
    case Subject::refresh:
      return end(std::move(error));
    case Subject::release:
      return end(std::nullopt);
    case Subject::permission: {
      Permission& permission = permissions_.at(pending.peer.address);
      permission.granted = false;
      events_.push_back(TurnPermitted{pending.peer.address, std::move(error)});
      return;
    }
    case Subject::channel: {
      // Without one it is sent in indications, which works as well.
      Channel& channel = channels_.at(pending.peer);
      channel.bound = false;
      channel.again = now + try_again;
      return;
    }
  }
}

void TurnClient::end(std::optional<Error> error) {
  state_ = State::ended;
  pending_.clear();
  events_.push_back(TurnEnded{std::move(error)});
}

}  // namespace sotto::reach
