// The files of one `send`, or of one `/file`: read, offered to each receiver, and waited for.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "node/commands.h"
#include "node/file_send.h"

namespace sotto::node {

class FileBatch {
 public:
  struct Parameters {
    milliseconds patience;         // in which something has to come further
    std::function<bool()> wanted;  // whether anybody still waits for it
    // Hears now and then when it last came further; may be null.
    std::function<void(SteadyTime)> on_moved;
  };

  // `files` and `disk` must outlive it.
  FileBatch(RoomFiles& files, Disk& disk, Parameters parameters);
  // What is not there yet is given up.
  ~FileBatch();

  // On its way to all of `takers` from now on; ends once it was read and few are under way
  // before it.  FileSource's errors; file_cancelled.
  Async<void> add(std::string path, std::vector<FilePeer> takers);

  // Ends once all have arrived, or have not: file_stalled where nothing moves any more.
  boost::asio::awaitable<void> finish();

  std::vector<SentFile> results() const;  // after finish()
  // Why not everything has arrived, as far as that is known.
  std::optional<Error> error() const;

 private:
  Async<wire::FileOffer> look_at(std::shared_ptr<FileSource> source);
  boost::asio::awaitable<void> until_under_way(std::size_t most);
  bool watch();
  void tell_reading(const FileSource& source);

  RoomFiles& files_;
  Disk& disk_;
  Parameters parameters_;
  std::vector<std::shared_ptr<FileSend>> sends_;
  SteadyTime moved_;
  SteadyTime told_;
};

}  // namespace sotto::node
