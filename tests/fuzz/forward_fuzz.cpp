// A host's forwards while a member says what it likes on channels of its own, and the member's
// while a host does: streams break, nothing else, and what is open stays bounded.
//
// Input: steps, each an opcode (1) with what it needs; see Play::step().
#include <algorithm>
#include <cstdint>
#include <set>

#include "room/forward.h"
#include "round_trip.h"
#include "steps.h"

namespace {

using namespace sotto;
using session::ChannelId;
using session::ChannelKind;

// Our side, host or member; the peer is events made up by the input.
class Play final : public room::ForwardListener {
 public:
  explicit Play(bool hosting)
      : session_(SessionId(), hosting ? session::Side::host : session::Side::joiner),
        hosting_(hosting) {}

  void step(Steps& in) {
    switch (in.byte() % 10) {
      case 0:  // the peer opens the next channel
        if (peer_opened_ == session::channels_limit) return;
        ++peer_opened_;
        forwards_.on_event(session::ChannelOpened{
            next_peer_channel(), in.byte() % 4 == 0 ? ChannelKind::file : ChannelKind::forward,
            in.bytes()});
        return;
      case 1:  // the peer says something
        forwards_.on_event(session::MessageArrived{channel_of(in.byte()), in.bytes(), 100});
        return;
      case 2:  // the peer closes
        forwards_.on_event(session::ChannelClosed{channel_of(in.byte()), in.byte()});
        return;
      case 3:
        if (!hosting_ && forwards_.can_open()) open_.insert(last_ = forwards_.open("web"));
        return;
      case 4:
        if (hosting_) answer(in.byte());
        return;
      case 5: {
        const ChannelId id = channel_of(in.byte());
        Bytes message{wire::forward_data_kind};
        append(message, in.bytes());
        if (!ended_.contains(id)) forwards_.write(id, std::move(message));
        return;
      }
      case 6: {
        const ChannelId id = channel_of(in.byte());
        const bool may = open_.contains(id) && (!hosting_ || accepted_.contains(id));
        if (may && ended_.insert(id).second) forwards_.end(id);
        return;
      }
      case 7: {
        const ChannelId id = channel_of(in.byte());
        if (ended_.contains(id) && peer_ended_.contains(id)) forwards_.finish(id);
        return;
      }
      case 8: {
        const ChannelId id = channel_of(in.byte());
        gone(id);
        forwards_.reset(id);
        return;
      }
      default:
        forwards_.written(channel_of(in.byte()), 0);
    }
  }

 private:
  ChannelId next_peer_channel() {
    const ChannelId first = session::first_dynamic_channel + (hosting_ ? 1 : 0);
    return last_ = first + 2 * static_cast<ChannelId>(peer_opened_ - 1);
  }
  // Mostly one that was opened.
  ChannelId channel_of(std::uint8_t pick) const { return pick == 0 ? last_ : 16U + pick % 32; }

  void answer(std::uint8_t how) {
    if (waiting_.empty()) return;
    const ChannelId id = *waiting_.begin();
    waiting_.erase(id);
    if (how % 2 == 0) {
      accepted_.insert(id);
      forwards_.accept(id);
    } else {
      open_.erase(id);
      forwards_.refuse(id, wire::ForwardRefusal::unreachable);
    }
  }

  void gone(ChannelId id) {
    open_.erase(id);
    waiting_.erase(id);
    accepted_.erase(id);
  }

  bool on_wanted(ChannelId id, const std::string& service) override {
    require(hosting_ && service == "web");
    open_.insert(id);
    waiting_.insert(id);
    require(open_.size() <= session::channels_limit);
    return true;
  }
  void on_data(ChannelId id, Bytes message, std::size_t) override {
    require(open_.contains(id) && !peer_ended_.contains(id));
    require(message.size() > wire::forward_data_header);
  }
  void on_end(ChannelId id) override {
    require(open_.contains(id));
    require(peer_ended_.insert(id).second);
  }
  void on_room(ChannelId) override {}
  void on_refused(ChannelId id, wire::ForwardRefusal) override {
    require(!hosting_ && open_.contains(id));
    gone(id);
  }
  void on_reset(ChannelId id) override {
    require(open_.contains(id));
    gone(id);
  }

  session::Session session_;
  bool hosting_;
  room::Forwards forwards_{session_, *this, {hosting_, {"web"}}};
  std::size_t peer_opened_ = 0;
  ChannelId last_ = session::first_dynamic_channel;
  std::set<ChannelId> open_;
  std::set<ChannelId> waiting_;
  std::set<ChannelId> accepted_;
  std::set<ChannelId> ended_;
  std::set<ChannelId> peer_ended_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Steps in(std::as_bytes(std::span(data, size)));
  Play play(in.byte() % 2 == 0);
  while (!in.empty()) play.step(in);
  return 0;
}
