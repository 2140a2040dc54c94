// The open rooms of this machine and user: how `join ROOM_ID` finds where one is
// (docs/protocol.md section 3, "Open rooms").
//
// A folder with one file a room, named by its id:
//
//   $XDG_RUNTIME_DIR/sotto/rooms, else /run/user/UID/sotto/rooms, else TMP/sotto-UID/rooms
//
// The host holds a lock (flock) on its file while it runs, so what a dead one left is told from
// what lives, and removed by whoever comes across it.  It says where to knock and nothing of
// who answers: keys are the handshake's, and the person's to confirm.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/fixed_bytes.h"
#include "net/tcp.h"

namespace sotto::node {

struct ListedRoom {
  RoomId id;
  std::vector<net::HostPort> addresses;
};

// A room is listed for as long as this lives.
class RoomListing {
 public:
  RoomListing(RoomListing&& other) noexcept;
  RoomListing& operator=(RoomListing&& other) noexcept;
  ~RoomListing();

 private:
  friend class RoomRegistry;
  RoomListing(std::filesystem::path folder, std::string name, int descriptor);

  std::filesystem::path folder_;
  std::string name_;
  int descriptor_ = -1;  // holds the lock; negative: moved from
};

class RoomRegistry {
 public:
  // This user's; the folder is made when first needed.
  RoomRegistry();
  explicit RoomRegistry(std::filesystem::path folder) : folder_(std::move(folder)) {}

  const std::filesystem::path& folder() const { return folder_; }
  // Errc::registry, as list().
  Result<void> make() const;

  // Errc::registry: the folder cannot be made, or is not this user's alone.
  Result<RoomListing> list(const ListedRoom& room) const;

  // Nothing when no running host has listed it.  Errc::registry.
  Result<std::optional<ListedRoom>> find(const RoomId& id) const;

 private:
  std::filesystem::path folder_;
};

// The content of a file, both ways.  Decoding gives nothing for what encode_listing() would not
// write.
std::string encode_listing(const ListedRoom& room);
std::optional<ListedRoom> decode_listing(const RoomId& id, std::string_view text);

}  // namespace sotto::node
