#include "node/file_session.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "node/file_send.h"
#include "node/file_take.h"
#include "node/file_words.h"

namespace sotto::node {
namespace {

namespace asio = boost::asio;

// Also those that clear up after their channel was closed: whoever offers and closes in a hurry
// gets no further.
constexpr std::size_t working_limit = 4 * FileSession::at_once;

}  // namespace

FileSession::FileSession(std::shared_ptr<RoomFiles> room, session::Session& session,
                         FilePeer peer)
    : room_(std::move(room)), peer_(std::move(peer)), files_(session, *this) {}

FileSession::~FileSession() {
  for (const auto& [file, send] : sends_) send->lose_session();
  for (const auto& [file, take] : takes_) take->lose();
}

room::FileChannel FileSession::offer(const std::shared_ptr<FileSend>& send) {
  const room::FileChannel file = files_.offer(send->offer());
  sends_.emplace(file, send);
  return file;
}

void FileSession::close(room::FileChannel file) {
  files_.close(file);
  sends_.erase(file);
  room_->wake_sends();  // another may begin
}

void FileSession::refuse(room::FileChannel file, wire::FileRefusal reason) {
  files_.refuse(file, reason);
  takes_.erase(file);
}

void FileSession::supersede(const wire::FileOffer& offer) {
  const auto same = [&offer](const auto& entry) {
    const wire::FileOffer& other = entry.second->offer();
    return other.hash == offer.hash && other.size == offer.size && other.name == offer.name;
  };
  for (auto at = std::ranges::find_if(takes_, same); at != takes_.end();
       at = std::ranges::find_if(takes_, same)) {
    at->second->lose();
    const room::FileReceiver* const receiver = files_.receiver(at->first);
    // What was kept can be refused no more: the mark beside it answers the newer offer.
    if (receiver != nullptr && receiver->state() == room::FileReceiver::State::kept) {
      takes_.erase(at);
    } else {
      refuse(at->first, wire::FileRefusal::busy);
    }
  }
}

// --- what the peer does

std::optional<wire::FileRefusal> FileSession::why_not(const wire::FileOffer& offer) {
  if (!peer_.may_offer) return wire::FileRefusal::not_allowed;
  const AcceptRequest* const accept = room_->accepting();
  const bool too_large = accept != nullptr && offer.size > accept->max_size;
  if ((accept == nullptr || too_large) && room_->may_tell(peer_.fingerprint)) {
    room_->tell(too_large ? too_large_notice(offer, peer_.name, accept->max_size)
                          : offered_notice(offer, peer_.name));
  }
  if (accept == nullptr) return wire::FileRefusal::not_accepted;
  if (too_large) return wire::FileRefusal::too_large;
  std::erase_if(working_, [](const auto& one) { return one.expired(); });
  if (takes_.size() >= at_once || working_.size() >= working_limit) {
    return wire::FileRefusal::busy;
  }
  return std::nullopt;
}

void FileSession::on_offered(room::FileChannel file, const wire::FileOffer& offer) {
  if (const auto reason = why_not(offer)) return files_.refuse(file, *reason);
  room_->supersede(*this, offer);
  auto take = std::make_shared<FileTake>(room_, weak_from_this(), peer_,
                                         *room_->accepting()->folder, file, offer);
  takes_.emplace(file, take);
  working_.push_back(take);
  asio::co_spawn(room_->executor(), FileTake::run(std::move(take)), asio::detached);
}

void FileSession::on_data(room::FileChannel file, Bytes message, std::size_t credit) {
  const auto at = takes_.find(file);
  if (at != takes_.end()) at->second->on_data(std::move(message), credit);
}

void FileSession::on_settled(room::FileChannel file) {
  if (const auto node = takes_.extract(file)) node.mapped()->settle();
}

void FileSession::on_answer(room::FileChannel file) {
  const auto at = sends_.find(file);
  if (at != sends_.end()) at->second->on_movement();
}

void FileSession::on_room(room::FileChannel file) {
  on_answer(file);
}

void FileSession::on_lost(room::FileChannel file) {
  if (const auto node = takes_.extract(file)) node.mapped()->lose();
  if (const auto node = sends_.extract(file)) node.mapped()->lose_channel();
}

}  // namespace sotto::node
