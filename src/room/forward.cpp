#include "room/forward.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace sotto::room {
namespace {

// Reasons of a closed channel.
constexpr std::uint8_t done = 0;
constexpr std::uint8_t was_reset = 1;

}  // namespace

Forwards::Forwards(session::Session& session, ForwardListener& listener, Parameters parameters)
    : session_(session), listener_(listener), parameters_(std::move(parameters)) {
  auto on_framed = [this](session::ChannelId channel) {
    if (find(channel) != nullptr) listener_.on_room(channel);
  };
  session_.set_on_framed(session::ChannelKind::forward, std::move(on_framed));
}

Forwards::~Forwards() {
  session_.set_on_framed(session::ChannelKind::forward, {});
  for (const auto& [id, stream] : streams_) session_.reset(id, was_reset);
}

Forwards::Stream* Forwards::find(StreamId id) {
  const auto at = streams_.find(id);
  return at == streams_.end() ? nullptr : &at->second;
}

// --- what we do

StreamId Forwards::open(const std::string& service) {
  assert(!parameters_.hosting && wire::is_service_name(service));
  const StreamId id =
      session_.open(session::ChannelKind::forward, wire::encode(wire::ForwardOpen{service}));
  streams_.emplace(id, Stream());
  return id;
}

void Forwards::accept(StreamId id) {
  Stream* const stream = find(id);
  if (stream == nullptr) return;
  assert(parameters_.hosting && !stream->answered);
  stream->answered = true;
  session_.send(id, wire::encode(wire::ForwardFrame(wire::ForwardOpened())));
}

void Forwards::refuse(StreamId id, wire::ForwardRefusal reason) {
  if (streams_.erase(id) == 0) return;
  session_.send(id, wire::encode(wire::ForwardFrame(wire::ForwardRefused{reason})));
  session_.close(id, done);
}

bool Forwards::has_room(StreamId id) const {
  return session_.queued_bytes(id) < forward_queue_limit;
}

void Forwards::write(StreamId id, Bytes message) {
  const Stream* const stream = find(id);
  if (stream == nullptr || stream->given_up) return;
  assert(!stream->end_sent && !message.empty() && message[0] == wire::forward_data_kind);
  session_.send(id, std::move(message));
}

void Forwards::end(StreamId id) {
  Stream* const stream = find(id);
  if (stream == nullptr || stream->given_up) return;
  assert(!stream->end_sent);
  stream->end_sent = true;
  session_.send(id, wire::encode(wire::ForwardFrame(wire::ForwardEnd())));
}

void Forwards::written(StreamId id, std::size_t credit) {
  session_.consumed(id, credit);
}

void Forwards::finish(StreamId id) {
  const Stream* const stream = find(id);
  if (stream == nullptr) return;
  assert(stream->end_sent && stream->end_received);
  if (!parameters_.hosting) return;
  streams_.erase(id);
  session_.close(id, done);
}

void Forwards::reset(StreamId id) {
  Stream* const stream = find(id);
  if (stream == nullptr) return;
  if (!parameters_.hosting && !stream->answered) {
    stream->given_up = true;
    return;
  }
  streams_.erase(id);
  session_.reset(id, was_reset);
}

// --- what the peer does

void Forwards::on_event(session::SessionEvent event) {
  if (const auto* opened = std::get_if<session::ChannelOpened>(&event)) {
    on_opened(*opened);
  } else if (const auto* closed = std::get_if<session::ChannelClosed>(&event)) {
    on_closed(closed->channel);
  } else {
    on_message(std::get<session::MessageArrived>(std::move(event)));
  }
}

void Forwards::on_opened(const session::ChannelOpened& opened) {
  if (opened.kind != session::ChannelKind::forward || !parameters_.hosting) {
    session_.close(opened.channel, done);
    return;
  }
  streams_.emplace(opened.channel, Stream());
  const auto open = wire::decode_forward_open(opened.metadata);
  const bool allowed = open && std::ranges::find(parameters_.allowed, open->service) !=
                                   parameters_.allowed.end();
  // What is not allowed and what is not there look the same: nobody learns what there is.
  if (!allowed || !listener_.on_wanted(opened.channel, open->service)) {
    refuse(opened.channel, wire::ForwardRefusal::unavailable);
  }
}

void Forwards::on_message(session::MessageArrived arrived) {
  const StreamId id = arrived.channel;
  Stream* const stream = find(id);
  const std::size_t credit = arrived.credit;
  if (stream == nullptr || !take(id, *stream, arrived)) session_.consumed(id, credit);
}

// True when the listener has it now, and owes its credit.
bool Forwards::take(StreamId id, Stream& stream, session::MessageArrived& arrived) {
  const auto frame = wire::decode_forward_frame(arrived.message);
  if (!frame) {
    break_off(id);
    return false;
  }
  const bool answers = std::holds_alternative<wire::ForwardOpened>(*frame) ||
                       std::holds_alternative<wire::ForwardRefused>(*frame);
  if (answers) return take_answer(id, stream, *frame);
  if (stream.end_received || (!parameters_.hosting && !stream.answered)) {
    break_off(id);
    return false;
  }
  if (std::holds_alternative<wire::ForwardEnd>(*frame)) {
    stream.end_received = true;
    listener_.on_end(id);
    return false;
  }
  if (std::get<wire::ForwardData>(*frame).bytes.empty()) return false;
  listener_.on_data(id, std::move(arrived.message), arrived.credit);
  return true;
}

bool Forwards::take_answer(StreamId id, Stream& stream, const wire::ForwardFrame& frame) {
  if (parameters_.hosting || stream.answered) {
    break_off(id);
    return false;
  }
  stream.answered = true;
  const bool given_up = stream.given_up;
  if (const auto* refused = std::get_if<wire::ForwardRefused>(&frame)) {
    streams_.erase(id);
    session_.reset(id, done);
    if (!given_up) listener_.on_refused(id, refused->reason);
  } else if (given_up) {
    streams_.erase(id);
    session_.reset(id, was_reset);
  }
  return false;
}

void Forwards::on_closed(StreamId id) {
  const auto at = streams_.find(id);
  if (at == streams_.end()) return;
  const Stream stream = at->second;
  streams_.erase(at);
  if (stream.given_up) return;
  if (!parameters_.hosting && !stream.answered) {
    // A host that does not know forwards.
    listener_.on_refused(id, wire::ForwardRefusal::unavailable);
  } else if (!stream.end_sent || !stream.end_received) {
    listener_.on_reset(id);
  }
}

void Forwards::break_off(StreamId id) {
  const Stream stream = streams_.at(id);
  streams_.erase(id);
  session_.reset(id, was_reset);
  if (!stream.given_up) listener_.on_reset(id);
}

}  // namespace sotto::room
