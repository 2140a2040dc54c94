// What a gateway is asked for a port, and what it answers: PCP (RFC 6887) and its predecessor
// NAT-PMP (RFC 6886), both in UDP datagrams to and from its port 5351.
//
// PCP, a MAP request (60 bytes) and its response:
//   2 | 1 | zeros (2) | lifetime (4) | our address (16)
//   2 | 0x81 | 0 | result (1) | lifetime (4) | epoch (4) | zeros (12)
//     | nonce (12) | protocol (1) | zeros (3) | internal port (2) | external port (2) |
//     external (16)
// and what it says unasked when it has begun anew (section 14.1):
//   2 | 0x80 | 0 | result (1) | lifetime (4) | epoch (4) | zeros (12)
//
// NAT-PMP, for the external address and for a mapping:
//   0 | 0                                    ->  0 | 128 | result (2) | epoch (4) | address (4)
//   0 | 1 UDP, 2 TCP | zeros (2) | internal (2) | external (2) | lifetime (4)
//                                            ->  0 | 128 + 1 or 2 | result (2) | epoch (4)
//                                                  | internal (2) | external (2) | lifetime (4)
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "base/fixed_bytes.h"
#include "base/time.h"
#include "reach/endpoint.h"
#include "reach/errors.h"

namespace sotto::reach {

inline constexpr std::uint16_t mapping_port = 5351;         // of the gateway
inline constexpr std::size_t mapping_message_limit = 1100;  // bytes (RFC 6887 section 7)

enum class MappedProtocol : std::uint8_t { tcp = 6, udp = 17 };  // IANA's numbers

using MappingNonce = FixedBytes<struct MappingNonceTag, 12>;

// What is asked for: a port of the gateway that leads to one of ours.
struct MappingWish {
  MappedProtocol protocol = MappedProtocol::tcp;
  std::uint16_t internal_port = 0;
  std::uint16_t external_port = 0;  // suggested; 0: any
  seconds lifetime{};               // 0: takes the mapping back
};

// PCP.  `self`: our address as the gateway sees it; an external address may be suggested.
Bytes pcp_map_request(const MappingWish& wish, const MappingNonce& nonce, const IpAddress& self,
                      const std::optional<IpAddress>& external);
// NAT-PMP.
Bytes nat_pmp_address_request();
Bytes nat_pmp_map_request(const MappingWish& wish);

struct PcpMapped {
  std::uint8_t result = 0;  // 0: done
  seconds lifetime{};       // of the mapping, or, with a result, of the refusal
  std::uint32_t epoch = 0;  // seconds
  MappingNonce nonce;
  MappedProtocol protocol = MappedProtocol::tcp;
  std::uint16_t internal_port = 0;
  Endpoint external;
};
struct PcpAnnounced {
  std::uint32_t epoch = 0;
};
struct NatPmpAddress {
  std::uint16_t result = 0;
  std::uint32_t epoch = 0;
  IpAddress external;
};
struct NatPmpMapped {
  std::uint16_t result = 0;
  std::uint32_t epoch = 0;
  MappedProtocol protocol = MappedProtocol::tcp;
  std::uint16_t internal_port = 0;
  std::uint16_t external_port = 0;
  seconds lifetime{};
};
// The gateway speaks another version: NAT-PMP's answer to PCP, or the other way round.
struct UnsupportedVersion {
  std::uint8_t spoken = 0;
};
using MappingAnswer =
    std::variant<PcpMapped, PcpAnnounced, NatPmpAddress, NatPmpMapped, UnsupportedVersion>;

// Errc::mapping_malformed.
Result<MappingAnswer> read_mapping_answer(ByteView datagram);

// What the result of a refusal means, for people: "the gateway has no more ports".
std::string_view describe_pcp_result(std::uint8_t result);
std::string_view describe_nat_pmp_result(std::uint16_t result);

}  // namespace sotto::reach
