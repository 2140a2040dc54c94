// The protobuf form of a rendezvous record (proto/rendezvous.proto).  What it is for, how it is
// signed and sealed: rendezvous/record.h.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"
#include "crypto/keys.h"
#include "wire/connection_file.h"
#include "wire/errors.h"

namespace sotto::wire {

// How the host came by an address.
enum class AddressSource : std::uint8_t { interface = 1, upnp, nat_pmp, pcp, stun, manual };

struct RecordAddress {
  DirectAddress address;
  AddressSource source = AddressSource::interface;
  friend bool operator==(const RecordAddress&, const RecordAddress&) = default;
};

struct RendezvousRecord {
  std::uint64_t seq = 0;
  WallTime issued;
  WallTime expires;
  std::vector<RecordAddress> direct;
  std::string onion;  // empty: none
  std::uint16_t onion_port = 0;
  std::vector<RelaySlot> relays;
  crypto::Signature signature;
};

// The bytes that the signature covers: everything but the signature, length-prefixed (layout in
// record.cpp).  The label before them is rendezvous/record.h's.
Bytes signed_bytes(const RendezvousRecord& record);

Bytes encode(const RendezvousRecord& record);
Result<RendezvousRecord> decode_record(ByteView bytes);  // Errc::malformed, over_limit, version

}  // namespace sotto::wire
