// Rendezvous records as files: a folder with one file a blob, named by its publishing key in
// hex, of which a name says nothing to whoever has no record secret.
//
// Files are written beside and renamed into place, so that nobody reads half of one.  A folder
// that several people write to may hold anything: what is no regular file of the right size is
// told, what is inside is rendezvous/search.h's to judge.  Synchronous.
#pragma once
#include <filesystem>
#include <optional>

#include "base/error.h"
#include "base/time.h"
#include "crypto/keys.h"

namespace sotto::node {

class RecordFolder {
 public:
  enum class Kind {
    shared,   // of the person's, who has made it
    machine,  // this user's records, on this machine: made when needed, kept small
  };
  RecordFolder(std::filesystem::path folder, Kind kind)
      : folder_(std::move(folder)), kind_(kind) {}

  // That of this user on this machine, beside the list of open rooms (node/room_registry.h).
  static RecordFolder of_this_machine();

  const std::filesystem::path& path() const { return folder_; }
  Kind kind() const { return kind_; }

  // Errc::directory_failed, all of them.  `blob` begins with its key, as blobs do.
  Result<void> put(ByteView blob) const;
  Result<std::optional<Bytes>> get(const crypto::Ed25519PublicKey& key) const;
  Result<void> remove(const crypto::Ed25519PublicKey& key) const;

  // Of this machine: the folder, for this user alone.  Of a shared one: whether it is there.
  Result<void> prepare() const;

 private:
  bool takes_more(int folder, const std::string& name) const;

  std::filesystem::path folder_;
  Kind kind_;
};

}  // namespace sotto::node
