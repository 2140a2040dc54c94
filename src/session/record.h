// Records: frames packed, padded and encrypted, so that the wire shows sizes from a set of four
// (docs/protocol.md section 4).
//
//   record = length (2, big-endian) | one Noise transport message of 512, 4096, 16384 or 65535
//
// After every 4096 records of a direction its key is replaced (Noise REKEY), on both sides.
// Bytes in, bytes out; each object serves one direction of one link.
#pragma once
#include <array>
#include <cstdint>
#include <optional>

#include "noise/cipher_state.h"
#include "wire/frame.h"

namespace sotto::session {

inline constexpr std::array<std::size_t, 4> record_sizes{512, 4096, 16384, 65535};
inline constexpr std::uint64_t records_per_key = 4096;
inline constexpr std::size_t record_header_bytes = 2;
inline constexpr std::size_t record_payload_limit = record_sizes.back() - noise::tag_bytes;

// Collects frames, then seals them as one record.
class RecordSealer {
 public:
  explicit RecordSealer(noise::CipherState cipher);

  bool empty() const { return used_ == 0; }
  // The longest body that one more frame may have; 0 when none fits.
  std::size_t room() const;

  // Adds a frame and returns its body (body_bytes <= room()) for the caller to fill before the
  // next call.
  MutableBytes add(wire::FrameType type, std::size_t body_bytes);

  // The record on the wire, valid until the next add(); the sealer is empty again.
  // noise's nonce_exhausted.
  Result<ByteView> seal();

 private:
  noise::CipherState cipher_;
  Bytes buffer_;
  std::size_t used_ = 0;  // bytes of frames
  std::uint64_t records_ = 0;
};

// Takes bytes as they arrive and yields the plaintexts of whole records.
class RecordOpener {
 public:
  explicit RecordOpener(noise::CipherState cipher);

  // Where the next bytes from the stream go; never empty.  Ends the life of plaintexts.
  MutableBytes space();
  void filled(std::size_t bytes);
  // Whether there are bytes that no next() has taken: once it has nothing, a record's
  // beginning.
  bool partial() const { return end_ > begin_; }

  // The frames of the next whole record, a view that lives until space(); nothing when more
  // bytes are needed.  session's link_lost when a length is none of the four or the record is
  // not authentic: the link is dead then.
  Result<std::optional<ByteView>> next();

 private:
  noise::CipherState cipher_;
  Bytes buffer_;
  std::size_t begin_ = 0;  // of what was not opened yet
  std::size_t end_ = 0;
  std::uint64_t records_ = 0;
};

// A link has ended because what came was not what the peer had sent: no network does that by
// itself.
bool is_tampering(const Error& why);

}  // namespace sotto::session
