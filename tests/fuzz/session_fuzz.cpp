// A peer that holds the keys and says what it likes, while our side goes about its business:
// the session holds its bounds and ends on the first offence.
//
// Input: steps, each an opcode (1) with what it needs; see Play::step().
#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <variant>

#include "authentic.h"
#include "round_trip.h"
#include "session/session.h"
#include "steps.h"

namespace {

using namespace sotto;
using session::ChannelId;
using session::ChannelKind;
using wire::FrameType;

class Play {
 public:
  Play() { new_link(0); }

  // False once the session is over.
  bool step(Steps& in) {
    switch (in.byte() % 11) {
      case 0:  // the peer: any plaintext
        return receive(in.take(in.number()));
      case 1:  // the peer: a session frame with the right number
        return receive_session_frame(in);
      case 2: {  // the peer: an acknowledgement
        Bytes seq;
        append_be<std::uint64_t>(seq, in.byte());
        return receive_frame(FrameType::ack, seq);
      }
      case 3: {  // we say something
        const ChannelId channel = channel_of(in.byte());
        session_.send(channel, Bytes(std::min(in.number(), limit_of(channel))));
        return true;
      }
      case 4:
        if (session_.can_open()) ours_ = session_.open(ChannelKind::file, Bytes(in.byte()));
        return true;
      case 5: {
        const ChannelId channel = channel_of(in.byte());
        if (channel < session::first_dynamic_channel) return true;
        const std::uint8_t reason = in.byte();
        if (reason < 128) {
          session_.close(channel, reason);
        } else {
          session_.reset(channel, reason);
        }
        return true;
      }
      case 6:
        return produce();
      case 7:
        now_ += milliseconds(in.byte() * 100);
        if (!link_->on_time(&session_, now_)) new_link(0);
        return true;
      case 8:
        consume();
        return true;
      case 9:
        return new_link(in.byte());
      default:  // the wire: anything
        if (feed(in.take(in.number()))) return take_frames();
        return true;
    }
  }

 private:
  // Control, chat, or the last that either side has opened.
  ChannelId channel_of(std::uint8_t choice) const {
    const ChannelId channels[] = {session::control_channel, session::chat_channel, ours_,
                                  theirs_};
    return channels[choice % 4];
  }
  static std::size_t limit_of(ChannelId channel) {
    return session::message_limit(channel == session::control_channel ? ChannelKind::control
                                  : channel == session::chat_channel  ? ChannelKind::chat
                                                                      : ChannelKind::file);
  }

  // --- the peer

  bool receive_session_frame(Steps& in) {
    constexpr FrameType types[] = {FrameType::data, FrameType::open, FrameType::credit,
                                   FrameType::close};
    const FrameType type = types[in.byte() % 4];
    const std::uint8_t choice = in.byte();
    Bytes body;
    append_be<std::uint64_t>(body, session_.last_received() + 1);
    append_be<std::uint32_t>(body, choice < 128 ? channel_of(choice) : choice - 128U);
    append(body, in.take(in.number()));
    return receive_frame(type, body);
  }

  bool receive_frame(FrameType type, ByteView body) {
    Bytes frame;
    append_be(frame, static_cast<std::uint8_t>(type));
    append_be(frame, static_cast<std::uint16_t>(body.size()));
    append(frame, body);
    return receive(frame);
  }

  bool receive(ByteView plaintext) {
    if (plaintext.size() > session::record_payload_limit) return true;
    feed(authentic_record(peer_, plaintext));
    return take_frames();
  }

  // False when the link has ended on the way.
  bool feed(ByteView bytes) {
    while (!bytes.empty()) {
      const MutableBytes space = link_->space();
      require(!space.empty());
      const std::size_t n = std::min(space.size(), bytes.size());
      std::ranges::copy(bytes.first(n), space.begin());
      link_->filled(n, now_);
      bytes = bytes.subspan(n);
      if (!bytes.empty() && !take_frames()) return false;
    }
    return true;
  }

  bool take_frames() {
    while (true) {
      const auto frame = link_->next_frame();
      if (!frame) {
        if (frame.error().is(session::Errc::protocol)) return false;
        return new_link(0);
      }
      if (!*frame) break;
      const auto taken = session_.on_frame(**frame, now_);
      if (!taken) {
        require(taken.error().is(session::Errc::protocol));
        return false;
      }
    }
    while (auto event = session_.next_event()) {
      std::visit([this](const auto& e) { check(e); }, *event);
    }
    return true;
  }

  bool new_link(std::uint64_t told) {
    link_.emplace(our_end(), now_);
    peer_ = cipher_of(2);
    const bool attached = session_.attach(++link_no_, told).has_value();
    return attached || told == 0;
  }

  // --- our side

  void check(const session::MessageArrived& e) {
    require(e.message.size() <= limit_of(e.channel));
    require(e.credit >= e.message.size() + session::data_frame_credit);
    held_[e.channel] += e.credit;
    require(held_[e.channel] <= 2 * limit_of(e.channel));
  }
  void check(const session::ChannelOpened& e) {
    require(e.channel % 2 == 1 && e.channel > theirs_ && e.channel > session::chat_channel);
    require(e.kind == ChannelKind::file || e.kind == ChannelKind::forward);
    require(e.metadata.size() <= session::metadata_limit);
    theirs_ = e.channel;
  }
  void check(const session::ChannelClosed& e) {
    require(e.channel >= session::first_dynamic_channel);
    held_.erase(e.channel);
  }

  void consume() {
    for (const auto& [channel, credit] : held_) session_.consumed(channel, credit);
    held_.clear();
  }

  bool produce() {
    const auto record = link_->produce(&session_, now_);
    require(record.has_value());
    const auto size = record->size();
    require(size == 0 || std::ranges::binary_search(session::record_sizes,
                                                    size - session::record_header_bytes));
    require(session_.unacknowledged_bytes() <=
            session::retransmit_limit + session::record_payload_limit);
    return true;
  }

  SteadyTime now_{};
  session::Session session_{SessionId(), session::Side::host};
  std::optional<session::Link> link_;
  noise::CipherState peer_;
  std::uint64_t link_no_ = 0;
  ChannelId ours_ = 0;
  ChannelId theirs_ = 0;
  std::map<ChannelId, std::size_t> held_;  // credit of messages that we are not done with
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Steps in(std::as_bytes(std::span(data, size)));
  Play play;
  while (!in.empty() && play.step(in)) {
  }
  return 0;
}
