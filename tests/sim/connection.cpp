#include "connection.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <utility>

#include "base/big_endian.h"

namespace sotto::sim {

using session::Errc;
using wire::FrameType;

// --- Machine

void Machine::jump(milliseconds forward) {
  ahead_ += forward;
  step_all();
}

void Machine::thaw() {
  frozen_ = false;
  step_all();
}

void Machine::keep(const std::shared_ptr<Connection>& connection) {
  std::erase_if(connections_, [](const auto& c) { return c->ended(); });
  connections_.push_back(connection);
}

std::size_t Machine::lost_links() const {
  return static_cast<std::size_t>(std::ranges::count_if(
      endings_, [](const Ending& e) { return e.why && e.why->is(Errc::link_lost); }));
}

void Machine::step_all() {
  const auto connections = connections_;
  for (const auto& connection : connections) connection->step();
}

// --- Connection

void Connection::begin() {
  machine_.keep(shared_from_this());
  wire_.on_change([weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->step();
  });
  on_begin();
  step();
}

void Connection::step() {
  const auto keep = shared_from_this();
  if (ended() || machine_.frozen()) return;
  if (const auto done = read(); !done) {
    end(done.error());
  } else if (const auto sent = write(); !sent) {
    end(sent.error());
  }
  if (ended()) return;
  check_bounds();
  schedule();
}

void Connection::end(std::optional<Error> why) {
  if (ended()) return;
  // As run_link() does: the peer is told, if the wire takes it.
  if (why && why->is(Errc::protocol) && link_ && wire_.out->writable()) {
    link_->say_goodbye(wire::GoodbyeReason::protocol_error);
    wire_.out->write(link_->produce(nullptr, now()).value());
  }
  // Two of ours never break the protocol, whatever is between them.
  EXPECT_FALSE(why && why->is(Errc::protocol)) << why->text();
  ended_ = true;
  wire_.close();
  machine_.note({machine_.world().now(), std::move(why)});
  on_ended();
}

void Connection::say_goodbye() {
  if (link_) link_->say_goodbye(wire::GoodbyeReason::leaving);
  step();
}

void Connection::make_link(noise::Transport transport, session::LinkTiming timing) {
  link_.emplace(std::move(transport), now(), timing);
}

void Connection::carry(std::shared_ptr<Conversation> conversation, std::uint64_t link_no) {
  conversation_ = std::move(conversation);
  link_no_ = link_no;
  conversation_->session().set_wake([weak = weak_from_this()] {
    if (const auto self = weak.lock()) {
      // Not from inside of whatever has just called the session.
      self->machine_.world().after({}, [weak] {
        if (const auto later = weak.lock()) later->step();
      });
    }
  });
}

// Null once a newer link carries the session.
session::Session* Connection::current() const {
  if (conversation_ == nullptr || conversation_->session().link_no() != link_no_)
    return nullptr;
  return &conversation_->session();
}

// --- reading

Result<void> Connection::read() {
  while (true) {
    if (!link_) {
      if (auto read = read_handshake(); !read) return read;
      if (!link_) break;
    }
    if (auto taken = take_frames(); !taken) return taken;
    const std::size_t n = wire_.in->read(link_->space());
    if (n == 0) break;
    link_->filled(n, now());
  }
  if (wire_.in->at_end()) return fail(Errc::link_lost, "The connection was closed.");
  return {};
}

Result<void> Connection::read_handshake() {
  while (!link_) {
    const std::size_t before = frame_.size();
    frame_.resize(frame_bytes());
    const std::size_t n = wire_.in->read(MutableBytes(frame_).subspan(before));
    frame_.resize(before + n);
    if (frame_.size() < frame_bytes()) return {};
    if (auto taken = on_frame(std::exchange(frame_, {})); !taken) return taken;
  }
  return {};
}

Result<void> Connection::take_frames() {
  while (true) {
    const auto frame = link_->next_frame();
    Result<void> taken;
    if (!frame) {
      taken = std::unexpected(frame.error());
    } else if (!*frame) {
      break;
    } else if (conversation_ == nullptr) {
      taken = on_reception(**frame);
    } else {
      if ((*frame)->type == FrameType::ack) {
        EXPECT_LE(load_be<std::uint64_t>((*frame)->body), peer_has())
            << "acknowledged, but not delivered";
      }
      taken = conversation_->session().on_frame(**frame, now());
    }
    if (!taken) {
      if (conversation_) conversation_->on_events();
      return taken;
    }
  }
  if (conversation_) conversation_->on_events();
  return {};
}

// --- writing

Result<void> Connection::write() {
  while (true) {
    if (wire_.out->broken()) return fail(Errc::link_lost, "The connection was closed.");
    if (!wire_.out->writable()) return watch_writer();
    writing_since_.reset();
    if (!to_write_.empty()) {
      wire_.out->write(to_write_.front());
      to_write_.erase(to_write_.begin());
    } else if (link_) {
      session::Session* const source = current();
      if (conversation_ && source == nullptr) {
        link_->say_goodbye(wire::GoodbyeReason::replaced);
      }
      if (auto alive = link_->on_time(source, now()); !alive) return alive;
      const auto record = link_->produce(source, now());
      if (!record) return std::unexpected(record.error());
      if (!record->empty()) wire_.out->write(*record);
      if (link_->said_goodbye()) {
        end(std::nullopt);
        return {};
      }
      if (record->empty()) break;
    } else {
      break;
    }
    writing_since_ = now();
  }
  if (conversation_ == nullptr && now() >= handshake_limit()) {
    return fail(Errc::handshake, "The handshake takes too long.");
  }
  return {};
}

Result<void> Connection::watch_writer() const {
  if (now() < *deadline()) return {};
  return fail(Errc::link_lost, "The other side does not take what it is sent.");
}

// --- time

std::optional<SteadyTime> Connection::deadline() const {
  if (conversation_ == nullptr) return handshake_limit();
  if (wire_.out->writable()) return link_->deadline(current());
  const session::LinkTiming& timing = link_->timing();
  const SteadyTime since = writing_since_.value_or(now());
  return std::min(std::max(since, link_->last_heard()) + timing.lost_after,
                  since + timing.record_within());
}

void Connection::schedule() {
  const SteadyTime at = machine_.world().now() + (*deadline() - now());
  if (wake_at_ && *wake_at_ <= at) return;
  wake_at_ = at;
  machine_.world().at(at, [weak = weak_from_this(), at] {
    const auto self = weak.lock();
    if (!self) return;
    if (self->wake_at_ == at) self->wake_at_.reset();
    self->step();
  });
}

// --- bounds

void Connection::check_bounds() const {
  if (conversation_ == nullptr) return;
  EXPECT_LE(conversation_->session().unacknowledged_bytes(),
            session::retransmit_limit + session::record_payload_limit);
}

}  // namespace sotto::sim
