// The network between two peers: bytes that take time, come in pieces, and may be lost.
//
// A Pipe is one direction, a Wire two.  As with a socket, a writer may be ahead of the reader
// by a buffer; a record that is longer goes on being written until the reader has taken enough.
//
//   write() -> line (bandwidth) -> latency -> arrived -> read()
//              |<------- lost by cut() ------>|
#pragma once
#include <functional>
#include <memory>

#include "base/bytes.h"
#include "damage.h"
#include "world.h"

namespace sotto::sim {

struct Quality {
  milliseconds latency{20};
  milliseconds jitter{0};  // at most, on top of the latency
  std::size_t bytes_a_second = 1 << 20;
  std::size_t largest_piece = 1 << 16;  // that arrives at once
  std::size_t buffer = 1 << 16;         // bytes that a writer may be ahead
};

// From a fibre to a telephone modem.
Quality draw_quality(World& world);

class Pipe : public std::enable_shared_from_this<Pipe> {
 public:
  using Notify = std::function<void()>;

  Pipe(World& world, const Quality& quality) : world_(world), quality_(quality) {}

  // --- the writer's end

  void on_writer(Notify notify) { notify_writer_ = std::move(notify); }
  // The last write has been taken whole, and another may follow.
  bool writable() const { return written_ - read_ <= quality_.buffer; }
  bool broken() const { return broken_; }  // nobody reads any more
  void write(ByteView record);
  void end();  // what was written arrives, then the end
  SteadyTime last_arrival() const { return last_arrival_; }

  // --- the reader's end

  void on_reader(Notify notify) { notify_reader_ = std::move(notify); }
  std::size_t read(MutableBytes out);  // 0 when nothing has arrived
  bool at_end() const { return ended_ && arrived_.empty(); }
  void abandon(SteadyTime known_at);  // nobody will read

  // --- faults

  // What is on its way, and whatever follows, is lost.  Noticed: both ends are told, as by a
  // reset; else nobody is.
  void cut(bool noticed);
  bool is_cut() const { return cut_; }
  void damage_next(Damage damage) { damage_ = damage; }

 private:
  void send(Bytes bytes);
  void arrive(ByteView piece);
  void set_ended();
  void set_broken();

  World& world_;
  Quality quality_;
  Notify notify_writer_;
  Notify notify_reader_;

  std::size_t written_ = 0;
  std::size_t read_ = 0;
  SteadyTime line_free_{};     // when the last byte has left
  SteadyTime last_arrival_{};  // nothing overtakes
  Bytes arrived_;              // and not read

  bool ended_ = false;
  bool broken_ = false;
  bool cut_ = false;
  Damage damage_ = Damage::none;
  Bytes overtaken_;
};

struct Wire {
  std::shared_ptr<Pipe> to_host;
  std::shared_ptr<Pipe> to_joiner;

  void cut(bool noticed) const {
    to_host->cut(noticed);
    to_joiner->cut(noticed);
  }
};

Wire make_wire(World& world, const Quality& quality);

// A Wire as one of the two sees it.
struct WireEnd {
  std::shared_ptr<Pipe> in;
  std::shared_ptr<Pipe> out;

  void on_change(const Pipe::Notify& notify) const {
    in->on_reader(notify);
    out->on_writer(notify);
  }
  void close() const {
    on_change({});
    out->end();
    in->abandon(out->last_arrival());
  }
};

inline WireEnd host_end(const Wire& wire) {
  return {wire.to_host, wire.to_joiner};
}
inline WireEnd joiner_end(const Wire& wire) {
  return {wire.to_joiner, wire.to_host};
}

}  // namespace sotto::sim
