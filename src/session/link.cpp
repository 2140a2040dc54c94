#include "session/link.h"

#include <algorithm>

#include "base/big_endian.h"

namespace sotto::session {

using wire::FrameType;

Link::Link(noise::Transport transport, SteadyTime now, LinkTiming timing)
    : sealer_(std::move(transport.send)),
      opener_(std::move(transport.receive)),
      timing_(timing),
      handshake_hash_(transport.handshake_hash),
      last_heard_(now),
      last_sent_(now),
      record_since_(now),
      last_ping_(now) {}

void Link::filled(std::size_t bytes, SteadyTime now) {
  if (!opener_.partial()) record_since_ = now;
  opener_.filled(bytes);
  // Any byte shows that the peer lives; what is not authentic ends the link anyway.
  last_heard_ = now;
  pings_unanswered_ = 0;
}

Result<std::optional<wire::Frame>> Link::next_frame() {
  while (true) {
    auto frame = reader_.next();
    if (!frame) {
      return fail(Errc::protocol, frame.error().text());
    }
    if (!*frame) {
      const auto plaintext = opener_.next();
      if (!plaintext) return std::unexpected(plaintext.error());
      if (!*plaintext) return std::nullopt;
      record_since_ = last_heard_;
      reader_ = wire::FrameReader(**plaintext);
      continue;
    }
    if ((*frame)->type >= FrameType::ack) return *frame;
    if (auto handled = on_link_frame(**frame); !handled) return pass(handled);
  }
}

Result<void> Link::on_link_frame(const wire::Frame& frame) {
  switch (frame.type) {
    case FrameType::ping:
      pong_due_ = load_be<std::uint64_t>(frame.body);
      return {};
    case FrameType::pong:
      if (ping_sent_ && load_be<std::uint64_t>(frame.body) == ping_token_) {
        round_trip_ = std::chrono::duration_cast<milliseconds>(last_heard_ - *ping_sent_);
        measured_ = last_heard_;
        ping_sent_.reset();
      }
      return {};
    default:
      peer_goodbye_ = static_cast<wire::GoodbyeReason>(frame.body[0]);
      return fail(Errc::left, "The other side has left.");
  }
}

bool Link::measure(SteadyTime now, milliseconds age) {
  const bool fresh = round_trip_ && now < measured_ + age;
  if (fresh || ping_sent_ || goodbye_sent_) return false;
  ping_due_ = true;
  return true;
}

void Link::add_u64(FrameType type, std::uint64_t value) {
  store_be(sealer_.add(type, sizeof value), value);
}

void Link::send(FrameType type, ByteView body) {
  std::ranges::copy(body, sealer_.add(type, body.size()).begin());
}

void Link::say_goodbye(wire::GoodbyeReason reason) {
  if (!goodbye_sent_) goodbye_due_ = reason;
}

Result<ByteView> Link::produce(FrameSource* source, SteadyTime now) {
  if (goodbye_sent_) return ByteView();
  if (pong_due_) add_u64(FrameType::pong, *std::exchange(pong_due_, std::nullopt));
  if (std::exchange(ping_due_, false)) {
    ping_sent_ = now;
    add_u64(FrameType::ping, ++ping_token_);
  }
  if (source != nullptr) source->fill(sealer_, now);
  if (goodbye_due_ && sealer_.room() > 1) {
    sealer_.add(FrameType::goodbye, 1)[0] = static_cast<std::byte>(*goodbye_due_);
    goodbye_sent_ = true;
  }
  if (sealer_.empty()) return ByteView();
  last_sent_ = now;
  return sealer_.seal();
}

// A clock that jumps does not count as pings without an answer.
SteadyTime Link::next_ping() const {
  return std::max(last_heard_, last_ping_) + timing_.ping_after;
}

// While a long record trickles in there is nothing to acknowledge, and its sender must not take
// this side for dead.  Only bytes that came since the last sign earn another one.
std::optional<SteadyTime> Link::next_sign() const {
  if (!opener_.partial() || last_heard_ <= last_sent_) return std::nullopt;
  return std::max(last_sent_, record_since_) + timing_.sign_after();
}

std::optional<SteadyTime> Link::record_limit() const {
  if (!opener_.partial()) return std::nullopt;
  return record_since_ + timing_.record_within();
}

std::optional<SteadyTime> Link::silence_limit(const FrameSource* source) const {
  const auto since = source == nullptr ? std::nullopt : source->unacknowledged_since();
  if (!since) return std::nullopt;
  return std::max(*since, last_heard_) + timing_.lost_after;
}

SteadyTime Link::deadline(const FrameSource* source) const {
  SteadyTime at = next_ping();
  if (const auto sign = next_sign()) at = std::min(at, *sign);
  if (const auto limit = record_limit()) at = std::min(at, *limit);
  if (const auto limit = silence_limit(source)) at = std::min(at, *limit);
  if (source != nullptr) {
    if (const auto due = source->next_deadline()) at = std::min(at, *due);
  }
  return at;
}

Result<void> Link::on_time(const FrameSource* source, SteadyTime now) {
  const auto reached = [now](std::optional<SteadyTime> at) { return at && now >= *at; };
  if (reached(silence_limit(source))) {
    return fail(Errc::link_lost, "The other side has stopped answering.");
  }
  if (reached(record_limit())) {
    return fail(Errc::link_lost, "What the other side sends does not arrive.");
  }
  if (now >= next_ping()) {
    if (pings_unanswered_ == timing_.misses) {
      return fail(Errc::link_lost, "The other side has stopped answering.");
    }
    ++pings_unanswered_;
    last_ping_ = now;
    ping_due_ = true;
  }
  // A pong that answers no ping.
  if (reached(next_sign()) && !pong_due_) pong_due_ = 0;
  return {};
}

}  // namespace sotto::session
