// A link: one authenticated, encrypted connection on one route, from the end of its handshake
// to its goodbye (docs/protocol.md section 4).
//
// Holds no session: it packs what a FrameSource gives it into records, hands out the session
// frames that arrive, and watches that the peer is alive.
//
//            produce(goodbye)
//   open ----------------------> closing   nothing more is sent; frames still arrive
//     |                             |
//     | goodbye or loss arrives     | goodbye arrives
//     v                             v
//   ended <-------------------------+       next_frame() and on_time() have said why
//
// Bytes and time in, bytes out.
#pragma once
#include <cstdint>
#include <optional>

#include "base/time.h"
#include "noise/handshake_state.h"
#include "session/errors.h"
#include "session/record.h"

namespace sotto::session {

struct LinkTiming {
  milliseconds ping_after{25'000};  // idle
  int misses = 3;                   // pings without an answer before it is lost
  milliseconds lost_after{
      6'500};  // of silence while data is unacknowledged; 30 s over an onion

  // What one record may take, from its first byte to its last; a peer that is slower is as good
  // as lost, and a length changed on the way is found out.
  milliseconds record_within() const { return 10 * lost_after; }
  // A peer that takes this long to receive a record shows that it lives.
  milliseconds sign_after() const { return lost_after / 3; }
};

// What fills records: the session (session.h).
class FrameSource {
 public:
  virtual ~FrameSource() = default;

  // Adds what there is to send, as far as it fits.
  virtual void fill(RecordSealer& record, SteadyTime now) = 0;
  // Since when the oldest frame that was sent waits for its acknowledgement.
  virtual std::optional<SteadyTime> unacknowledged_since() const = 0;
  // When fill() will have something that it does not have yet.
  virtual std::optional<SteadyTime> next_deadline() const = 0;
};

class Link {
 public:
  Link(noise::Transport transport, SteadyTime now, LinkTiming timing = {});

  const LinkTiming& timing() const { return timing_; }
  const crypto::Hash64& handshake_hash() const { return handshake_hash_; }

  // Incoming: read into space(), say how much, then take frames until there is none.
  MutableBytes space() { return opener_.space(); }
  void filled(std::size_t bytes, SteadyTime now);

  // The next frame that is the session's or a welcome's; pings, pongs and goodbyes are dealt
  // with inside.  A view until space().  Errors end the link: left (a goodbye), link_lost,
  // protocol.
  Result<std::optional<wire::Frame>> next_frame();

  // Outgoing: the next record to write, empty when there is nothing to send now.  Valid until
  // the next call.  `source` may be null before there is a session.
  Result<ByteView> produce(FrameSource* source, SteadyTime now);

  // Puts one frame in front of all others: a Welcome or Refused.
  void send(wire::FrameType type, ByteView body);

  // The last thing this side says.
  void say_goodbye(wire::GoodbyeReason reason);
  bool said_goodbye() const { return goodbye_sent_; }
  std::optional<wire::GoodbyeReason> peer_goodbye() const { return peer_goodbye_; }

  // When on_time() or produce() must be called next.
  SteadyTime deadline(const FrameSource* source) const;
  // Errc::link_lost when the peer has been silent for too long; may queue a ping.
  Result<void> on_time(const FrameSource* source, SteadyTime now);

  // When the last byte came.
  SteadyTime last_heard() const { return last_heard_; }
  // The last round trip that a ping has measured.
  std::optional<milliseconds> round_trip() const { return round_trip_; }
  // Somebody looks at it: pings, unless one is under way or the figure is younger than `age`.
  // True when there is something to produce().  A missing answer counts for nothing.
  bool measure(SteadyTime now, milliseconds age);

 private:
  Result<void> on_link_frame(const wire::Frame& frame);
  void add_u64(wire::FrameType type, std::uint64_t value);
  SteadyTime next_ping() const;
  std::optional<SteadyTime> next_sign() const;
  std::optional<SteadyTime> record_limit() const;
  std::optional<SteadyTime> silence_limit(const FrameSource* source) const;

  RecordSealer sealer_;
  RecordOpener opener_;
  wire::FrameReader reader_;
  LinkTiming timing_;
  crypto::Hash64 handshake_hash_;

  SteadyTime last_heard_;
  SteadyTime last_sent_;
  SteadyTime record_since_;  // when what is partial began to arrive
  SteadyTime last_ping_;
  int pings_unanswered_ = 0;
  std::uint64_t ping_token_ = 0;
  std::optional<SteadyTime> ping_sent_;
  std::optional<milliseconds> round_trip_;
  SteadyTime measured_;  // when round_trip_ was

  bool ping_due_ = false;
  std::optional<std::uint64_t> pong_due_;
  std::optional<wire::GoodbyeReason> goodbye_due_;
  bool goodbye_sent_ = false;
  std::optional<wire::GoodbyeReason> peer_goodbye_;
};

}  // namespace sotto::session
