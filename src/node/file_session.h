// The files of one session: each that goes is offered by its FileSend, each that comes is
// looked after by a FileTake.
#pragma once
#include <map>
#include <memory>

#include "node/room_files.h"
#include "room/files.h"

namespace sotto::node {

class FileTake;

class FileSession final : public room::FileUser,
                          private room::FileListener,
                          public std::enable_shared_from_this<FileSession> {
 public:
  // At once, in each direction.
  static constexpr std::size_t at_once = 4;

  // `session` must outlive it: nobody may hold it while waiting for anything.
  FileSession(std::shared_ptr<RoomFiles> room, session::Session& session, FilePeer peer);
  ~FileSession() override;

  void on_event(session::SessionEvent event) override { files_.on_event(std::move(event)); }
  bool has(session::ChannelId channel) const override { return files_.has(channel); }

  const FilePeer& peer() const { return peer_; }
  room::Files& files() { return files_; }

  bool can_offer() const { return files_.can_open() && sends_.size() < at_once; }
  room::FileChannel offer(const std::shared_ptr<FileSend>& send);
  void close(room::FileChannel file);  // of one that goes
  void refuse(room::FileChannel file, wire::FileRefusal reason);
  // The same file comes over another session now: here it ends.
  void supersede(const wire::FileOffer& offer);

 private:
  std::optional<wire::FileRefusal> why_not(const wire::FileOffer& offer);

  void on_offered(room::FileChannel file, const wire::FileOffer& offer) override;
  void on_data(room::FileChannel file, Bytes message, std::size_t credit) override;
  void on_settled(room::FileChannel file) override;
  void on_answer(room::FileChannel file) override;
  void on_room(room::FileChannel file) override;
  void on_lost(room::FileChannel file) override;

  std::shared_ptr<RoomFiles> room_;
  FilePeer peer_;
  room::Files files_;
  std::map<room::FileChannel, std::shared_ptr<FileSend>> sends_;
  std::map<room::FileChannel, std::shared_ptr<FileTake>> takes_;
  std::vector<std::weak_ptr<FileTake>> working_;  // also those whose channel is gone
};

}  // namespace sotto::node
