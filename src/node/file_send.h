// One file of ours on its way to one person, over whatever session there is to them.
//
//   waiting: for a session, or for one of its places
//      | offered                ^ the session has ended, or the receiver is busy
//      v                        |
//   offered -> flowing -> sent -+-> kept | refused | given up
//
// Flowing, the disk is read ahead by room::file_queue_limit of what has left.
#pragma once
#include <memory>
#include <optional>

#include "net/asio_timer.h"
#include "node/file_source.h"
#include "node/room_files.h"
#include "room/files.h"

namespace sotto::node {

// Its coroutine keeps it alive until it has ended.
class FileSend final : public std::enable_shared_from_this<FileSend> {
 public:
  FileSend(std::shared_ptr<RoomFiles> room, std::shared_ptr<FileSource> source,
           wire::FileOffer offer, const FilePeer& to);

  static boost::asio::awaitable<void> run(std::shared_ptr<FileSend> self);

  const wire::FileOffer& offer() const { return offer_; }
  const FilePeer& to() const { return to_; }
  const std::string& path() const { return path_; }

  // How it ended: file_changed, file_io, refusal_of()'s errors, or that of cancel().
  const std::optional<Result<void>>& ended() const { return ended_; }
  SteadyTime moved() const { return moved_; }      // when it last came a bit further
  bool was_accepted() const { return accepted_; }  // something of it may have arrived
  void cancel(const Error& why);
  // Ends once it has ended, or at `deadline`; several may wait.
  boost::asio::awaitable<void> wait(SteadyTime deadline);

  // --- for its session

  void on_movement();
  void lose_session();  // it is offered again over the next
  void lose_channel();  // the receiver has closed it without a word
  void wake() { changed_.wake(); }

 private:
  bool offer_it();
  std::optional<std::uint64_t> wanted();  // the offset that the session has room for
  void write(std::vector<Bytes> messages, std::uint64_t offset);
  void look_at_answer(FileSession& session, const room::FileSender& sender);
  void end(Result<void> result);
  void tell_progress(bool now);

  std::shared_ptr<RoomFiles> room_;
  std::shared_ptr<FileSource> source_;  // null once it has ended
  std::string path_;
  wire::FileOffer offer_;
  FilePeer to_;
  net::AsioTimer changed_;  // woken: there may be something to do
  std::vector<std::weak_ptr<boost::asio::steady_timer>> waiting_;  // one for each wait()
  std::weak_ptr<FileSession> session_;
  std::optional<room::FileChannel> channel_;
  std::optional<Result<void>> ended_;
  SteadyTime moved_;
  SteadyTime not_before_;  // is it offered again
  SteadyTime told_;        // when the person last heard how far it is
  std::uint64_t arrived_ = 0;
  int offers_refused_ = 0;  // because the receiver was busy
  bool accepted_ = false;
  bool cut_off_ = false;     // the channel was closed without a word
  bool begun_anew_ = false;  // after what had come before turned out to be damaged
};

}  // namespace sotto::node
