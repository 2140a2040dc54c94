// Protobuf's encoding by hand, so that tests can write what the encoders never would.  A field
// added to an encoded message overrides the one it has (or merges, when it is a message).
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace sotto {

class ProtobufWriter {
 public:
  ProtobufWriter() = default;
  explicit ProtobufWriter(ByteView encoded) : bytes_(to_bytes(encoded)) {}

  ProtobufWriter& varint(std::uint32_t field, std::uint64_t value) {
    put(std::uint64_t{field} << 3);
    put(value);
    return *this;
  }
  ProtobufWriter& bytes(std::uint32_t field, ByteView value) {
    put((std::uint64_t{field} << 3) | 2);
    put(value.size());
    append(bytes_, value);
    return *this;
  }
  ProtobufWriter& text(std::uint32_t field, std::string_view value) {
    return bytes(field, as_bytes(value));
  }
  // `length` bytes of no meaning.
  ProtobufWriter& filler(std::uint32_t field, std::size_t length) {
    return text(field, std::string(length, 'x'));
  }
  ProtobufWriter& message(std::uint32_t field, const ProtobufWriter& value) {
    return bytes(field, value.bytes_);
  }

  operator ByteView() const { return bytes_; }

 private:
  void put(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_.push_back(static_cast<std::byte>(value | 0x80));
    bytes_.push_back(static_cast<std::byte>(value));
  }

  Bytes bytes_;
};

}  // namespace sotto
