// The content of a connection file (docs/protocol.md section 2): who the host is, how to reach
// it and what admits the bearer.  Sealing it into a file is crypto/sealed_file.h's.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/fixed_bytes.h"
#include "base/time.h"
#include "crypto/card.h"
#include "wire/errors.h"

namespace sotto::wire {

struct DirectAddress {
  std::string host;  // an IP literal without brackets, or a DNS name
  std::uint16_t port = 0;
  friend bool operator==(const DirectAddress&, const DirectAddress&) = default;
};

struct OnionAddress {
  std::string address;  // with ".onion"
  std::uint16_t port = 0;
  std::optional<crypto::X25519SecretKey> client_auth_key;
};

using SlotId = FixedBytes<struct SlotIdTag, 32>;

struct RelaySlot {
  std::string url;  // with its #pin=
  SlotId slot;
  friend bool operator==(const RelaySlot&, const RelaySlot&) = default;
};

// Every way to reach a host.
struct Reach {
  std::vector<DirectAddress> direct;
  std::optional<OnionAddress> onion;
  std::vector<RelaySlot> relays;
  bool tor_only = false;  // docs/protocol.md section 8
};

struct Permissions {
  bool chat = true;
  bool files = false;
  std::vector<std::string> forwards;
  friend bool operator==(const Permissions&, const Permissions&) = default;
};

struct ConnectionFile {
  crypto::Card host;
  RoomId room_id;
  std::string room_name;
  InviteId invite_id;
  crypto::SymmetricKey psk;
  crypto::SymmetricKey record_secret;
  std::uint32_t uses = 1;
  std::optional<WallTime> expires;
  Permissions allow;
  Reach reach;
};

// Reach on its own is kept in the store beside each room.  Decoders: Errc::malformed,
// over_limit, version; crypto's card_invalid.
Secret encode(const Reach& reach);
Result<Reach> decode_reach(ByteView bytes);

Bytes encode(const Permissions& permissions);
Result<Permissions> decode_permissions(ByteView bytes);

Secret encode(const ConnectionFile& file);
Result<ConnectionFile> decode_connection_file(ByteView bytes);

}  // namespace sotto::wire
