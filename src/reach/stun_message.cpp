#include "reach/stun_message.h"

#include <algorithm>
#include <boost/crc.hpp>
#include <cassert>

#include "base/big_endian.h"
#include "crypto/legacy_hash.h"

namespace sotto::reach {
namespace {

namespace ip = boost::asio::ip;

constexpr std::uint32_t magic_cookie = 0x2112a442;
constexpr std::uint32_t fingerprint_mask = 0x5354554e;  // "STUN"
constexpr std::size_t attribute_head_bytes = 4;
constexpr std::size_t fingerprint_bytes = attribute_head_bytes + 4;
constexpr std::size_t integrity_bytes = attribute_head_bytes + std::tuple_size_v<crypto::Sha1>;
constexpr std::byte family_v4{1};
constexpr std::byte family_v6{2};

std::unexpected<Error> malformed(const std::string& complaint) {
  return fail(Errc::stun_malformed, "A STUN message " + complaint +
                                        ". Check that the server's address and port are those "
                                        "of a STUN or TURN server.");
}

constexpr std::size_t padded(std::size_t length) {
  return (length + 3) & ~std::size_t{3};
}

// The class has two of the bits between those of the method: M11..M7 C1 M6..M4 C0 M3..M0.
std::uint16_t join_type(StunMethod method, StunClass message_class) {
  const auto m = static_cast<unsigned>(method);
  const auto c = static_cast<unsigned>(message_class);
  return static_cast<std::uint16_t>((m & 0x000fU) | ((m & 0x0070U) << 1) |
                                    ((m & 0x0f80U) << 2) | ((c & 1U) << 4) | ((c & 2U) << 7));
}

StunMethod method_of(std::uint16_t type) {
  return static_cast<StunMethod>((type & 0x000fU) | ((type & 0x00e0U) >> 1) |
                                 ((type & 0x3e00U) >> 2));
}

StunClass class_of(std::uint16_t type) {
  return static_cast<StunClass>(((type >> 4) & 1U) | ((type >> 7) & 2U));
}

bool is_xored(StunType type) {
  return type == StunType::xor_mapped_address || type == StunType::xor_peer_address ||
         type == StunType::xor_relayed_address;
}

bool is_known(std::uint16_t type) {
  switch (static_cast<StunType>(type)) {
    case StunType::mapped_address:
    case StunType::change_request:
    case StunType::username:
    case StunType::message_integrity:
    case StunType::error_code:
    case StunType::unknown_attributes:
    case StunType::channel_number:
    case StunType::lifetime:
    case StunType::xor_peer_address:
    case StunType::data:
    case StunType::realm:
    case StunType::nonce:
    case StunType::xor_relayed_address:
    case StunType::requested_address_family:
    case StunType::requested_transport:
    case StunType::dont_fragment:
    case StunType::xor_mapped_address:
    case StunType::priority:
    case StunType::use_candidate:
    case StunType::padding:
    case StunType::response_port:
      return true;
    default:
      return false;
  }
}

std::uint32_t fingerprint_of(ByteView before) {
  boost::crc_32_type crc;
  crc.process_bytes(before.data(), before.size());
  return crc.checksum() ^ fingerprint_mask;
}

// What an XORed address is masked with: the magic cookie and the transaction (section 14.2).
std::array<std::byte, 16> mask_of(const StunTransaction& transaction) {
  std::array<std::byte, 16> mask;
  store_be(MutableBytes(mask), magic_cookie);
  std::ranges::copy(transaction.view(), mask.begin() + 4);
  return mask;
}

void apply(const std::array<std::byte, 16>& mask, MutableBytes address) {
  for (std::size_t i = 0; i < address.size(); ++i) address[i] ^= mask[i];
}

void set_length(Bytes& message, std::size_t length) {
  store_be(MutableBytes(message).subspan(2), static_cast<std::uint16_t>(length));
}

void append_attribute(Bytes& out, std::uint16_t type, ByteView value) {
  append_be(out, type);
  append_be(out, static_cast<std::uint16_t>(value.size()));
  append(out, value);
  out.resize(padded(out.size()));
}

// The last of a message, over all before it; the length counts it already.
void append_fingerprint(Bytes& message) {
  set_length(message, message.size() + fingerprint_bytes - stun_head_bytes);
  std::array<std::byte, 4> value;
  store_be(MutableBytes(value), fingerprint_of(message));
  append_attribute(message, static_cast<std::uint16_t>(StunType::fingerprint), value);
}

}  // namespace

bool looks_like_stun(ByteView bytes) {
  return bytes.size() >= stun_head_bytes && (bytes[0] & std::byte{0xc0}) == std::byte{0} &&
         load_be<std::uint32_t>(bytes.subspan(4)) == magic_cookie;
}

Result<StunMessage> StunMessage::decode(ByteView bytes) {
  if (!looks_like_stun(bytes)) return malformed("does not begin as one");
  const std::size_t length = load_be<std::uint16_t>(bytes.subspan(2));
  if (length % 4 != 0 || bytes.size() != stun_head_bytes + length) {
    return malformed("is not as long as it says");
  }
  const auto type = load_be<std::uint16_t>(bytes);
  StunMessage message(method_of(type), class_of(type),
                      *StunTransaction::from(bytes.subspan(8, StunTransaction::size)));
  std::size_t at = stun_head_bytes;
  while (at < bytes.size()) {
    const std::size_t begin = at;
    const auto kind = load_be<std::uint16_t>(bytes.subspan(at));
    const std::size_t size = load_be<std::uint16_t>(bytes.subspan(at + 2));
    at += attribute_head_bytes;
    if (padded(size) > bytes.size() - at) return malformed("has an attribute without end");
    const ByteView value = bytes.subspan(at, size);
    at += padded(size);
    if (static_cast<StunType>(kind) == StunType::fingerprint) {
      const bool holds = size == 4 && at == bytes.size() &&
                         load_be<std::uint32_t>(value) == fingerprint_of(bytes.first(begin));
      if (!holds) return malformed("was changed on the way");
      break;
    }
    if (!message.covered_.empty()) continue;  // section 14.5: nobody vouches for it
    message.attributes_.push_back({kind, to_bytes(value)});
    if (static_cast<StunType>(kind) != StunType::message_integrity) continue;
    if (size != integrity_bytes - attribute_head_bytes) return malformed("has half a digest");
    message.covered_ = to_bytes(bytes.first(begin));
    set_length(message.covered_, begin + integrity_bytes - stun_head_bytes);
  }
  return message;
}

void StunMessage::add(StunType type, ByteView value) {
  attributes_.push_back({static_cast<std::uint16_t>(type), to_bytes(value)});
}

void StunMessage::add_u32(StunType type, std::uint32_t value) {
  std::array<std::byte, sizeof value> bytes;
  store_be(MutableBytes(bytes), value);
  add(type, ByteView(bytes));
}

void StunMessage::add_u64(StunType type, std::uint64_t value) {
  std::array<std::byte, sizeof value> bytes;
  store_be(MutableBytes(bytes), value);
  add(type, ByteView(bytes));
}

// zero (1) | family (1) | port (2) | address (4 or 16)
void StunMessage::add_address(StunType type, const Endpoint& address) {
  Bytes value{std::byte{0}, address.address.is_v4() ? family_v4 : family_v6};
  append_be(value, address.port);
  const auto append_host = [&value](const auto& host) {
    append(value, std::as_bytes(std::span(host)));
  };
  if (address.address.is_v4()) {
    append_host(address.address.to_v4().to_bytes());
  } else {
    append_host(address.address.to_v6().to_bytes());
  }
  if (is_xored(type)) {
    const auto mask = mask_of(transaction_);
    apply(mask, MutableBytes(value).subspan(2, 2));
    apply(mask, MutableBytes(value).subspan(4));
  }
  add(type, ByteView(value));
}

// zeros (2) | hundreds (1) | rest (1) | reason
void StunMessage::add_error(int code, std::string_view reason) {
  assert(code >= 300 && code <= 699);
  Bytes value{std::byte{0}, std::byte{0}, static_cast<std::byte>(code / 100),
              static_cast<std::byte>(code % 100)};
  append(value, as_bytes(reason));
  add(StunType::error_code, ByteView(value));
}

std::optional<ByteView> StunMessage::find(StunType type) const {
  const auto found =
      std::ranges::find(attributes_, static_cast<std::uint16_t>(type), &Attribute::type);
  if (found == attributes_.end()) return std::nullopt;
  return ByteView(found->value);
}

std::optional<std::string> StunMessage::text(StunType type) const {
  const auto value = find(type);
  if (!value) return std::nullopt;
  return sotto::to_string(*value);
}

std::optional<std::uint32_t> StunMessage::u32(StunType type) const {
  const auto value = find(type);
  if (!value || value->size() != 4) return std::nullopt;
  return load_be<std::uint32_t>(*value);
}

std::optional<std::uint64_t> StunMessage::u64(StunType type) const {
  const auto value = find(type);
  if (!value || value->size() != 8) return std::nullopt;
  return load_be<std::uint64_t>(*value);
}

std::optional<Endpoint> StunMessage::address(StunType type) const {
  const auto found = find(type);
  if (!found || found->size() < 4) return std::nullopt;
  Bytes value = to_bytes(*found);
  if (is_xored(type)) {
    const auto mask = mask_of(transaction_);
    apply(mask, MutableBytes(value).subspan(2, 2));
    apply(mask, MutableBytes(value).subspan(4, std::min<std::size_t>(value.size() - 4, 16)));
  }
  const auto port = load_be<std::uint16_t>(ByteView(value).subspan(2));
  const ByteView host = ByteView(value).subspan(4);
  if (value[1] == family_v4 && host.size() == 4) {
    return Endpoint{ip::address_v4(load_be<std::uint32_t>(host)), port};
  }
  if (value[1] != family_v6 || host.size() != 16) return std::nullopt;
  ip::address_v6::bytes_type bytes;
  std::ranges::copy(host, std::as_writable_bytes(std::span(bytes)).begin());
  return Endpoint{unmapped(ip::address_v6(bytes)), port};
}

std::optional<StunError> StunMessage::error() const {
  const auto value = find(StunType::error_code);
  if (!value || value->size() < 4) return std::nullopt;
  const int hundreds = static_cast<int>((*value)[2]) & 7;
  const int rest = static_cast<int>((*value)[3]);
  if (hundreds < 3 || hundreds > 6 || rest > 99) return std::nullopt;
  return StunError{hundreds * 100 + rest, sotto::to_string(value->subspan(4))};
}

std::vector<std::uint16_t> StunMessage::not_understood() const {
  std::vector<std::uint16_t> types;
  for (const Attribute& attribute : attributes_) {
    if (attribute.type < 0x8000 && !is_known(attribute.type)) types.push_back(attribute.type);
  }
  return types;
}

Bytes StunMessage::encode_attributes() const {
  Bytes out;
  append_be(out, join_type(method_, class_));
  append_be(out, std::uint16_t{0});
  append_be(out, magic_cookie);
  append(out, transaction_.view());
  for (const Attribute& attribute : attributes_) {
    if (static_cast<StunType>(attribute.type) == StunType::message_integrity) continue;
    append_attribute(out, attribute.type, attribute.value);
  }
  assert(out.size() + integrity_bytes + fingerprint_bytes <= stun_message_limit);
  set_length(out, out.size() - stun_head_bytes);
  return out;
}

Bytes StunMessage::encode(bool fingerprint) const {
  Bytes out = encode_attributes();
  if (fingerprint) append_fingerprint(out);
  return out;
}

Bytes StunMessage::encode_authentic(ByteView key, bool fingerprint) const {
  Bytes out = encode_attributes();
  set_length(out, out.size() + integrity_bytes - stun_head_bytes);
  const crypto::Sha1 digest = crypto::hmac_sha1(key, {out});
  append_attribute(out, static_cast<std::uint16_t>(StunType::message_integrity), digest);
  if (fingerprint) append_fingerprint(out);
  return out;
}

bool StunMessage::is_authentic(ByteView key) const {
  const auto digest = find(StunType::message_integrity);
  if (!digest || covered_.empty()) return false;
  const crypto::Sha1 expected = crypto::hmac_sha1(key, {covered_});
  std::byte difference{0};
  for (std::size_t i = 0; i < expected.size(); ++i) difference |= expected[i] ^ (*digest)[i];
  return difference == std::byte{0};
}

Bytes long_term_key(std::string_view username, std::string_view realm,
                    std::string_view password) {
  const crypto::Md5 digest = crypto::md5(
      {as_bytes(username), as_bytes(":"), as_bytes(realm), as_bytes(":"), as_bytes(password)});
  return to_bytes(ByteView(digest));
}

}  // namespace sotto::reach
