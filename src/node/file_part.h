// A file that comes from somebody, in the folder that takes it.  While it is incomplete it is
// called .sotto-KEY.part, KEY following from who sends what: whoever sends the same again goes
// on where it stopped, whatever has ended meanwhile.
//
//   nothing -> .sotto-KEY.part grows -> whole, checked, synced
//           -> .sotto-KEY.kept says which name it gets -> renamed to that -> the sender knows
//           -> .sotto-KEY.kept is removed
//
// Killed anywhere, the next offer finds out where: a .kept without a .part has its name already
// and is not taken twice (docs/decisions/042).  Nothing is ever overwritten.  Its functions
// wait for the disk: they belong on node/disk.h.
#pragma once
#include <filesystem>
#include <memory>
#include <string>

#include "node/descriptor.h"
#include "node/errors.h"
#include "wire/file_frame.h"

namespace sotto::node {

// What is left free on the disk whatever comes: the profile and other programs need it.
inline constexpr std::uint64_t kept_free = std::uint64_t{16} << 20;  // bytes
// Parts and marks in one folder, whoever has left them; beyond, the oldest make room.
inline constexpr std::size_t leftovers_limit = 512;

class FilePart {
 public:
  // Errc::accept_folder; file_busy while another transfer of the same works on it;
  // file_no_space.
  static Result<std::shared_ptr<FilePart>> open(const std::filesystem::path& folder,
                                                const crypto::Ed25519PublicKey& sender,
                                                const wire::FileOffer& offer);

  // Where the file is, once it is whole; it may have been so from the start.
  const std::optional<std::string>& final_path() const { return final_path_; }

  // What was there when it was opened is looked at before anything is added.
  std::uint64_t found() const { return found_; }
  std::uint64_t size() const { return hashed_; }  // of what was looked at or added
  Result<void> look_more();                       // up to disk_piece, while size() < found()

  // Errc::file_no_space, accept_folder.
  Result<void> add(ByteView bytes);

  // All is there: checks, stores, and gives it its name.  Errc::file_mismatch, and nothing of
  // it stays; file_no_space, accept_folder.
  Result<void> finish();

  // Nothing more comes for now: an empty part goes.
  void leave();

  const std::string& key() const { return key_; }  // of this file from this sender

  // The sender knows: nothing is left but the file.
  void settle();

 private:
  FilePart(std::filesystem::path folder, int folder_descriptor, std::string key,
           const wire::FileOffer& offer);

  bool was_kept();
  Result<void> open_part();
  bool has_its_name() const;
  Result<void> check_space(std::uint64_t bytes) const;
  Result<void> sync();
  Result<void> name_it();
  Result<bool> try_name(const std::string& name);
  Result<void> write_kept(const std::string& name);
  std::unexpected<Error> failed(const std::string& what) const;
  std::string part_name() const { return ".sotto-" + key_ + ".part"; }
  std::string kept_name() const { return ".sotto-" + key_ + ".kept"; }

  std::filesystem::path folder_path_;
  Descriptor folder_;
  std::string key_;
  wire::FileOffer offer_;
  std::unique_ptr<Descriptor> part_;
  std::uint64_t found_ = 0;
  std::uint64_t hashed_ = 0;
  std::uint64_t synced_ = 0;
  crypto::Blake2b hash_{sizeof(crypto::Hash32)};
  std::optional<std::string> final_path_;
};

// Errc::accept_folder unless files can be made there.  Removes what has waited for its sender
// for more than two weeks.
Result<void> prepare_folder(const std::filesystem::path& folder);

}  // namespace sotto::node
