// One connection as one side sees it: a handshake, then a link.  Does with the pure cores what
// session/handshake_driver.cpp and session/link_driver.cpp do with coroutines.
//
//   handshake ----> first frame (Welcome) ----> running ----> ended
//       |                 |                        |            ^
//       +-----------------+------------------------+------------+   closes the wire, says why
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "conversation.h"
#include "pipe.h"
#include "session/link.h"
#include "world.h"

namespace sotto::sim {

class Connection;

// A computer: a clock of its own, which may jump, and programs that may stand still.
class Machine {
 public:
  explicit Machine(World& world) : world_(world) {}
  virtual ~Machine() = default;

  World& world() { return world_; }
  SteadyTime now() const { return world_.now() + ahead_; }

  void jump(milliseconds forward);
  void freeze() { frozen_ = true; }
  void thaw();
  bool frozen() const { return frozen_; }

  // How each connection has ended, and why if not by our own goodbye.
  struct Ending {
    SteadyTime at;  // the world's time
    std::optional<Error> why;
  };
  const std::vector<Ending>& endings() const { return endings_; }
  std::size_t lost_links() const;

  // Keeps `connection` until it has ended, and steps it when the clock or a standstill changes.
  void keep(const std::shared_ptr<Connection>& connection);
  void note(Ending ending) { endings_.push_back(std::move(ending)); }

 private:
  void step_all();

  World& world_;
  SteadyTime::duration ahead_{};
  bool frozen_ = false;
  std::vector<std::shared_ptr<Connection>> connections_;
  std::vector<Ending> endings_;
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Machine& machine, WireEnd wire) : machine_(machine), wire_(std::move(wire)) {}
  virtual ~Connection() = default;

  void begin();
  void step();  // something may have changed

  bool ended() const { return ended_; }
  const WireEnd& wire() const { return wire_; }
  const std::optional<session::Link>& link() const { return link_; }

  void say_goodbye();

 protected:
  SteadyTime now() const { return machine_.now(); }

  // --- what the two sides do differently

  virtual void on_begin() {}
  // How long the next frame of the handshake is, and until when it must be there.
  virtual std::size_t frame_bytes() const = 0;
  virtual SteadyTime handshake_limit() const = 0;
  virtual Result<void> on_frame(ByteView frame) = 0;
  // The first frame of the link, where it is not yet the session's.
  virtual Result<void> on_reception(const wire::Frame& frame) = 0;
  // What the other side's session has received: nothing more may be acknowledged.
  virtual std::uint64_t peer_has() const = 0;
  virtual void on_ended() {}

  void write_frame(Bytes frame) { to_write_.push_back(std::move(frame)); }
  void make_link(noise::Transport transport, session::LinkTiming timing);
  void send(wire::FrameType type, ByteView body) { link_->send(type, body); }
  // The link carries this conversation from now on.
  void carry(std::shared_ptr<Conversation> conversation, std::uint64_t link_no);
  const std::shared_ptr<Conversation>& conversation() const { return conversation_; }

 private:
  Result<void> read();
  Result<void> read_handshake();
  Result<void> take_frames();
  Result<void> write();
  Result<void> watch_writer() const;
  session::Session* current() const;
  void end(std::optional<Error> why);
  void check_bounds() const;
  std::optional<SteadyTime> deadline() const;
  void schedule();

  Machine& machine_;
  WireEnd wire_;
  Bytes frame_;  // of the handshake, as far as it has come
  std::vector<Bytes> to_write_;
  std::optional<session::Link> link_;
  std::shared_ptr<Conversation> conversation_;
  std::uint64_t link_no_ = 0;
  std::optional<SteadyTime> writing_since_;

  std::optional<SteadyTime> wake_at_;  // of the earliest step that is scheduled
  bool ended_ = false;
};

}  // namespace sotto::sim
