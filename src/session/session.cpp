#include "session/session.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

#include "base/big_endian.h"

namespace sotto::session {
namespace {

using wire::FrameType;

constexpr std::byte end_of_message{1};

// What a frame costs the retransmit buffer beyond its payload.
constexpr std::size_t frame_cost = 64;

std::unexpected<Error> broke_protocol() {
  return fail(Errc::protocol,
              "The other side broke the protocol; the session is closed. Update sotto on both "
              "sides if this happens again.");
}

}  // namespace

Session::Session(SessionId id, Side side)
    : id_(id),
      next_own_channel_(first_dynamic_channel + (side == Side::joiner ? 1 : 0)),
      next_peer_channel_(first_dynamic_channel + (side == Side::joiner ? 0 : 1)) {
  channels_.emplace(control_channel, ChannelKind::control);
  channels_.emplace(chat_channel, ChannelKind::chat);
}

void Session::wake() const {
  if (wake_) wake_();
}

Channel* Session::find(ChannelId id) {
  const auto at = channels_.find(id);
  return at == channels_.end() ? nullptr : &at->second;
}

void Session::send(ChannelId id, Bytes message) {
  Channel* channel = find(id);
  if (channel == nullptr || channel->closing) return;
  assert(message.size() <= message_limit(channel->kind));
  channel->outgoing_bytes += message.size();
  channel->outgoing.push_back(std::make_shared<const Bytes>(std::move(message)));
  wake();
}

std::size_t Session::queued_bytes(ChannelId id) const {
  const auto at = channels_.find(id);
  return at == channels_.end() ? 0 : at->second.outgoing_bytes - at->second.offset;
}

bool Session::everything_acknowledged() const {
  return unacknowledged_.empty() && control_.empty() &&
         std::ranges::all_of(channels_,
                             [](const auto& c) { return c.second.outgoing.empty(); });
}

ChannelId Session::open(ChannelKind kind, Bytes metadata) {
  assert(kind == ChannelKind::file || kind == ChannelKind::forward);
  assert(can_open() && metadata.size() <= metadata_limit);
  const ChannelId id = std::exchange(next_own_channel_, next_own_channel_ + 2);
  channels_.emplace(id, kind);
  ++own_channels_;
  queue_frame(FrameType::open, id, static_cast<std::byte>(kind), std::move(metadata));
  return id;
}

void Session::close(ChannelId id, std::uint8_t reason) {
  assert(id >= first_dynamic_channel);
  Channel* channel = find(id);
  if (channel == nullptr || channel->closing) return;
  channel->closing = true;
  channel->close_reason = reason;
  if (channel->outgoing.empty()) finish_close(id, *channel);
}

void Session::reset(ChannelId id, std::uint8_t reason) {
  assert(id >= first_dynamic_channel);
  Channel* channel = find(id);
  if (channel == nullptr) return;
  channel->close_reason = reason;
  finish_close(id, *channel);
}

void Session::consumed(ChannelId id, std::size_t credit) {
  Channel* channel = find(id);
  if (channel == nullptr) return;
  channel->consumed += credit;
  if (channel->consumed < credit_piece(channel->kind)) return;
  Bytes amount;
  append_be(amount, static_cast<std::uint32_t>(channel->consumed));
  channel->credit_given += std::exchange(channel->consumed, 0);
  queue_frame(FrameType::credit, id, {}, std::move(amount));
}

std::optional<SessionEvent> Session::next_event() {
  if (events_.empty()) return std::nullopt;
  std::optional<SessionEvent> event(std::move(events_.front()));
  events_.pop_front();
  return event;
}

// --- sending

void Session::queue_frame(FrameType type, ChannelId channel, std::byte lead, Bytes data) {
  const std::size_t length = data.size();
  control_.push_back(
      {0, type, channel, lead, std::make_shared<const Bytes>(std::move(data)), 0, length, {}});
  wake();
}

// Writes a frame that has its seq into the record; false when there is no room left for it.
bool Session::write(SentFrame& frame, RecordSealer& record, SteadyTime now) {
  const bool has_lead = frame.type != FrameType::credit;
  const std::size_t header = wire::session_header_bytes + (has_lead ? 1 : 0);
  if (record.room() < header + frame.length) return false;
  const MutableBytes body = record.add(frame.type, header + frame.length);
  store_be(body, frame.seq);
  store_be(body.subspan(8), frame.channel);
  if (has_lead) body[wire::session_header_bytes] = frame.lead;
  // Not std::ranges::copy, which GCC 12 turns into a loop over bytes.
  if (frame.length > 0) {
    std::memcpy(body.data() + header, frame.data->data() + frame.offset, frame.length);
  }
  frame.sent_at = now;
  ++written_;
  return true;
}

void Session::fill(RecordSealer& record, SteadyTime now) {
  fill_frames(record, now);
  const bool ack_now = bytes_since_ack_ >= ack_every || (ack_due_ && now >= *ack_due_);
  if (ack_due_ && (ack_now || !record.empty()) && record.room() >= 8) {
    store_be(record.add(FrameType::ack, 8), last_received_);
    ack_due_.reset();
    bytes_since_ack_ = 0;
  }
}

void Session::fill_frames(RecordSealer& record, SteadyTime now) {
  while (written_ < unacknowledged_.size()) {
    if (!write(unacknowledged_[written_], record, now)) return;
  }
  while (unacknowledged_bytes_ < retransmit_limit && frame_next(record, now)) {
  }
}

// Gives the most urgent frame that waits its seq and writes it; false when there is none or no
// room.
bool Session::frame_next(RecordSealer& record, SteadyTime now) {
  if (!control_.empty()) {
    SentFrame& frame = control_.front();
    if (record.room() < wire::data_header_bytes + frame.length) return false;
    frame.seq = next_seq_++;
    unacknowledged_bytes_ += frame.length + frame_cost;
    unacknowledged_.push_back(std::move(frame));
    control_.pop_front();
    return write(unacknowledged_.back(), record, now);
  }
  return frame_next_data(record, now);
}

// Control, then chat, then the others in turn, so that no file waits until another has ended.
bool Session::frame_next_data(RecordSealer& record, SteadyTime now) {
  for (const ChannelId id : {control_channel, chat_channel}) {
    if (frame_data(id, channels_.at(id), record, now)) return true;
  }
  if (unacknowledged_bytes_ >= retransmit_limit - kept_for_words) return false;
  const auto turn = channels_.upper_bound(std::max(last_turn_, first_dynamic_channel - 1));
  for (auto at = turn; at != channels_.end(); ++at) {
    if (frame_data(at->first, at->second, record, now)) return true;
  }
  for (auto at = channels_.lower_bound(first_dynamic_channel); at != turn; ++at) {
    if (frame_data(at->first, at->second, record, now)) return true;
  }
  return false;
}

bool Session::frame_data(ChannelId id, Channel& channel, RecordSealer& record, SteadyTime now) {
  if (channel.outgoing.empty() || record.room() < wire::data_header_bytes ||
      channel.credit_to_send < data_frame_credit) {
    return false;
  }
  const ChannelKind kind = channel.kind;  // it may be gone below
  const auto message = channel.outgoing.front();
  const std::size_t left = message->size() - channel.offset;
  const std::size_t length = std::min({left, channel.credit_to_send - data_frame_credit,
                                       chunk_limit, record.room() - wire::data_header_bytes});
  // A cut message waits for a fuller record or more credit rather than go in crumbs.
  if (length < left && length < 256) return false;
  const bool last = length == left;
  unacknowledged_.push_back({next_seq_++,
                             FrameType::data,
                             id,
                             last ? end_of_message : std::byte{},
                             message,
                             channel.offset,
                             length,
                             {}});
  unacknowledged_bytes_ += length + frame_cost;
  channel.credit_to_send -= length + data_frame_credit;
  channel.offset += length;
  if (last) {
    channel.outgoing.pop_front();
    channel.outgoing_bytes -= message->size();
    channel.offset = 0;
    if (channel.outgoing.empty() && channel.closing) finish_close(id, channel);
  }
  const bool written = write(unacknowledged_.back(), record, now);
  if (id >= first_dynamic_channel) {
    last_turn_ = id;
    const auto listener = on_framed_.find(kind);
    if (listener != on_framed_.end() && listener->second) listener->second(id);
  }
  return written;
}

void Session::finish_close(ChannelId id, Channel& channel) {
  if (!is_own(id)) ++peer_closes_;
  queue_frame(FrameType::close, id, std::byte{channel.close_reason}, {});
  erase(id);
}

void Session::erase(ChannelId id) {
  channels_.erase(id);
  --(is_own(id) ? own_channels_ : peer_channels_);
}

std::optional<SteadyTime> Session::unacknowledged_since() const {
  if (written_ == 0) return std::nullopt;
  return unacknowledged_.front().sent_at;
}

std::optional<SteadyTime> Session::next_deadline() const {
  return ack_due_;
}

void Session::on_ack(std::uint64_t seq) {
  while (!unacknowledged_.empty() && unacknowledged_.front().seq <= seq) {
    const SentFrame& frame = unacknowledged_.front();
    unacknowledged_bytes_ -= frame.length + frame_cost;
    if (frame.type == FrameType::close && !is_own(frame.channel)) --peer_closes_;
    unacknowledged_.pop_front();
    if (written_ > 0) --written_;
  }
}

Result<void> Session::attach(std::uint64_t link_no, std::uint64_t peer_last_received) {
  assert(link_no > link_no_);
  if (peer_last_received < peer_told_ || peer_last_received >= next_seq_)
    return broke_protocol();
  peer_told_ = peer_last_received;
  on_ack(peer_last_received);
  link_no_ = link_no;
  written_ = 0;
  // The peer learned last_received_ when the link was made.
  ack_due_.reset();
  bytes_since_ack_ = 0;
  wake();
  return {};
}

// --- receiving

Result<void> Session::on_frame(const wire::Frame& frame, SteadyTime now) {
  if (frame.type == FrameType::ack) {
    const auto seq = load_be<std::uint64_t>(frame.body);
    if (seq >= next_seq_) return broke_protocol();
    on_ack(seq);
    wake();
    return {};
  }
  if (!wire::is_session_frame(frame.type)) return broke_protocol();
  const std::uint64_t seq = wire::session_header(frame).seq;
  if (!ack_due_) ack_due_ = now + ack_delay;
  // An older link of the same session may still bring what a newer one brought before.
  if (seq <= last_received_) return {};
  if (seq != last_received_ + 1) return broke_protocol();
  last_received_ = seq;
  bytes_since_ack_ += frame.body.size();
  return on_session_frame(frame);
}

Result<void> Session::on_session_frame(const wire::Frame& frame) {
  const ChannelId id = wire::session_header(frame).channel;
  const ByteView body = wire::session_body(frame);
  switch (frame.type) {
    case FrameType::data:
      return on_data(id, body);
    case FrameType::open:
      return on_open(id, body);
    case FrameType::credit:
      return on_credit(id, body);
    default:
      return on_close(id, body);
  }
}

bool Session::is_own(ChannelId id) const {
  return id % 2 == next_own_channel_ % 2;
}

// True for a channel that has existed: frames that were on their way when it closed are no
// offence.
bool Session::was_open(ChannelId id) const {
  return id >= first_dynamic_channel &&
         id < (is_own(id) ? next_own_channel_ : next_peer_channel_);
}

Result<void> Session::on_data(ChannelId id, ByteView body) {
  Channel* channel = find(id);
  if (channel == nullptr) return was_open(id) ? Result<void>() : broke_protocol();
  const std::byte flags = body[0];
  const ByteView payload = body.subspan(1);
  const std::size_t credit = payload.size() + data_frame_credit;
  if ((flags & ~end_of_message) != std::byte{} || credit > channel->credit_given ||
      channel->partial.size() + payload.size() > message_limit(channel->kind)) {
    return broke_protocol();
  }
  channel->credit_given -= credit;
  channel->partial_credit += credit;
  append(channel->partial, payload);
  if (flags == end_of_message) {
    events_.push_back(MessageArrived{id, std::exchange(channel->partial, {}),
                                     std::exchange(channel->partial_credit, 0)});
  }
  return {};
}

Result<void> Session::on_open(ChannelId id, ByteView body) {
  const auto kind = static_cast<ChannelKind>(body[0]);
  const bool known = kind == ChannelKind::file || kind == ChannelKind::forward;
  const bool too_many =
      peer_channels_ >= channels_limit || peer_channels_ + peer_closes_ >= peer_channels_limit;
  if (id != next_peer_channel_ || !known || too_many || body.size() > 1 + metadata_limit) {
    return broke_protocol();
  }
  next_peer_channel_ += 2;
  channels_.emplace(id, kind);
  ++peer_channels_;
  events_.push_back(ChannelOpened{id, kind, to_bytes(body.subspan(1))});
  return {};
}

Result<void> Session::on_credit(ChannelId id, ByteView body) {
  Channel* channel = find(id);
  if (channel == nullptr) return was_open(id) ? Result<void>() : broke_protocol();
  const std::size_t more = load_be<std::uint32_t>(body);
  // More than it ever granted is no credit but an error.
  if (channel->credit_to_send + more > initial_credit(channel->kind)) return broke_protocol();
  channel->credit_to_send += more;
  wake();
  return {};
}

Result<void> Session::on_close(ChannelId id, ByteView body) {
  if (find(id) == nullptr) return was_open(id) ? Result<void>() : broke_protocol();
  if (id < first_dynamic_channel) return broke_protocol();
  erase(id);
  events_.push_back(ChannelClosed{id, static_cast<std::uint8_t>(body[0])});
  return {};
}

}  // namespace sotto::session
