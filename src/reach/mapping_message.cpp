#include "reach/mapping_message.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <string>

#include "base/big_endian.h"

namespace sotto::reach {
namespace {

namespace ip = boost::asio::ip;

constexpr std::byte pcp_version{2};
constexpr std::byte nat_pmp_version{0};
constexpr std::byte response_bit{0x80};
constexpr std::byte announce_opcode{0};
constexpr std::byte map_opcode{1};
constexpr std::size_t pcp_head_bytes = 24;
constexpr std::size_t pcp_map_bytes = pcp_head_bytes + 36;
constexpr std::uint8_t pcp_unsupported_version = 1;
constexpr std::uint16_t nat_pmp_unsupported_version = 1;

std::unexpected<Error> malformed(const std::string& complaint) {
  return fail(Errc::mapping_malformed,
              "The gateway's answer to a request for a port " + complaint +
                  ". Update the router, or forward a port by hand (--advertise).");
}

// Every address has 16 bytes there: those of IPv4 are mapped.
void append_address(Bytes& out, const IpAddress& address) {
  const auto v6 =
      address.is_v4() ? ip::make_address_v6(ip::v4_mapped, address.to_v4()) : address.to_v6();
  const auto bytes = v6.to_bytes();
  append(out, std::as_bytes(std::span(bytes)));
}

IpAddress read_address(ByteView bytes) {
  ip::address_v6::bytes_type out;
  std::ranges::copy(bytes.first(out.size()), std::as_writable_bytes(std::span(out)).begin());
  return unmapped(ip::address_v6(out));
}

std::uint32_t count(seconds lifetime) {
  assert(lifetime.count() >= 0 && lifetime.count() <= UINT32_MAX);
  return static_cast<std::uint32_t>(lifetime.count());
}

Result<MappingAnswer> read_pcp(ByteView in) {
  PcpMapped out;
  out.result = static_cast<std::uint8_t>(in[3]);
  if (out.result == pcp_unsupported_version) {
    return UnsupportedVersion{static_cast<std::uint8_t>(pcp_version)};
  }
  if (in.size() < pcp_head_bytes || in.size() % 4 != 0) return malformed("is cut off");
  if (in[1] == (response_bit | announce_opcode)) {
    return PcpAnnounced{load_be<std::uint32_t>(in.subspan(8))};
  }
  if (in[1] != (response_bit | map_opcode)) return malformed("is to another question");
  if (in.size() < pcp_map_bytes) return malformed("is cut off");
  out.lifetime = seconds(load_be<std::uint32_t>(in.subspan(4)));
  out.epoch = load_be<std::uint32_t>(in.subspan(8));
  const ByteView map = in.subspan(pcp_head_bytes);
  out.nonce = *MappingNonce::from(map.first(MappingNonce::size));
  const auto protocol = static_cast<std::uint8_t>(map[12]);
  if (protocol != static_cast<std::uint8_t>(MappedProtocol::tcp) &&
      protocol != static_cast<std::uint8_t>(MappedProtocol::udp)) {
    return malformed("is about a protocol that was not asked about");
  }
  out.protocol = static_cast<MappedProtocol>(protocol);
  out.internal_port = load_be<std::uint16_t>(map.subspan(16));
  out.external = {read_address(map.subspan(20)), load_be<std::uint16_t>(map.subspan(18))};
  return out;
}

Result<MappingAnswer> read_nat_pmp(ByteView in) {
  const auto kind = static_cast<std::uint8_t>(in[1]);
  const auto result = load_be<std::uint16_t>(in.subspan(2));
  if (result == nat_pmp_unsupported_version) {
    return UnsupportedVersion{static_cast<std::uint8_t>(nat_pmp_version)};
  }
  if (in.size() < 8) return malformed("is cut off");
  const auto epoch = load_be<std::uint32_t>(in.subspan(4));
  if (kind == 128) {
    NatPmpAddress out{result, epoch, {}};
    if (result == 0 && in.size() < 12) return malformed("is cut off");
    if (in.size() >= 12) out.external = ip::address_v4(load_be<std::uint32_t>(in.subspan(8)));
    return out;
  }
  if (kind != 129 && kind != 130) return malformed("is to another question");
  NatPmpMapped out{result, epoch, kind == 129 ? MappedProtocol::udp : MappedProtocol::tcp};
  if (result == 0 && in.size() < 16) return malformed("is cut off");
  if (in.size() < 16) return out;
  out.internal_port = load_be<std::uint16_t>(in.subspan(8));
  out.external_port = load_be<std::uint16_t>(in.subspan(10));
  out.lifetime = seconds(load_be<std::uint32_t>(in.subspan(12)));
  return out;
}

}  // namespace

Bytes pcp_map_request(const MappingWish& wish, const MappingNonce& nonce, const IpAddress& self,
                      const std::optional<IpAddress>& external) {
  Bytes out{pcp_version, map_opcode, std::byte{0}, std::byte{0}};
  append_be(out, count(wish.lifetime));
  append_address(out, self);
  append(out, nonce.view());
  out.push_back(static_cast<std::byte>(wish.protocol));
  out.resize(out.size() + 3);
  append_be(out, wish.internal_port);
  append_be(out, wish.external_port);
  // No suggestion is the unspecified address of the family (RFC 6887 section 11.1).
  const IpAddress any =
      self.is_v4() ? IpAddress(ip::address_v4()) : IpAddress(ip::address_v6());
  append_address(out, external.value_or(any));
  return out;
}

Bytes nat_pmp_address_request() {
  return {nat_pmp_version, std::byte{0}};
}

Bytes nat_pmp_map_request(const MappingWish& wish) {
  const std::byte opcode{wish.protocol == MappedProtocol::udp ? std::uint8_t{1}
                                                              : std::uint8_t{2}};
  Bytes out{nat_pmp_version, opcode, std::byte{0}, std::byte{0}};
  append_be(out, wish.internal_port);
  append_be(out, wish.external_port);
  append_be(out, count(wish.lifetime));
  return out;
}

Result<MappingAnswer> read_mapping_answer(ByteView datagram) {
  if (datagram.size() < 4 || datagram.size() > mapping_message_limit) {
    return malformed("has a wrong size");
  }
  if ((datagram[1] & response_bit) == std::byte{0}) return malformed("is a request");
  if (datagram[0] == pcp_version) return read_pcp(datagram);
  if (datagram[0] == nat_pmp_version) return read_nat_pmp(datagram);
  return UnsupportedVersion{static_cast<std::uint8_t>(datagram[0])};
}

std::string_view describe_pcp_result(std::uint8_t result) {
  constexpr std::array<std::string_view, 14> words{
      "it is done",
      "the gateway speaks another version",
      "the gateway does not allow it",
      "the gateway did not understand the request",
      "the gateway maps no ports",
      "the gateway does not know an option",
      "the gateway did not understand an option",
      "the gateway has no network itself",
      "the gateway has no more ports",
      "the gateway does not map this protocol",
      "this machine has as many ports as it may",
      "the gateway cannot give the port that was asked for",
      "another NAT lies between this machine and the gateway",
      "the gateway allows no more peers",
  };
  return result < words.size() ? words[result] : "the gateway gave an unknown reason";
}

std::string_view describe_nat_pmp_result(std::uint16_t result) {
  constexpr std::array<std::string_view, 6> words{
      "it is done",
      "the gateway speaks another version",
      "the gateway does not allow it",
      "the gateway has no network itself",
      "the gateway has no more ports",
      "the gateway maps no ports",
  };
  return result < words.size() ? words[result] : "the gateway gave an unknown reason";
}

}  // namespace sotto::reach
