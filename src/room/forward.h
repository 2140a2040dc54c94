// Forwarded streams of one session (docs/protocol.md section 5, "Forwards"): a member opens a
// channel for each stream to a service of the host.  Sockets are not its business: bytes of
// streams come in and go out as messages of their channels.
//
// A stream, at the member and at the host:
//
//             open()                                on_opened: allowed, exposed
//               |                                        |
//     asked: data may go already               wanted: data may come already
//       | opened        | refused                | accept()         | refuse()
//       v               v                        v                  v
//     open            gone                     open               gone
//
//     open: each side says end() once; the other direction goes on.  When both have, and
//     everything was written to its socket (finish()), the host closes the channel.
//     Anything else that closes a channel is a reset, at once and of both directions.
//
// What breaks the rules of a stream resets that stream.  A member does not close a channel
// before the host has answered: what is open without an answer stays bounded.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "room/channel_user.h"
#include "wire/forward_frame.h"

namespace sotto::room {

using StreamId = session::ChannelId;

// Bytes of one stream that may wait in the session: with more, its socket is not read.
inline constexpr std::size_t forward_queue_limit = 1 << 18;
// The longest message that fills a record by itself.
inline constexpr std::size_t forward_message_bytes = session::chunk_limit;

class ForwardListener {
 public:
  virtual ~ForwardListener() = default;

  // Host: a member who may use this service wants it.  False: it is not exposed.  Else accept()
  // or refuse() follows; data may come before.
  virtual bool on_wanted(StreamId stream, const std::string& service) = 0;

  // `message`: bytes of the stream after forward_data_header.  Give `credit` back by written().
  virtual void on_data(StreamId stream, Bytes message, std::size_t credit) = 0;
  virtual void on_end(StreamId stream) = 0;   // no more data will come
  virtual void on_room(StreamId stream) = 0;  // has_room() may be true again

  // The stream is gone.
  virtual void on_refused(StreamId stream, wire::ForwardRefusal reason) = 0;  // member
  virtual void on_reset(StreamId stream) = 0;
};

class Forwards final : public ChannelUser {
 public:
  struct Parameters {
    bool hosting = false;
    std::vector<std::string> allowed = {};  // host: what this member may use
  };

  // `session` and `listener` must outlive it.
  Forwards(session::Session& session, ForwardListener& listener, Parameters parameters);
  ~Forwards() override;
  Forwards(const Forwards&) = delete;
  Forwards& operator=(const Forwards&) = delete;

  void on_event(session::SessionEvent event) override;

  // Member.
  bool can_open() const { return session_.can_open(); }
  StreamId open(const std::string& service);  // requires can_open(), is_service_name()

  // Host: the answer to on_wanted().
  void accept(StreamId stream);
  void refuse(StreamId stream, wire::ForwardRefusal reason);

  // On a stream that is gone these do nothing.
  bool has_room(StreamId stream) const;
  // A message that begins with forward_data_kind, at most message_limit() long; not after
  // end().
  void write(StreamId stream, Bytes message);
  void end(StreamId stream);
  void written(StreamId stream, std::size_t credit);
  void finish(StreamId stream);  // requires that both directions have ended
  void reset(StreamId stream);   // forgets what is queued, too

 private:
  struct Stream {
    bool answered = false;
    bool given_up = false;  // member: reset before the answer
    bool end_sent = false;
    bool end_received = false;
  };

  void on_opened(const session::ChannelOpened& opened);
  void on_message(session::MessageArrived arrived);
  bool take(StreamId id, Stream& stream, session::MessageArrived& arrived);
  bool take_answer(StreamId id, Stream& stream, const wire::ForwardFrame& frame);
  void on_closed(StreamId id);
  void break_off(StreamId id);
  Stream* find(StreamId id);

  session::Session& session_;
  ForwardListener& listener_;
  Parameters parameters_;
  std::map<StreamId, Stream> streams_;
};

}  // namespace sotto::room
