// What goes over a forward channel (docs/protocol.md section 5, "Forwards").
//
//   metadata = protobuf ForwardOpen
//   message  = 0 (1) | bytes of the stream, in their order
//            | 1 (1) | protobuf ForwardControl
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "base/bytes.h"
#include "wire/errors.h"

namespace sotto::wire {

// What a host calls a service that it exposes: 1 to 32 of a-z, 0-9 and '-'.
bool is_service_name(std::string_view text);
inline constexpr std::size_t service_name_limit = 32;  // bytes

struct ForwardOpen {
  std::string service;
};

enum class ForwardRefusal : std::uint8_t {
  unavailable = 1,  // not exposed, or not to this member: both look the same
  unreachable,      // the service does not answer the host
  busy,             // this member has as many streams as it may
};

struct ForwardOpened {};
struct ForwardRefused {
  ForwardRefusal reason = ForwardRefusal::unavailable;
};
struct ForwardEnd {};

// A view into the message that it was decoded from.
struct ForwardData {
  ByteView bytes;
};

using ForwardFrame = std::variant<ForwardData, ForwardOpened, ForwardRefused, ForwardEnd>;

Bytes encode(const ForwardOpen& open);
Result<ForwardOpen> decode_forward_open(ByteView metadata);  // Errc::malformed

// What stands before the bytes of a stream in their message: whoever fills messages in place
// leaves room for it.
inline constexpr std::size_t forward_data_header = 1;  // bytes
inline constexpr std::byte forward_data_kind{0};

Bytes encode(const ForwardFrame& frame);
// Errc::malformed, also for a kind that this version does not know.
Result<ForwardFrame> decode_forward_frame(ByteView message);

}  // namespace sotto::wire
