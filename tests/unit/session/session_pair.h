// Two sessions of one peer each, between which a test carries records by hand.
#pragma once
#include <algorithm>
#include <gtest/gtest.h>
#include <string>
#include <utility>
#include <vector>

#include "base/big_endian.h"
#include "session/session.h"
#include "support/transport_pair.h"

namespace sotto::session {

// One direction: what a link would be if it did nothing but records.
class RecordPipe {
 public:
  RecordPipe(noise::CipherState send, noise::CipherState receive)
      : sealer_(std::move(send)), opener_(std::move(receive)) {}

  // The plaintext of the next record of `from`, empty when it has nothing to say.
  Bytes next(Session& from, SteadyTime now) {
    from.fill(sealer_, now);
    if (sealer_.empty()) return {};
    ByteView record = sealer_.seal().value();
    while (!record.empty()) {
      const MutableBytes space = opener_.space();
      const std::size_t n = std::min(space.size(), record.size());
      std::ranges::copy(record.first(n), space.begin());
      opener_.filled(n);
      record = record.subspan(n);
    }
    return to_bytes(*opener_.next().value());
  }

 private:
  RecordSealer sealer_;
  RecordOpener opener_;
};

struct SeenFrame {
  wire::FrameType type;
  std::uint64_t seq;  // of an ack: what it acknowledges
  ChannelId channel;
  std::size_t body_bytes;  // what follows seq and channel
};

class SessionPair : public testing::Test {
 protected:
  SessionPair() : SessionPair(transport_pair()) {}
  explicit SessionPair(std::pair<noise::Transport, noise::Transport> ends)
      : to_host_(std::move(ends.first.send), std::move(ends.second.receive)),
        to_joiner_(std::move(ends.second.send), std::move(ends.first.receive)) {
    EXPECT_TRUE(joiner_.attach(1, 0));
    EXPECT_TRUE(host_.attach(1, 0));
  }

  // --- carrying

  // Takes the next record out of `from` and loses it; the frames that were in it.
  std::vector<SeenFrame> lose(Session& from) { return seen(next(from)); }

  // One record from `from` to the other side, which must take it; the frames that were in it.
  std::vector<SeenFrame> carry(Session& from) {
    const Bytes plaintext = next(from);
    EXPECT_TRUE(take(other(from), plaintext));
    return seen(plaintext);
  }

  // Everything that `from` has to say now; the number of records.
  int carry_all(Session& from) {
    int records = 0;
    while (!carry(from).empty()) ++records;
    return records;
  }

  // Both ways until nothing is left, acknowledgements included.
  void exchange() {
    do {
      while (carry_all(joiner_) + carry_all(host_) > 0) {
      }
      now_ += ack_delay;
    } while (carry_all(joiner_) + carry_all(host_) > 0);
  }

  // Both sessions move to the next link, each told what the other has.
  void relink() {
    const std::uint64_t link_no = joiner_.link_no() + 1;
    const std::uint64_t joiner_has = joiner_.last_received();
    ASSERT_TRUE(joiner_.attach(link_no, host_.last_received()));
    ASSERT_TRUE(host_.attach(link_no, joiner_has));
  }

  // --- what arrives

  // The messages that have arrived on `channel`, given back to the sender's credit at once.
  // Other events are dropped.
  std::vector<std::string> messages(Session& at, ChannelId channel) {
    std::vector<std::string> out;
    while (auto event = at.next_event()) {
      const auto* message = std::get_if<MessageArrived>(&*event);
      if (message == nullptr || message->channel != channel) continue;
      out.push_back(to_string(message->message));
      at.consumed(message->channel, message->credit);
    }
    return out;
  }

  template <class Event>
  Event expect_event(Session& at) {
    auto event = at.next_event();
    if (!event || !std::holds_alternative<Event>(*event)) {
      ADD_FAILURE() << "another event, or none";
      return {};
    }
    return std::get<Event>(std::move(*event));
  }

  // --- frames by hand

  static Bytes body(std::uint64_t seq, ChannelId channel, ByteView rest) {
    Bytes out;
    append_be(out, seq);
    append_be(out, channel);
    append(out, rest);
    return out;
  }
  Result<void> receive(Session& at, wire::FrameType type, std::uint64_t seq, ChannelId channel,
                       ByteView rest) {
    return at.on_frame({type, body(seq, channel, rest)}, now_);
  }
  Result<void> receive_ack(Session& at, std::uint64_t seq) {
    Bytes out;
    append_be(out, seq);
    return at.on_frame({wire::FrameType::ack, out}, now_);
  }
  // A data frame of `text`, the last of its message or not.
  Result<void> receive_data(Session& at, std::uint64_t seq, ChannelId channel,
                            std::string_view text, bool last = true) {
    Bytes rest{last ? std::byte{1} : std::byte{0}};
    append(rest, as_bytes(text));
    return receive(at, wire::FrameType::data, seq, channel, rest);
  }

  static bool breaks_protocol(const Result<void>& result) {
    return !result && result.error().is(Errc::protocol);
  }

  SteadyTime now_ = SteadyTime(seconds(1'000));
  Session joiner_{SessionId(), Side::joiner};
  Session host_{SessionId(), Side::host};

 private:
  Session& other(Session& one) { return &one == &joiner_ ? host_ : joiner_; }

  Bytes next(Session& from) {
    return (&from == &joiner_ ? to_host_ : to_joiner_).next(from, now_);
  }

  Result<void> take(Session& to, ByteView plaintext) {
    wire::FrameReader reader(plaintext);
    while (const auto frame = reader.next().value()) {
      if (auto taken = to.on_frame(*frame, now_); !taken) return taken;
    }
    return {};
  }

  static std::vector<SeenFrame> seen(ByteView plaintext) {
    std::vector<SeenFrame> frames;
    wire::FrameReader reader(plaintext);
    while (const auto frame = reader.next().value()) {
      if (wire::is_session_frame(frame->type)) {
        const wire::SessionHeader header = wire::session_header(*frame);
        frames.push_back(
            {frame->type, header.seq, header.channel, wire::session_body(*frame).size()});
      } else {
        frames.push_back({frame->type, load_be<std::uint64_t>(frame->body), 0, 0});
      }
    }
    return frames;
  }

  RecordPipe to_host_;
  RecordPipe to_joiner_;
};

inline Bytes text(std::string_view words) {
  return to_bytes(words);
}

}  // namespace sotto::session
