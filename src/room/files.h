// The files of one session (docs/protocol.md section 5, "Files"): whoever sends one opens a
// channel for it, either side may.  Disks are not its business: bytes of files come in and go
// out as messages of their channels; the order of things is FileSender's and FileReceiver's.
//
// What breaks the rules of a file resets its channel; the session and other files go on.
#pragma once
#include <map>

#include "room/channel_user.h"
#include "room/file_receiver.h"
#include "room/file_sender.h"

namespace sotto::room {

using FileChannel = session::ChannelId;

// Bytes of one file that may wait in the session: with more, it is not read on.
inline constexpr std::size_t file_queue_limit = 1 << 18;
// The longest message that fills a record by itself.
inline constexpr std::size_t file_message_bytes = session::chunk_limit;

class FileListener {
 public:
  virtual ~FileListener() = default;

  // --- of files that come

  // accept() or refuse() follows.
  virtual void on_offered(FileChannel file, const wire::FileOffer& offer) = 0;
  // `message`: bytes of the file after file_data_header.  Give `credit` back by written().
  virtual void on_data(FileChannel file, Bytes message, std::size_t credit) = 0;
  // The sender knows that it was kept, and has closed the channel.
  virtual void on_settled(FileChannel file) = 0;

  // --- of files that go

  virtual void on_answer(FileChannel file) = 0;  // its sender() says what
  virtual void on_room(FileChannel file) = 0;    // has_room() may be true again

  // --- of both: the channel is gone, at an end that was none
  virtual void on_lost(FileChannel file) = 0;
};

class Files final : public ChannelUser {
 public:
  // `session` and `listener` must outlive it.
  Files(session::Session& session, FileListener& listener);
  ~Files() override;
  Files(const Files&) = delete;
  Files& operator=(const Files&) = delete;

  void on_event(session::SessionEvent event) override;
  bool has(FileChannel file) const { return going_.contains(file) || coming_.contains(file); }

  // --- files that go
  bool can_open() const { return session_.can_open(); }
  FileChannel offer(const wire::FileOffer& offer);   // requires can_open()
  const FileSender* sender(FileChannel file) const;  // null: gone
  bool has_room(FileChannel file) const;
  // A message that begins with file_data_kind, with the next bytes that sender() wants.
  void write(FileChannel file, Bytes message);
  // Kept, refused or given up: what is queued is forgotten.  Until then sender() is there,
  // unless it was lost.
  void close(FileChannel file);

  // --- files that come; of one that is gone these do nothing
  const FileReceiver* receiver(FileChannel file) const;  // null: gone
  void accept(FileChannel file, std::uint64_t offset);
  void tell_progress(FileChannel file, std::uint64_t bytes);
  void written(FileChannel file, std::size_t credit);
  void keep(FileChannel file);
  void refuse(FileChannel file, wire::FileRefusal reason);

 private:
  void on_opened(const session::ChannelOpened& opened);
  void on_message(session::MessageArrived arrived);
  void on_closed(FileChannel file);
  void break_off(FileChannel file);
  void say(FileChannel file, const wire::FileFrame& frame);

  session::Session& session_;
  FileListener& listener_;
  std::map<FileChannel, FileSender> going_;
  std::map<FileChannel, FileReceiver> coming_;
};

}  // namespace sotto::room
