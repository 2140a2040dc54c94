// What goes over a file channel (docs/protocol.md section 5, "Files").
//
//   metadata = protobuf FileOffer
//   message  = 0 (1) | bytes of the file, in their order
//            | 1 (1) | protobuf FileControl
#pragma once
#include <cstdint>
#include <string>
#include <variant>

#include "base/fixed_bytes.h"
#include "crypto/hash.h"
#include "wire/errors.h"

namespace sotto::wire {

using FileId = FixedBytes<struct FileIdTag, 16>;  // chosen by the sender

inline constexpr std::uint64_t file_size_limit = std::uint64_t{1} << 60;  // bytes

struct FileOffer {
  FileId id;
  std::string name;        // is_file_name()
  std::uint64_t size = 0;  // bytes
  crypto::Hash32 hash{};   // BLAKE2b-256 of the whole
  friend bool operator==(const FileOffer&, const FileOffer&) = default;
};

enum class FileRefusal : std::uint8_t {
  not_accepted = 1,  // nobody there takes files
  not_allowed,       // not from this member
  too_large,
  no_space,
  damaged,  // what came is not what the hash says
  busy,     // too many at once, or this one comes over another channel at the moment
  failed,   // the receiver's disk or folder
};

struct FileProgress {
  std::uint64_t bytes = 0;
};
struct FileAccepted {
  std::uint64_t offset = 0;
};
struct FileRefused {
  FileRefusal reason = FileRefusal::not_accepted;
};
struct FileKept {};

// A view into the message that it was decoded from.
struct FileData {
  ByteView bytes;
};

using FileFrame = std::variant<FileData, FileProgress, FileAccepted, FileRefused, FileKept>;

Bytes encode(const FileOffer& offer);
Result<FileOffer> decode_file_offer(ByteView metadata);  // Errc::malformed

// What stands before the bytes of a file in their message: whoever fills messages in place
// leaves room for it.
inline constexpr std::size_t file_data_header = 1;  // bytes
inline constexpr std::byte file_data_kind{0};

Bytes encode(const FileFrame& frame);
// Errc::malformed, also for a kind that this version does not know.
Result<FileFrame> decode_file_frame(ByteView message);

}  // namespace sotto::wire
