// Limits of what may arrive, in one place (docs/protocol.md).  Bytes unless the name says more.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

namespace sotto::wire {

inline constexpr std::size_t message_text_limit = 1 << 20;  // one message
inline constexpr std::size_t room_frame_limit = message_text_limit + 1024;
inline constexpr std::size_t connection_file_limit = 1 << 20;  // as read from disk
inline constexpr std::size_t direct_addresses_limit = 16;      // entries
inline constexpr std::size_t relays_limit = 8;                 // entries
inline constexpr std::size_t forwards_limit = 16;              // entries
inline constexpr std::size_t candidates_limit = 32;            // entries
inline constexpr std::uint64_t candidates_lifetime_limit_ms = 600'000;
inline constexpr std::size_t foundation_limit = 32;
inline constexpr std::size_t host_name_limit = 255;
inline constexpr std::size_t url_limit = 512;
inline constexpr std::size_t payload_limit = 65535;  // cards, records and handshake payloads
inline constexpr unsigned uses_limit = 1'000'000;    // uses of one invite
inline constexpr std::uint64_t time_limit_ms = 253'402'300'799'999;  // the end of the year 9999

// Relays (docs/protocol.md section 7).
inline constexpr std::array<std::size_t, 4> deposit_sizes{512, 4096, 16384, 65535};
inline constexpr std::size_t relay_request_limit = 65535 + 1024;  // one request
inline constexpr std::size_t relay_message_limit = 1 << 18;       // whatever a relay says
inline constexpr std::size_t acknowledged_limit = 256;            // deposits at once
inline constexpr std::size_t access_token_limit = 128;

}  // namespace sotto::wire
