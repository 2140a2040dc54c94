// One file that comes from somebody: from the offer until it lies in the folder.
//
//   opening: what came before, if anything, is looked at    -> accepted, or refused
//   storing: what comes is written; credit is given back then
//   kept:    checked and named; the sender was told         -> the sender knows
//
// Whatever ends it early leaves the part, for the next offer of the same.
#pragma once
#include <deque>
#include <memory>

#include "net/asio_timer.h"
#include "node/file_part.h"
#include "node/room_files.h"
#include "room/files.h"

namespace sotto::node {

// Its coroutine keeps it alive until it has ended.
class FileTake final {
 public:
  FileTake(std::shared_ptr<RoomFiles> room, std::weak_ptr<FileSession> session, FilePeer from,
           std::string folder, room::FileChannel channel, wire::FileOffer offer);

  static boost::asio::awaitable<void> run(std::shared_ptr<FileTake> self);

  const wire::FileOffer& offer() const { return offer_; }

  // --- for its session

  void on_data(Bytes message, std::size_t credit);
  void settle();  // the sender knows that it was kept
  void lose();    // the channel is gone

 private:
  struct Incoming {
    Bytes message;
    std::size_t credit;
  };

  Async<void> open();
  Async<void> look();
  Async<void> store();
  Async<void> keep();
  boost::asio::awaitable<void> give_up(Error why);
  void refuse(const Error& why);
  void tell_progress(bool now);
  template <class Act>
  void with_files(Act act);
  template <class Act>
  Async<void> on_disk(Act act);

  std::shared_ptr<RoomFiles> room_;
  std::weak_ptr<FileSession> session_;
  FilePeer from_;
  std::string folder_;
  room::FileChannel channel_;
  wire::FileOffer offer_;
  net::AsioTimer changed_;  // woken: data has come, or the channel has gone
  std::shared_ptr<FilePart> part_;
  std::deque<Incoming> incoming_;
  SteadyTime told_;  // when the sender and the person last heard how far it is
  bool settled_ = false;
  bool lost_ = false;
};

}  // namespace sotto::node
