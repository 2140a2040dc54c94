// A file of the person's that is to be sent: read in pieces, and watched for changes meanwhile.
// Its functions wait for the disk: they belong on node/disk.h.
#pragma once
#include <memory>
#include <string>
#include <sys/stat.h>
#include <vector>

#include "node/descriptor.h"
#include "node/errors.h"
#include "wire/file_frame.h"

namespace sotto::node {

// What is read, hashed or written in one job: a fraction of a millisecond's work.
inline constexpr std::size_t disk_piece = 1 << 18;  // bytes

class FileSource {
 public:
  // Errc::file_io; file_not_regular for what is no file with an end (a pipe, a folder).
  static Result<std::shared_ptr<FileSource>> open(const std::string& path);

  const std::string& path() const { return path_; }
  std::uint64_t size() const { return static_cast<std::uint64_t>(first_.st_size); }

  // Reads the next disk_piece for the hash; true when that was the last.  file_io,
  // file_changed.
  Result<bool> hash_more();
  std::uint64_t hashed() const { return hashed_; }
  crypto::Hash32 finish_hash();  // once, after the last

  // Messages of a file channel with what stands at `offset`: up to disk_piece bytes in all, at
  // least one byte unless that is the end.  May run several at once.  file_io, file_changed.
  Result<std::vector<Bytes>> read_messages(std::uint64_t offset) const;

 private:
  FileSource(std::string path, int descriptor, const struct stat& first)
      : path_(std::move(path)), descriptor_(descriptor), first_(first) {}

  Result<void> read_at(MutableBytes out, std::uint64_t offset) const;
  Result<void> check_unchanged() const;

  std::string path_;
  Descriptor descriptor_;
  struct stat first_;  // when it was opened
  std::uint64_t hashed_ = 0;
  crypto::Blake2b hash_{sizeof(crypto::Hash32)};
};

}  // namespace sotto::node
