// The files of a session while the other side says what it likes: transfers break, nothing
// else, and no more bytes come of a file than were offered, nor before they were wanted.
//
// Input: steps, each an opcode (1) with what it needs; see Play::step().
#include <algorithm>
#include <cstdint>
#include <map>

#include "room/files.h"
#include "round_trip.h"
#include "steps.h"

namespace {

using namespace sotto;
using room::FileReceiver;
using room::FileSender;
using session::ChannelId;
using session::ChannelKind;

// Our side; the peer is events made up by the input.
class Play final : public room::FileListener {
 public:
  void step(Steps& in) {
    switch (in.byte() % 9) {
      case 0:  // the peer opens the next channel, with nonsense
        open(in.bytes());
        return;
      case 1: {  // or with an offer
        wire::FileOffer offer;
        offer.name = "x";
        offer.size = in.byte();
        open(wire::encode(offer));
        return;
      }
      case 2:  // the peer says something
        files_.on_event(session::MessageArrived{channel_of(in.byte()), in.bytes(), 100});
        return;
      case 3: {  // or bytes
        Bytes message{wire::file_data_kind};
        append(message, in.bytes());
        files_.on_event(
            session::MessageArrived{channel_of(in.byte()), std::move(message), 100});
        return;
      }
      case 4:  // the peer closes
        files_.on_event(session::ChannelClosed{channel_of(in.byte()), in.byte()});
        return;
      case 5:
        if (files_.can_open()) offer(in.byte());
        return;
      case 6:
        answer(channel_of(in.byte()), in.byte());
        return;
      case 7:
        write(channel_of(in.byte()), in.byte());
        return;
      default:
        files_.close(channel_of(in.byte()));
    }
  }

 private:
  void open(Bytes metadata) {
    if (peer_opened_ == session::channels_limit) return;
    last_ = session::first_dynamic_channel + 1 + 2 * static_cast<ChannelId>(peer_opened_++);
    files_.on_event(session::ChannelOpened{last_, ChannelKind::file, std::move(metadata)});
  }
  // Mostly one that was opened.
  ChannelId channel_of(std::uint8_t pick) const { return pick == 0 ? last_ : 16U + pick % 32; }

  void offer(std::uint8_t size) {
    wire::FileOffer offer;
    offer.name = "y";
    offer.size = size;
    last_ = files_.offer(offer);
  }

  void answer(ChannelId file, std::uint8_t how) {
    const FileReceiver* const receiver = files_.receiver(file);
    if (receiver == nullptr) return;
    if (how % 4 == 0 && receiver->state() != FileReceiver::State::kept) {
      files_.refuse(file, wire::FileRefusal::busy);
    } else if (receiver->state() == FileReceiver::State::wanted) {
      files_.accept(file, std::min<std::uint64_t>(how, receiver->size()));
    } else if (receiver->state() == FileReceiver::State::complete) {
      files_.keep(file);
    } else {
      files_.tell_progress(file, receiver->received());
    }
  }

  void write(ChannelId file, std::uint8_t bytes) {
    const FileSender* const sender = files_.sender(file);
    if (sender == nullptr || sender->state() != FileSender::State::flowing) return;
    const std::uint64_t most = sender->size() - sender->next();
    Bytes message(wire::file_data_header + std::clamp<std::uint64_t>(bytes, 1, most));
    message[0] = wire::file_data_kind;
    files_.write(file, std::move(message));
    require(sender->arrived() <= sender->next() && sender->next() <= sender->size());
  }

  void on_offered(ChannelId file, const wire::FileOffer& offer) override {
    require(come_.emplace(file, 0).second);
    require(offer.size <= wire::file_size_limit);
  }
  void on_data(ChannelId file, Bytes message, std::size_t) override {
    const FileReceiver* const receiver = files_.receiver(file);
    require(receiver != nullptr && message.size() > wire::file_data_header);
    come_.at(file) += message.size() - wire::file_data_header;
    require(come_.at(file) <= receiver->received() && receiver->received() <= receiver->size());
  }
  void on_settled(ChannelId file) override { require(come_.erase(file) == 1); }
  void on_answer(ChannelId file) override { require(files_.sender(file) != nullptr); }
  void on_room(ChannelId) override {}
  void on_lost(ChannelId file) override { require(!files_.has(file)); }

  session::Session session_{SessionId(), session::Side::host};
  room::Files files_{session_, *this};
  std::size_t peer_opened_ = 0;
  ChannelId last_ = session::first_dynamic_channel;
  std::map<ChannelId, std::uint64_t> come_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Steps in(std::as_bytes(std::span(data, size)));
  Play play;
  while (!in.empty()) play.step(in);
  return 0;
}
