#include "node/room_files.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "node/errors.h"
#include "node/file_send.h"
#include "node/file_session.h"

namespace sotto::node {
namespace {

namespace asio = boost::asio;

constexpr milliseconds between_notices{5'000};
constexpr milliseconds sent_poll{200};
constexpr std::size_t told_limit = 1'024;

}  // namespace

RoomFiles::RoomFiles(asio::any_io_executor executor, Disk& disk, std::string room,
                     std::function<void(const Event&)> tell)
    : executor_(std::move(executor)),
      disk_(disk),
      room_(std::move(room)),
      tell_(std::move(tell)),
      seldom_(between_notices) {}

RoomFiles::~RoomFiles() = default;

std::shared_ptr<room::FileUser> RoomFiles::attach(session::Session& session, FilePeer peer) {
  std::erase_if(sessions_, [](const auto& one) { return one.expired(); });
  auto attached = std::make_shared<FileSession>(shared_from_this(), session, std::move(peer));
  sessions_.push_back(attached);
  wake_sends();
  return attached;
}

std::vector<FilePeer> RoomFiles::takers() const {
  std::vector<FilePeer> out;
  for (const auto& one : sessions_) {
    const auto session = one.lock();
    if (!session || !session->peer().takes) continue;
    if (std::ranges::find(out, session->peer().identity, &FilePeer::identity) == out.end()) {
      out.push_back(session->peer());
    }
  }
  return out;
}

std::shared_ptr<FileSession> RoomFiles::session_of(
    const crypto::Ed25519PublicKey& identity) const {
  for (auto one = sessions_.rbegin(); one != sessions_.rend(); ++one) {
    auto session = one->lock();
    if (session && session->peer().takes && session->peer().identity == identity) {
      return session;
    }
  }
  return nullptr;
}

std::shared_ptr<FileSend> RoomFiles::send(std::shared_ptr<FileSource> source,
                                          wire::FileOffer offer, const FilePeer& to) {
  auto send =
      std::make_shared<FileSend>(shared_from_this(), std::move(source), std::move(offer), to);
  sending_.insert(send);
  if (over_) {
    send->cancel(*over_);
  } else {
    asio::co_spawn(executor_, FileSend::run(send), asio::detached);
  }
  return send;
}

asio::awaitable<void> RoomFiles::until_sent() {
  while (!sending_.empty()) {
    const auto one = *sending_.begin();
    co_await one->wait(std::chrono::steady_clock::now() + sent_poll);
  }
}

void RoomFiles::wake_sends() {
  for (const auto& send : sending_) send->wake();
}

void RoomFiles::supersede(const FileSession& newest, const wire::FileOffer& offer) {
  for (const auto& one : sessions_) {
    const auto session = one.lock();
    const bool other = session && session.get() != &newest;
    if (other && session->peer().identity == newest.peer().identity) session->supersede(offer);
  }
}

void RoomFiles::fail_all(const Error& why) {
  if (!over_) over_ = why;
  const auto all = sending_;  // each that ends leaves it
  for (const auto& send : all) send->cancel(why);
}

void RoomFiles::close_sending() {
  fail_all({Errc::file_cancelled,
            "The room was closed before the file had arrived. Send it again: it goes on where "
            "it stopped."});
}

void RoomFiles::close() {
  tell_ = {};
  close_sending();
}

bool RoomFiles::may_tell(const std::string& what) {
  return seldom_.may_say(what, std::chrono::steady_clock::now());
}

bool RoomFiles::note_told(const std::string& file) {
  if (std::ranges::find(told_, file) != told_.end()) return false;
  if (told_.size() >= told_limit) told_.erase(told_.begin());
  told_.push_back(file);
  return true;
}

}  // namespace sotto::node
