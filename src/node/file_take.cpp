#include "node/file_take.h"

#include "base/encoding.h"
#include "base/text.h"
#include "node/file_session.h"
#include "node/file_source.h"
#include "node/file_words.h"
#include "session/errors.h"

namespace sotto::node {
namespace {

namespace asio = boost::asio;

constexpr milliseconds between_reports{250};
// A transfer of the same that is being broken off meanwhile.
constexpr milliseconds busy_pause{20};
constexpr int busy_limit = 250;

wire::FileRefusal reason_of(const Error& why) {
  if (why.is(Errc::file_no_space)) return wire::FileRefusal::no_space;
  if (why.is(Errc::file_mismatch)) return wire::FileRefusal::damaged;
  if (why.is(Errc::file_busy)) return wire::FileRefusal::busy;
  return wire::FileRefusal::failed;
}

std::unexpected<Error> gone() {
  return fail(session::Errc::link_lost, "The sender is gone.");
}

}  // namespace

FileTake::FileTake(std::shared_ptr<RoomFiles> room, std::weak_ptr<FileSession> session,
                   FilePeer from, std::string folder, room::FileChannel channel,
                   wire::FileOffer offer)
    : room_(std::move(room)),
      session_(std::move(session)),
      from_(std::move(from)),
      folder_(std::move(folder)),
      channel_(channel),
      offer_(std::move(offer)),
      changed_(room_->executor()),
      told_(changed_.now()) {}

template <class Act>
void FileTake::with_files(Act act) {
  if (const auto session = session_.lock(); session && !lost_) act(session->files());
}

template <class Act>
Async<void> FileTake::on_disk(Act act) {
  auto job = [part = part_, act = std::move(act)]() -> Result<bool> {
    Result<void> done = act(*part);
    if (!done) return pass(done);
    return true;
  };
  const auto done = co_await room_->disk().run<bool>(std::move(job));
  if (!done) co_return std::unexpected(done.error());
  co_return Result<void>();
}

asio::awaitable<void> FileTake::run(std::shared_ptr<FileTake> self) {
  auto done = co_await self->open();
  if (done && !self->part_->final_path()) done = co_await self->look();
  if (done) {
    self->with_files(
        [&](room::Files& files) { files.accept(self->channel_, self->part_->size()); });
    if (!self->part_->final_path()) done = co_await self->store();
  }
  if (done) done = co_await self->keep();
  if (!done) co_await self->give_up(done.error());
}

Async<void> FileTake::open() {
  for (int attempt = 0;; ++attempt) {
    auto job = [folder = folder_, sender = from_.identity, offer = offer_] {
      return FilePart::open(folder, sender, offer);
    };
    auto opened = co_await room_->disk().run<std::shared_ptr<FilePart>>(std::move(job));
    if (opened) part_ = std::move(*opened);
    if (lost_) co_return gone();
    if (opened) co_return Result<void>();
    if (!opened.error().is(Errc::file_busy) || attempt == busy_limit) {
      co_return std::unexpected(opened.error());
    }
    co_await changed_.sleep_until(changed_.now() + busy_pause);
    if (lost_) co_return gone();
  }
}

Async<void> FileTake::look() {
  while (part_->size() < part_->found()) {
    auto act = [](FilePart& part) { return part.look_more(); };
    const auto looked = co_await on_disk(std::move(act));
    if (!looked) co_return looked;
    if (lost_) co_return gone();
    tell_progress(false);
  }
  co_return Result<void>();
}

Async<void> FileTake::store() {
  while (part_->size() < offer_.size) {
    if (lost_) co_return gone();
    if (incoming_.empty()) {
      co_await changed_.wait_until(SteadyTime::max());
      continue;
    }
    auto pieces = std::make_shared<std::vector<Incoming>>();
    std::size_t credit = 0;
    for (std::size_t bytes = 0; !incoming_.empty() && bytes < disk_piece;) {
      bytes += incoming_.front().message.size();
      credit += incoming_.front().credit;
      pieces->push_back(std::move(incoming_.front()));
      incoming_.pop_front();
    }
    auto act = [pieces](FilePart& part) -> Result<void> {
      for (const Incoming& piece : *pieces) {
        auto added = part.add(ByteView(piece.message).subspan(wire::file_data_header));
        if (!added) return added;
      }
      return {};
    };
    const auto stored = co_await on_disk(std::move(act));
    with_files([&](room::Files& files) { files.written(channel_, credit); });
    if (!stored) co_return stored;
    tell_progress(false);
  }
  auto act = [](FilePart& part) { return part.finish(); };
  co_return co_await on_disk(std::move(act));
}

// It is ours from here on, whether the sender hears of it or not.
Async<void> FileTake::keep() {
  with_files([&](room::Files& files) { files.keep(channel_); });
  tell_progress(true);
  // The sender chooses the id: it says nothing about another file.
  if (room_->note_told(part_->key() + to_hex(offer_.id.view()))) {
    room_->tell(FileEvent{to_hex(offer_.id.view()), from_.fingerprint, from_.name,
                          from_.verified, offer_.name, *part_->final_path(), offer_.size,
                          room_->room()});
  }
  while (!lost_ && !settled_) co_await changed_.wait_until(SteadyTime::max());
  if (!settled_) co_return Result<void>();
  auto act = [](FilePart& part) -> Result<void> {
    part.settle();
    return {};
  };
  static_cast<void>(co_await on_disk(std::move(act)));
  co_return Result<void>();
}

asio::awaitable<void> FileTake::give_up(Error why) {
  if (part_) {
    auto act = [](FilePart& part) -> Result<void> {
      part.leave();
      return {};
    };
    static_cast<void>(co_await on_disk(std::move(act)));
    part_.reset();  // whoever is refused may come again at once
  }
  refuse(why);
}

void FileTake::refuse(const Error& why) {
  if (why.is(session::Errc::link_lost)) return;
  if (const auto session = session_.lock(); session && !lost_) {
    session->refuse(channel_, reason_of(why));
  }
  // Of the file alone, and as often as the sender likes: what we are here for goes on.
  const bool is_news =
      !why.is(Errc::file_busy) && room_->may_tell(from_.fingerprint + why.name());
  if (is_news) room_->tell(NoticeEvent{why.name(), why.text()});
}

void FileTake::on_data(Bytes message, std::size_t credit) {
  incoming_.push_back({std::move(message), credit});
  changed_.wake();
}

void FileTake::settle() {
  settled_ = true;
  changed_.wake();
}

void FileTake::lose() {
  lost_ = true;
  changed_.wake();
}

void FileTake::tell_progress(bool now) {
  if (!now && changed_.now() - told_ < between_reports) return;
  told_ = changed_.now();
  const std::uint64_t done = part_->size();
  if (!now) with_files([&](room::Files& files) { files.tell_progress(channel_, done); });
  room_->tell(ProgressEvent{"file", now ? "received" : "receiving",
                            percent_of(done, offer_.size),
                            displayable(offer_.name) + " from " + displayable(from_.name) +
                                ", " + size_text(done) + " of " + size_text(offer_.size)});
}

}  // namespace sotto::node
