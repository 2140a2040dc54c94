// STUN messages (RFC 8489 sections 5 and 14), also those of TURN (RFC 8656) and ICE (RFC 8445):
//
//   class and method (2) | length of what follows the head (2) | 0x2112a442 (4) | transaction
//   (12) then for each attribute: type (2) | length (2) | value | padding to a multiple of four
//
// An authentic message has MESSAGE-INTEGRITY near its end: HMAC-SHA1 over what stands before
// it.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fixed_bytes.h"
#include "reach/endpoint.h"
#include "reach/errors.h"

namespace sotto::reach {

using StunTransaction = FixedBytes<struct StunTransactionTag, 12>;

enum class StunClass : std::uint8_t { request = 0, indication = 1, success = 2, error = 3 };

enum class StunMethod : std::uint16_t {
  binding = 0x001,
  allocate = 0x003,
  refresh = 0x004,
  send = 0x006,
  data = 0x007,
  create_permission = 0x008,
  channel_bind = 0x009,
};

// Below 0x8000 who receives it must understand it.
enum class StunType : std::uint16_t {
  mapped_address = 0x0001,
  change_request = 0x0003,
  username = 0x0006,
  message_integrity = 0x0008,
  error_code = 0x0009,
  unknown_attributes = 0x000a,
  channel_number = 0x000c,
  lifetime = 0x000d,
  xor_peer_address = 0x0012,
  data = 0x0013,
  realm = 0x0014,
  nonce = 0x0015,
  xor_relayed_address = 0x0016,
  requested_address_family = 0x0017,
  requested_transport = 0x0019,
  dont_fragment = 0x001a,
  xor_mapped_address = 0x0020,
  priority = 0x0024,
  use_candidate = 0x0025,
  padding = 0x0026,
  response_port = 0x0027,
  software = 0x8022,
  fingerprint = 0x8028,
  ice_controlled = 0x8029,
  ice_controlling = 0x802a,
  response_origin = 0x802b,
  other_address = 0x802c,
};

struct StunError {
  int code = 0;        // 300 to 699
  std::string reason;  // for people; foreign
};

inline constexpr std::size_t stun_head_bytes = 20;
inline constexpr std::size_t stun_message_limit = 65'535 + stun_head_bytes;

// Whether these may be the first bytes of a STUN message, and not of other traffic on its port.
bool looks_like_stun(ByteView bytes);

class StunMessage {
 public:
  StunMessage(StunMethod method, StunClass message_class, const StunTransaction& transaction)
      : method_(method), class_(message_class), transaction_(transaction) {}

  // One whole message.  What stands behind its MESSAGE-INTEGRITY is left out; a FINGERPRINT is
  // checked where there is one.  Errc::stun_malformed.
  static Result<StunMessage> decode(ByteView bytes);

  StunMethod method() const { return method_; }
  StunClass message_class() const { return class_; }
  const StunTransaction& transaction() const { return transaction_; }

  // --- attributes, in their order; of several of a type the first counts

  void add(StunType type, ByteView value);  // at most 65,535 bytes in all (asserted)
  void add(StunType type, std::string_view text) { add(type, as_bytes(text)); }
  void add_u32(StunType type, std::uint32_t value);
  void add_u64(StunType type, std::uint64_t value);
  void add_address(StunType type, const Endpoint& address);  // XORed where the type says so
  void add_error(int code, std::string_view reason);

  bool has(StunType type) const { return find(type).has_value(); }
  std::optional<ByteView> find(StunType type) const;  // valid until add()
  std::optional<std::string> text(StunType type) const;
  std::optional<std::uint32_t> u32(StunType type) const;
  std::optional<std::uint64_t> u64(StunType type) const;
  std::optional<Endpoint> address(StunType type) const;
  std::optional<StunError> error() const;

  // The types of those that must be understood and are not in StunType.
  std::vector<std::uint16_t> not_understood() const;

  // --- the whole

  // With FINGERPRINT where `fingerprint` says so.
  Bytes encode(bool fingerprint = true) const;
  // And with MESSAGE-INTEGRITY under `key`: a password, or long_term_key().
  Bytes encode_authentic(ByteView key, bool fingerprint = true) const;

  // Of a decoded message: whether its MESSAGE-INTEGRITY is there and was made with `key`.
  bool is_authentic(ByteView key) const;

 private:
  struct Attribute {
    std::uint16_t type;
    Bytes value;
  };

  Bytes encode_attributes() const;

  StunMethod method_;
  StunClass class_;
  StunTransaction transaction_;
  std::vector<Attribute> attributes_;
  // Of a decoded one: what its integrity covers, with the length that it counts.
  Bytes covered_;
};

// MD5(username ":" realm ":" password) (RFC 8489 section 9.2.2).
Bytes long_term_key(std::string_view username, std::string_view realm,
                    std::string_view password);

}  // namespace sotto::reach
