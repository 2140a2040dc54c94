#include "wire/record.h"

#include "base/big_endian.h"
#include "rendezvous.pb.h"
#include "wire/fields.h"
#include "wire/limits.h"

namespace sotto::wire {
namespace {

constexpr Structure structure{"The host's record", "Wait for the host to publish a new one."};

void append_text(Bytes& out, std::string_view text) {
  append_be(out, static_cast<std::uint16_t>(text.size()));
  append(out, as_bytes(text));
}

void read_addresses(FieldReader& in, const proto::RendezvousRecord& message,
                    RendezvousRecord& record) {
  in.check_count("number of direct addresses", message.direct().size(), direct_addresses_limit);
  in.check_count("number of relays", message.relays().size(), relays_limit);
  if (in.failed()) return;
  for (const proto::RecordAddress& direct : message.direct()) {
    record.direct.push_back(
        {.address = {.host = in.host("direct address", direct.host()),
                     .port = in.port("direct port", direct.port())},
         .source = in.choice("address source", direct.source(), AddressSource::manual)});
  }
  if (!message.onion().empty()) {
    record.onion = in.onion_address("onion address", message.onion());
    record.onion_port = in.port("onion port", message.onion_port());
  } else {
    in.check(message.onion_port() == 0, "onion port", "comes without an address");
  }
  for (const proto::RecordSlot& relay : message.relays()) {
    record.relays.push_back({.url = in.relay_url("relay address", relay.url()),
                             .slot = in.fixed<SlotId>("relay slot", relay.slot())});
  }
}

}  // namespace

// version (1) | seq (8) | issued (8) | expires (8) |
// count (1) | count x {host | port (2) | source (1)} | onion | onion port (2) |
// count (1) | count x {url | slot (32)}
// where each text is length (2) | bytes and integers are big-endian.
Bytes signed_bytes(const RendezvousRecord& record) {
  Bytes out{std::byte{1}};
  append_be(out, record.seq);
  append_be(out, static_cast<std::uint64_t>(unix_ms(record.issued)));
  append_be(out, static_cast<std::uint64_t>(unix_ms(record.expires)));
  append_be(out, static_cast<std::uint8_t>(record.direct.size()));
  for (const RecordAddress& direct : record.direct) {
    append_text(out, direct.address.host);
    append_be(out, direct.address.port);
    append_be(out, static_cast<std::uint8_t>(direct.source));
  }
  append_text(out, record.onion);
  append_be(out, record.onion_port);
  append_be(out, static_cast<std::uint8_t>(record.relays.size()));
  for (const RelaySlot& relay : record.relays) {
    append_text(out, relay.url);
    append(out, relay.slot.view());
  }
  return out;
}

Bytes encode(const RendezvousRecord& record) {
  proto::RendezvousRecord message;
  message.set_version(1);
  message.set_seq(record.seq);
  message.set_issued_unix_ms(static_cast<std::uint64_t>(unix_ms(record.issued)));
  message.set_expires_unix_ms(static_cast<std::uint64_t>(unix_ms(record.expires)));
  for (const RecordAddress& address : record.direct) {
    proto::RecordAddress& direct = *message.add_direct();
    direct.set_host(address.address.host);
    direct.set_port(address.address.port);
    direct.set_source(static_cast<std::uint32_t>(address.source));
  }
  message.set_onion(record.onion);
  message.set_onion_port(record.onion_port);
  for (const RelaySlot& slot : record.relays) {
    proto::RecordSlot& relay = *message.add_relays();
    relay.set_url(slot.url);
    relay.set_slot(to_string(slot.slot.view()));
  }
  message.set_signature(to_string(record.signature.view()));
  return serialize(message);
}

Result<RendezvousRecord> decode_record(ByteView bytes) {
  proto::RendezvousRecord message;
  FieldReader in(structure);
  in.parse(message, bytes, payload_limit);
  in.check_version(message.version());
  RendezvousRecord record;
  record.seq = message.seq();
  record.issued = in.time("issue time", message.issued_unix_ms());
  record.expires = in.time("expiry", message.expires_unix_ms());
  read_addresses(in, message, record);
  record.signature = in.fixed<crypto::Signature>("signature", message.signature());
  return in.finish(std::move(record));
}

}  // namespace sotto::wire
