// Files in one open room, ours or somebody else's (docs/protocol.md section 5, "Files"): who
// takes them and into which folder, what is on its way, and over which session.
//
//   client --accept()--> folder       session --attach()--> FileSession --offer--> FileTake
//   send() --> FileSend, which offers itself over the newest session of its receiver until the
//              file is kept there
//
// Sessions come and go; what was on its way is offered again over the next and goes on where it
// stopped.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "node/disk.h"
#include "node/events.h"
#include "node/requests.h"
#include "node/seldom.h"
#include "room/channel_users.h"
#include "wire/file_frame.h"

namespace sotto::node {

class FileSend;
class FileSession;
class FileSource;

// What is at the other end of a session.
struct FilePeer {
  crypto::Ed25519PublicKey identity;
  std::string fingerprint;
  std::string name;
  bool verified = false;
  bool may_offer = false;  // its files are taken, if any are
  bool takes = false;      // ours go to it
};

class RoomFiles : public std::enable_shared_from_this<RoomFiles> {
 public:
  using ClientId = std::uint64_t;  // Agent::ClientId

  // `tell` hears what becomes of it, until close(); `disk` must live until then, too.
  RoomFiles(boost::asio::any_io_executor executor, Disk& disk, std::string room,
            std::function<void(const Event&)> tell);
  ~RoomFiles();

  // For as long as the client stays.  Of several folders that of the first is used.
  void accept(ClientId client, const AcceptRequest& accept) {
    if (accept.folder) accepting_[client] = accept;
  }
  void remove(ClientId client) { accepting_.erase(client); }
  // Its `folder` is there; null: none are taken.
  const AcceptRequest* accepting() const {
    return accepting_.empty() ? nullptr : &accepting_.begin()->second;
  }

  // What takes the file channels of a new session.
  std::shared_ptr<room::FileUser> attach(session::Session& session, FilePeer peer);

  // Who is there and takes what we send, each once.
  std::vector<FilePeer> takers() const;

  // On its way from now on, to the one with this identity.
  std::shared_ptr<FileSend> send(std::shared_ptr<FileSource> source, wire::FileOffer offer,
                                 const FilePeer& to);
  bool is_sending() const { return !sending_.empty(); }
  boost::asio::awaitable<void> until_sent();

  // Everything that is on its way out, or sent from now on, has failed for this reason.
  void fail_all(const Error& why);
  void close_sending();  // the room ends
  void close();          // and tells nobody any more

  // --- for FileSession, FileSend and FileTake

  Disk& disk() { return disk_; }
  const boost::asio::any_io_executor& executor() const { return executor_; }
  void tell(const Event& event) const {
    if (tell_) tell_(event);
  }
  bool may_tell(const std::string& what);
  // The session over which this person is sent files now; null: none.
  std::shared_ptr<FileSession> session_of(const crypto::Ed25519PublicKey& identity) const;
  void on_sent(const std::shared_ptr<FileSend>& send) { sending_.erase(send); }
  void wake_sends();  // something has changed for them
  // What comes over `newest` ends over older sessions of the same sender.
  void supersede(const FileSession& newest, const wire::FileOffer& offer);
  // The person was told that this file has come; true when that is new.
  bool note_told(const std::string& file);
  const std::string& room() const { return room_; }

 private:
  boost::asio::any_io_executor executor_;
  Disk& disk_;
  std::string room_;
  std::function<void(const Event&)> tell_;
  std::map<ClientId, AcceptRequest> accepting_;
  std::vector<std::weak_ptr<FileSession>> sessions_;
  std::set<std::shared_ptr<FileSend>> sending_;
  std::optional<Error> over_;  // the room has ended, why
  std::vector<std::string> told_;
  Seldom seldom_;
};

}  // namespace sotto::node
