#include "node/file_send.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/text.h"
#include "node/file_session.h"
#include "node/file_words.h"

namespace sotto::node {
namespace {

namespace asio = boost::asio;

constexpr milliseconds between_reports{250};
constexpr milliseconds busy_pause{500};
constexpr int busy_limit = 60;
constexpr milliseconds last_words{1'000};  // of a session whose channels have been closed

}  // namespace

FileSend::FileSend(std::shared_ptr<RoomFiles> room, std::shared_ptr<FileSource> source,
                   wire::FileOffer offer, const FilePeer& to)
    : room_(std::move(room)),
      source_(std::move(source)),
      path_(source_->path()),
      offer_(std::move(offer)),
      to_(to),
      changed_(room_->executor()),
      moved_(changed_.now()),
      not_before_(moved_),
      told_(moved_) {}

asio::awaitable<void> FileSend::run(std::shared_ptr<FileSend> self) {
  while (!self->ended_) {
    if (!self->channel_ && !self->offer_it()) {
      if (self->ended_) break;
      const bool later = self->not_before_ > self->changed_.now();
      co_await self->changed_.wait_until(later ? self->not_before_ : SteadyTime::max());
      continue;
    }
    const auto offset = self->wanted();
    if (self->ended_ || !self->channel_) continue;
    if (!offset) {
      co_await self->changed_.wait_until(SteadyTime::max());
      continue;
    }
    auto job = [source = self->source_, at = *offset] { return source->read_messages(at); };
    auto messages = co_await self->room_->disk().run<std::vector<Bytes>>(std::move(job));
    if (messages) {
      self->write(std::move(*messages), *offset);
    } else {
      self->end(std::unexpected(messages.error()));
    }
  }
}

bool FileSend::offer_it() {
  if (not_before_ > changed_.now()) return false;
  if (cut_off_) {
    const auto reason = accepted_ ? wire::FileRefusal::failed : wire::FileRefusal::not_accepted;
    end(std::unexpected(refusal_of(offer_, to_.name, reason)));
    return false;
  }
  const auto session = room_->session_of(to_.identity);
  if (!session || !session->can_offer()) return false;
  session_ = session;
  channel_ = session->offer(shared_from_this());
  moved_ = changed_.now();
  return true;
}

std::optional<std::uint64_t> FileSend::wanted() {
  const auto session = session_.lock();
  const room::FileSender* const sender = session ? session->files().sender(*channel_) : nullptr;
  if (sender == nullptr) {
    channel_.reset();
    return std::nullopt;
  }
  using State = room::FileSender::State;
  arrived_ = sender->arrived();
  accepted_ = accepted_ || sender->state() == State::flowing || sender->state() == State::sent;
  tell_progress(false);
  if (sender->state() == State::flowing) {
    if (!session->files().has_room(*channel_)) return std::nullopt;
    return sender->next();
  }
  look_at_answer(*session, *sender);
  return std::nullopt;
}

void FileSend::look_at_answer(FileSession& session, const room::FileSender& sender) {
  using State = room::FileSender::State;
  if (sender.state() == State::kept) {
    end({});
  } else if (sender.state() == State::refused) {
    const wire::FileRefusal reason = sender.refusal();
    // What had come before was damaged: the receiver has forgotten it, all is sent once more.
    const bool anew = reason == wire::FileRefusal::damaged && sender.offset() > 0 &&
                      !std::exchange(begun_anew_, true);
    const bool wait = reason == wire::FileRefusal::busy && ++offers_refused_ < busy_limit;
    if (!anew && !wait) return end(std::unexpected(refusal_of(offer_, to_.name, reason)));
    if (wait) not_before_ = changed_.now() + busy_pause;
    session.close(*channel_);
    channel_.reset();
  }
}

// While the disk was read the session may have ended, and another may be under way.
void FileSend::write(std::vector<Bytes> messages, std::uint64_t offset) {
  const auto session = session_.lock();
  if (ended_ || !channel_ || !session) return;
  const room::FileSender* const sender = session->files().sender(*channel_);
  if (sender == nullptr || sender->next() != offset) return;
  if (sender->state() != room::FileSender::State::flowing) return;  // refused meanwhile
  for (Bytes& message : messages) session->files().write(*channel_, std::move(message));
}

void FileSend::on_movement() {
  moved_ = changed_.now();
  changed_.wake();
}

void FileSend::lose_session() {
  channel_.reset();
  cut_off_ = false;
  changed_.wake();
}

// One that is older than files, or in trouble: to offer it again would end the same way.  Or
// the session ends, which says why a moment later.
void FileSend::lose_channel() {
  channel_.reset();
  cut_off_ = true;
  not_before_ = changed_.now() + last_words;
  changed_.wake();
}

asio::awaitable<void> FileSend::wait(SteadyTime deadline) {
  if (ended_) co_return;
  const auto timer = std::make_shared<asio::steady_timer>(changed_.executor(), deadline);
  std::erase_if(waiting_, [](const auto& one) { return one.expired(); });
  waiting_.push_back(timer);
  static_cast<void>(co_await timer->async_wait(asio::as_tuple(asio::use_awaitable)));
}

void FileSend::cancel(const Error& why) {
  end(std::unexpected(why));
}

void FileSend::end(Result<void> result) {
  if (ended_) return;
  ended_ = std::move(result);
  if (*ended_) arrived_ = offer_.size;
  if (*ended_) tell_progress(true);
  if (const auto session = session_.lock(); session && channel_) session->close(*channel_);
  channel_.reset();
  changed_.wake();
  for (const auto& one : waiting_) {
    if (const auto timer = one.lock()) timer->cancel();
  }
  source_.reset();  // whoever asks for the result holds on to no open file
  room_->on_sent(shared_from_this());
}

void FileSend::tell_progress(bool now) {
  if (!now && changed_.now() - told_ < between_reports) return;
  told_ = changed_.now();
  room_->tell(ProgressEvent{"file",
                            now         ? "delivered"
                            : accepted_ ? "sending"
                                        : "offered",
                            percent_of(arrived_, offer_.size),
                            displayable(offer_.name) + " to " + displayable(to_.name) + ", " +
                                size_text(arrived_) + " of " + size_text(offer_.size)});
}

}  // namespace sotto::node
