#include "room/files.h"

#include <cassert>
#include <utility>

namespace sotto::room {
namespace {

// Reasons of a closed channel.
constexpr std::uint8_t done = 0;
constexpr std::uint8_t was_reset = 1;

}  // namespace

Files::Files(session::Session& session, FileListener& listener)
    : session_(session), listener_(listener) {
  auto on_framed = [this](FileChannel file) {
    if (going_.contains(file)) listener_.on_room(file);
  };
  session_.set_on_framed(session::ChannelKind::file, std::move(on_framed));
}

Files::~Files() {
  session_.set_on_framed(session::ChannelKind::file, {});
  for (const auto& [file, sender] : going_) session_.reset(file, was_reset);
  for (const auto& [file, receiver] : coming_) session_.reset(file, was_reset);
}

void Files::say(FileChannel file, const wire::FileFrame& frame) {
  session_.send(file, wire::encode(frame));
}

// --- files that go

FileChannel Files::offer(const wire::FileOffer& offer) {
  const FileChannel file = session_.open(session::ChannelKind::file, wire::encode(offer));
  going_.emplace(file, offer.size);
  return file;
}

const FileSender* Files::sender(FileChannel file) const {
  const auto at = going_.find(file);
  return at == going_.end() ? nullptr : &at->second;
}

bool Files::has_room(FileChannel file) const {
  return session_.queued_bytes(file) < file_queue_limit;
}

void Files::write(FileChannel file, Bytes message) {
  const auto at = going_.find(file);
  if (at == going_.end()) return;
  assert(message.size() > wire::file_data_header && message[0] == wire::file_data_kind);
  at->second.gave(message.size() - wire::file_data_header);
  session_.send(file, std::move(message));
}

void Files::close(FileChannel file) {
  const auto at = going_.find(file);
  if (at == going_.end()) return;
  const bool kept = at->second.state() == FileSender::State::kept;
  going_.erase(at);
  session_.reset(file, kept ? done : was_reset);
}

// --- files that come

const FileReceiver* Files::receiver(FileChannel file) const {
  const auto at = coming_.find(file);
  return at == coming_.end() ? nullptr : &at->second;
}

void Files::accept(FileChannel file, std::uint64_t offset) {
  const auto at = coming_.find(file);
  if (at == coming_.end()) return;
  at->second.accept(offset);
  say(file, wire::FileAccepted{offset});
}

void Files::tell_progress(FileChannel file, std::uint64_t bytes) {
  if (coming_.contains(file)) say(file, wire::FileProgress{bytes});
}

void Files::written(FileChannel file, std::size_t credit) {
  session_.consumed(file, credit);
}

void Files::keep(FileChannel file) {
  const auto at = coming_.find(file);
  if (at == coming_.end()) return;
  at->second.keep();
  say(file, wire::FileKept());
}

void Files::refuse(FileChannel file, wire::FileRefusal reason) {
  const auto at = coming_.find(file);
  if (at == coming_.end()) return;
  at->second.refuse();
  coming_.erase(at);
  say(file, wire::FileRefused{reason});
  session_.close(file, done);
}

// --- what the peer does

void Files::on_event(session::SessionEvent event) {
  if (const auto* opened = std::get_if<session::ChannelOpened>(&event)) {
    on_opened(*opened);
  } else if (const auto* closed = std::get_if<session::ChannelClosed>(&event)) {
    on_closed(closed->channel);
  } else {
    on_message(std::get<session::MessageArrived>(std::move(event)));
  }
}

void Files::on_opened(const session::ChannelOpened& opened) {
  const auto offer = opened.kind == session::ChannelKind::file
                         ? wire::decode_file_offer(opened.metadata)
                         : fail(wire::Errc::malformed, "");
  if (!offer) {
    session_.reset(opened.channel, was_reset);
    return;
  }
  coming_.emplace(opened.channel, offer->size);
  listener_.on_offered(opened.channel, *offer);
}

void Files::on_message(session::MessageArrived arrived) {
  const FileChannel file = arrived.channel;
  const auto going = going_.find(file);
  const auto coming = coming_.find(file);
  const bool known = going != going_.end() || coming != coming_.end();
  const auto frame = wire::decode_file_frame(arrived.message);
  const bool good =
      known && frame &&
      (going != going_.end() ? going->second.take(*frame) : coming->second.take(*frame));
  if (good && coming != coming_.end()) {
    listener_.on_data(file, std::move(arrived.message), arrived.credit);
    return;
  }
  session_.consumed(file, arrived.credit);
  if (good) {
    listener_.on_answer(file);
  } else if (known) {
    break_off(file);
  }
}

void Files::on_closed(FileChannel file) {
  // Whoever sends it looks at the answer in its own time, and closes it then.
  using State = FileSender::State;
  const FileSender* const going = sender(file);
  if (going && (going->state() == State::refused || going->state() == State::kept)) return;
  const auto coming = coming_.find(file);
  const bool settled =
      coming != coming_.end() && coming->second.state() == FileReceiver::State::kept;
  if (going_.erase(file) + coming_.erase(file) == 0) return;
  if (settled) {
    listener_.on_settled(file);
  } else {
    listener_.on_lost(file);
  }
}

void Files::break_off(FileChannel file) {
  going_.erase(file);
  coming_.erase(file);
  session_.reset(file, was_reset);
  listener_.on_lost(file);
}

}  // namespace sotto::room
