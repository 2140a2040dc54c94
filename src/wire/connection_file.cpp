#include "wire/connection_file.h"

#include "connection_file.pb.h"
#include "wire/fields.h"
#include "wire/limits.h"

namespace sotto::wire {
namespace {

constexpr Structure file_structure{"The connection file", "Ask the host for a new one."};
constexpr Structure reach_structure{"The list of ways to reach the room",
                                    "Join again with a new connection file."};
constexpr Structure permissions_structure{"The list of what a member may do",
                                          "Ask the host for a new connection file."};

void wipe_reach(proto::Reach& message) {
  if (message.has_onion()) wipe_text(*message.mutable_onion()->mutable_client_auth_key());
}

void wipe_file(proto::ConnectionFile& message) {
  wipe_text(*message.mutable_psk());
  wipe_text(*message.mutable_record_secret());
  if (message.has_reach()) wipe_reach(*message.mutable_reach());
}

void write_reach(const Reach& reach, proto::Reach& out) {
  for (const DirectAddress& address : reach.direct) {
    proto::DirectAddress& direct = *out.add_direct();
    direct.set_host(address.host);
    direct.set_port(address.port);
  }
  if (reach.onion) {
    proto::OnionAddress& onion = *out.mutable_onion();
    onion.set_address(reach.onion->address);
    onion.set_port(reach.onion->port);
    if (const auto& key = reach.onion->client_auth_key) {
      const ByteView bytes = key->view();
      onion.set_client_auth_key(bytes.data(), bytes.size());
    }
  }
  for (const RelaySlot& slot : reach.relays) {
    proto::RelaySlot& relay = *out.add_relays();
    relay.set_url(slot.url);
    relay.set_slot(to_string(slot.slot.view()));
  }
  out.set_tor_only(reach.tor_only);
}

OnionAddress read_onion(FieldReader& in, const proto::OnionAddress& message) {
  OnionAddress onion{.address = in.onion_address("onion address", message.address()),
                     .port = in.port("onion port", message.port()),
                     .client_auth_key = std::nullopt};
  if (!message.client_auth_key().empty()) {
    onion.client_auth_key =
        in.fixed<crypto::X25519SecretKey>("onion client key", message.client_auth_key());
  }
  return onion;
}

Reach read_reach(FieldReader& in, const proto::Reach& message) {
  Reach reach;
  in.check_count("number of direct addresses", message.direct().size(), direct_addresses_limit);
  in.check_count("number of relays", message.relays().size(), relays_limit);
  if (in.failed()) return reach;
  for (const proto::DirectAddress& direct : message.direct()) {
    reach.direct.push_back({.host = in.host("direct address", direct.host()),
                            .port = in.port("direct port", direct.port())});
  }
  if (message.has_onion()) reach.onion = read_onion(in, message.onion());
  for (const proto::RelaySlot& relay : message.relays()) {
    reach.relays.push_back({.url = in.relay_url("relay address", relay.url()),
                            .slot = in.fixed<SlotId>("relay slot", relay.slot())});
  }
  reach.tor_only = message.tor_only();
  in.check(!reach.tor_only || reach.direct.empty(), "promise to use Tor only",
           "is contradicted by direct addresses");
  return reach;
}

void write_permissions(const Permissions& permissions, proto::Permissions& out) {
  out.set_chat(permissions.chat);
  out.set_files(permissions.files);
  for (const std::string& name : permissions.forwards) out.add_forwards(name);
}

Permissions read_permissions(FieldReader& in, const proto::Permissions& message) {
  Permissions permissions{.chat = message.chat(), .files = message.files(), .forwards = {}};
  in.check_count("number of forwards", message.forwards().size(), forwards_limit);
  if (in.failed()) return permissions;
  for (const std::string& name : message.forwards()) {
    permissions.forwards.push_back(in.name("forward", name));
  }
  return permissions;
}

void check_complete(FieldReader& in, const proto::ConnectionFile& message) {
  in.check(message.has_host(), "host card", "is missing");
  in.check(message.has_allow(), "list of permissions", "is missing");
  in.check(message.has_reach(), "list of ways to reach the host", "is missing");
  in.check(message.uses() >= 1 && message.uses() <= uses_limit, "number of uses",
           "is not from 1 to " + std::to_string(uses_limit));
}

}  // namespace

Secret encode(const Reach& reach) {
  Wiped<proto::Reach, wipe_reach> message;
  write_reach(reach, *message);
  return serialize_secret(*message);
}

Result<Reach> decode_reach(ByteView bytes) {
  Wiped<proto::Reach, wipe_reach> message;
  FieldReader in(reach_structure);
  in.parse(*message, bytes, connection_file_limit);
  return in.finish(read_reach(in, *message));
}

Bytes encode(const Permissions& permissions) {
  proto::Permissions message;
  write_permissions(permissions, message);
  return serialize(message);
}

Result<Permissions> decode_permissions(ByteView bytes) {
  proto::Permissions message;
  FieldReader in(permissions_structure);
  in.parse(message, bytes, connection_file_limit);
  return in.finish(read_permissions(in, message));
}

Secret encode(const ConnectionFile& file) {
  Wiped<proto::ConnectionFile, wipe_file> message;
  message->set_version(1);
  write_card(file.host, *message->mutable_host());
  message->set_room_id(to_string(file.room_id.view()));
  message->set_room_name(file.room_name);
  message->set_invite_id(to_string(file.invite_id.view()));
  message->set_psk(file.psk.view().data(), file.psk.view().size());
  message->set_record_secret(file.record_secret.view().data(),
                             file.record_secret.view().size());
  message->set_uses(file.uses);
  if (file.expires) {
    message->set_expires_unix_ms(static_cast<std::uint64_t>(unix_ms(*file.expires)));
  }
  write_permissions(file.allow, *message->mutable_allow());
  write_reach(file.reach, *message->mutable_reach());
  return serialize_secret(*message);
}

Result<ConnectionFile> decode_connection_file(ByteView bytes) {
  Wiped<proto::ConnectionFile, wipe_file> message;
  FieldReader in(file_structure);
  in.parse(*message, bytes, connection_file_limit);
  in.check_version(message->version());
  check_complete(in, *message);
  ConnectionFile file;
  file.host = in.card("host card", message->host());
  file.room_id = in.fixed<RoomId>("room id", message->room_id());
  file.room_name = in.name("room name", message->room_name());
  file.invite_id = in.fixed<InviteId>("invite id", message->invite_id());
  file.psk = in.fixed<crypto::SymmetricKey>("psk", message->psk());
  file.record_secret =
      in.fixed<crypto::SymmetricKey>("record secret", message->record_secret());
  file.uses = message->uses();
  if (const auto expires = message->expires_unix_ms(); expires != 0) {
    file.expires = in.time("expiry", expires);
  }
  file.allow = read_permissions(in, message->allow());
  file.reach = read_reach(in, message->reach());
  return in.finish(std::move(file));
}

}  // namespace sotto::wire
