// The input as the content of a backup, read into a new store: what is no archive leaves
// nothing behind, and what is one comes out again as it went in.
//
// The store is in a folder that is removed each time.
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <unistd.h>

#include "fuzz/round_trip.h"
#include "store/archive.h"
#include "store/rooms.h"
#include "support/seeded_entropy.h"

namespace {

using namespace sotto;

// A folder that goes with everything in it.
class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "archive-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) std::abort();
    path_ = pattern;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::filesystem::path file(const char* name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes = std::as_bytes(std::span(data, size));
  const Folder folder;
  SeededEntropy entropy(1);
  const crypto::SymmetricKey key(entropy);
  auto store = store::Database::open(folder.file("sotto.db"), key, entropy);
  require(store.has_value());
  const auto filled = store::fill_from_archive(*store, bytes);
  if (!filled) {
    const auto rooms = store::Rooms(*store).all();
    require(rooms && rooms->empty());
    return 0;
  }
  const auto again = store::make_archive(*store, filled->created);
  require(again.has_value());
  require(again->contents.messages == filled->contents.messages);
  require(again->contents.contacts == filled->contents.contacts);
  require(again->contents.rooms == filled->contents.rooms);
  return 0;
}
