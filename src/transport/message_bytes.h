// A MessageStream as a stream of bytes: where one message ends and the next begins means
// nothing.
#pragma once
#include <memory>

#include "transport/byte_stream.h"
#include "transport/message_stream.h"

namespace sotto::transport {

// What is written goes out in messages of at most this many bytes: the longest record of a link
// fits into one.
inline constexpr std::size_t message_bytes_limit = (1 << 16) + 64;

// Owns `messages`.
std::unique_ptr<ByteStream> as_byte_stream(std::unique_ptr<MessageStream> messages);

}  // namespace sotto::transport
