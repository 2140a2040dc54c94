// A session: what two people have, while links come and go (docs/protocol.md section 5).
//
// Frames carry a sequence number, are acknowledged cumulatively and stay in a bounded
// retransmit buffer until then.  attach() moves the session to a new link, which continues
// exactly where the peer's last_received says: nothing is lost, nothing comes twice, nothing
// out of order.
//
//   send() -> channel queue -(credit, buffer)-> unacknowledged -> current link
//                                                    |  attach(): written again
//                                                    v  ack: gone
//
// Bytes and time in, frames and events out; one peer's side; not thread-safe.
#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <variant>

#include "base/fixed_bytes.h"
#include "session/channel.h"
#include "session/link.h"

namespace sotto::session {

inline constexpr std::size_t retransmit_limit = 4 << 20;  // bytes that wait for an ack
// What files and forwards leave of it to words, which so never wait for an ack of bulk.
inline constexpr std::size_t kept_for_words = 1 << 20;
// The longest payload of one data frame: a full record with it has room for an acknowledgement.
inline constexpr std::size_t chunk_limit = record_payload_limit - 64;
inline constexpr std::size_t ack_every = 1 << 18;  // bytes received
inline constexpr milliseconds ack_delay{50};
inline constexpr std::size_t channels_limit = 64;  // that one side has open at once
// Open or closed by us, of the other side's: whoever opens without reading that each was closed
// again would have us pile up closes.  An honest side has read of all but two rounds.
inline constexpr std::size_t peer_channels_limit = 4 * channels_limit;
inline constexpr std::size_t metadata_limit = 4096;  // bytes of a ChannelOpened

enum class Side { joiner, host };

struct MessageArrived {
  ChannelId channel;
  Bytes message;
  std::size_t credit;  // what it used: give it back with consumed() when done with it
};
struct ChannelOpened {
  ChannelId channel;
  ChannelKind kind;
  Bytes metadata;
};
struct ChannelClosed {
  ChannelId channel;
  std::uint8_t reason;
};
using SessionEvent = std::variant<MessageArrived, ChannelOpened, ChannelClosed>;

class Session final : public FrameSource {
 public:
  Session(SessionId id, Side side);

  const SessionId& id() const { return id_; }
  std::uint64_t link_no() const { return link_no_; }              // of the current link
  std::uint64_t last_received() const { return last_received_; }  // highest seq in order

  // Called whenever there is something new to write.
  void set_wake(std::function<void()> wake) { wake_ = std::move(wake); }
  // Called with a file or a forward, whichever `kind` is, of whose queue something has been
  // framed: there is room for more.  It may not call fill().
  void set_on_framed(ChannelKind kind, std::function<void(ChannelId)> on_framed) {
    on_framed_[kind] = std::move(on_framed);
  }

  // --- for the application

  // Queues one message (at most message_limit(kind): asserted) on an open channel; dropped when
  // the channel has been closed.
  void send(ChannelId channel, Bytes message);
  std::size_t queued_bytes(ChannelId channel) const;  // not framed yet
  bool everything_acknowledged() const;
  // Framed and kept to be sent again: at most retransmit_limit and one frame more.
  std::size_t unacknowledged_bytes() const { return unacknowledged_bytes_; }

  // False while this side has channels_limit open.
  bool can_open() const { return own_channels_ < channels_limit; }
  // A file or a forward; requires can_open(), at most metadata_limit (asserted).
  ChannelId open(ChannelKind kind, Bytes metadata);
  // After what is queued.  Control and chat cannot be closed (asserted).
  void close(ChannelId channel, std::uint8_t reason);
  // At once: what is queued is dropped.  Also of a channel that is closing.
  void reset(ChannelId channel, std::uint8_t reason);

  // The application is done with a message: the peer may send as much again.
  void consumed(ChannelId channel, std::size_t credit);

  std::optional<SessionEvent> next_event();

  // --- for the link

  // Moves the session to link `link_no` (higher than any before: asserted), over which the peer
  // has told what it received last.  That may be less than it has acknowledged over the old
  // link since: two links overtake each other.  Errc::protocol when it is less than it told the
  // time before, or more than was ever sent: the sessions do not match, start a new one.
  Result<void> attach(std::uint64_t link_no, std::uint64_t peer_last_received);

  // A frame from any link of this session.  Errc::protocol ends the session.
  Result<void> on_frame(const wire::Frame& frame, SteadyTime now);

  // FrameSource, for the current link only.
  void fill(RecordSealer& record, SteadyTime now) override;
  std::optional<SteadyTime> unacknowledged_since() const override;
  std::optional<SteadyTime> next_deadline() const override;

 private:
  struct SentFrame {
    std::uint64_t seq;
    wire::FrameType type;
    ChannelId channel;
    std::byte lead;                     // flags of data, kind of open, reason of close
    std::shared_ptr<const Bytes> data;  // shared with the channel's queue
    std::size_t offset;
    std::size_t length;
    SteadyTime sent_at;
  };

  void queue_frame(wire::FrameType type, ChannelId channel, std::byte lead, Bytes data);
  void fill_frames(RecordSealer& record, SteadyTime now);
  bool write(SentFrame& frame, RecordSealer& record, SteadyTime now);
  bool frame_next(RecordSealer& record, SteadyTime now);
  bool frame_next_data(RecordSealer& record, SteadyTime now);
  bool frame_data(ChannelId id, Channel& channel, RecordSealer& record, SteadyTime now);
  void finish_close(ChannelId id, Channel& channel);
  void erase(ChannelId id);
  void on_ack(std::uint64_t seq);
  Result<void> on_session_frame(const wire::Frame& frame);
  Result<void> on_data(ChannelId id, ByteView body);
  Result<void> on_open(ChannelId id, ByteView body);
  Result<void> on_close(ChannelId id, ByteView body);
  Result<void> on_credit(ChannelId id, ByteView body);
  Channel* find(ChannelId id);
  bool is_own(ChannelId id) const;
  bool was_open(ChannelId id) const;
  void wake() const;

  SessionId id_;
  std::uint64_t link_no_ = 0;
  std::function<void()> wake_;
  std::map<ChannelKind, std::function<void(ChannelId)>> on_framed_;

  std::map<ChannelId, Channel> channels_;
  ChannelId next_own_channel_;
  ChannelId next_peer_channel_;
  std::size_t own_channels_ = 0;  // how many are open that this side has opened
  std::size_t peer_channels_ = 0;
  std::size_t peer_closes_ = 0;  // of the peer's channels, that it has not acknowledged yet
  ChannelId last_turn_ = 0;      // the dynamic channel that sent last
  std::deque<SessionEvent> events_;

  std::uint64_t next_seq_ = 1;
  std::deque<SentFrame> control_;         // opens, credits and closes without a seq yet
  std::deque<SentFrame> unacknowledged_;  // in the order of seq
  std::size_t unacknowledged_bytes_ = 0;
  std::size_t written_ = 0;      // how many of them the current link has taken
  std::uint64_t peer_told_ = 0;  // its last_received when the current link was made

  std::uint64_t last_received_ = 0;
  std::size_t bytes_since_ack_ = 0;
  std::optional<SteadyTime> ack_due_;
};

}  // namespace sotto::session
