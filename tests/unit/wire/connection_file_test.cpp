#include "wire/connection_file.h"

#include "base/text.h"
#include "samples.h"
#include "wire/card.h"
#include "wire/limits.h"

namespace sotto::wire {
namespace {

// Field numbers of proto/connection_file.proto.
namespace file_field {
enum : std::uint32_t {
  version = 1,
  host,
  room_id,
  room_name,
  invite_id,
  psk,
  record_secret,
  uses,
  expires,
  allow,
  reach
};
}
namespace reach_field {
enum : std::uint32_t { direct = 1, onion, relays, tor_only };
}

Bytes encoded_file() {
  return to_bytes(encode(sample_file()).view());
}
Bytes encoded_reach() {
  return to_bytes(encode(sample_reach()).view());
}

void expect_same(const Reach& a, const Reach& b) {
  EXPECT_EQ(a.direct, b.direct);
  EXPECT_EQ(a.relays, b.relays);
  EXPECT_EQ(a.tor_only, b.tor_only);
  ASSERT_EQ(a.onion.has_value(), b.onion.has_value());
  if (!a.onion) return;
  EXPECT_EQ(a.onion->address, b.onion->address);
  EXPECT_EQ(a.onion->port, b.onion->port);
  ASSERT_EQ(a.onion->client_auth_key.has_value(), b.onion->client_auth_key.has_value());
  if (!a.onion->client_auth_key) return;
  EXPECT_EQ(to_bytes(a.onion->client_auth_key->view()),
            to_bytes(b.onion->client_auth_key->view()));
}

TEST(ConnectionFile, RoundTrip) {
  const ConnectionFile file = sample_file();
  const auto decoded = decode_connection_file(encode(file).view());
  ASSERT_TRUE(decoded.has_value()) << decoded.error().text();
  EXPECT_EQ(decoded->host, file.host);
  EXPECT_EQ(decoded->room_id, file.room_id);
  EXPECT_EQ(decoded->room_name, file.room_name);
  EXPECT_EQ(decoded->invite_id, file.invite_id);
  EXPECT_EQ(to_bytes(decoded->psk.view()), to_bytes(file.psk.view()));
  EXPECT_EQ(to_bytes(decoded->record_secret.view()), to_bytes(file.record_secret.view()));
  EXPECT_EQ(decoded->uses, file.uses);
  EXPECT_EQ(decoded->expires, file.expires);
  EXPECT_EQ(decoded->allow, file.allow);
  expect_same(decoded->reach, file.reach);
}

TEST(ConnectionFile, RoundTripOfTheLeast) {
  ConnectionFile file = sample_file();
  file.expires.reset();
  file.allow = {.chat = false, .files = false, .forwards = {}};
  file.reach = {};
  const auto decoded = decode_connection_file(encode(file).view());
  ASSERT_TRUE(decoded.has_value()) << decoded.error().text();
  EXPECT_FALSE(decoded->expires.has_value());
  EXPECT_EQ(decoded->allow, file.allow);
  expect_same(decoded->reach, file.reach);
}

TEST(ConnectionFile, Damage) {
  expect_robust(decode_connection_file, encoded_file());
}

TEST(ConnectionFile, WrongLengths) {
  const Bytes good = encoded_file();
  const auto expect_exact = [&](std::uint32_t field, std::size_t size) {
    for (const std::size_t length : {std::size_t{0}, size - 1, size + 1}) {
      expect_refused(decode_connection_file, ProtobufWriter(good).filler(field, length),
                     Errc::malformed);
    }
  };
  expect_exact(file_field::room_id, 16);
  expect_exact(file_field::invite_id, 16);
  expect_exact(file_field::psk, 32);
  expect_exact(file_field::record_secret, 32);
}

TEST(ConnectionFile, RoomNames) {
  const Bytes good = encoded_file();
  EXPECT_TRUE(
      decode_connection_file(ProtobufWriter(good).filler(file_field::room_name, name_limit))
          .has_value());
  const std::string too_long(name_limit + 1, 'x');
  for (const std::string& bad :
       {std::string(), too_long, std::string("a\nb"), std::string(" a"), std::string("\xff")}) {
    expect_refused(decode_connection_file,
                   ProtobufWriter(good).text(file_field::room_name, bad), Errc::malformed);
  }
}

TEST(ConnectionFile, UsesAndExpiry) {
  const Bytes good = encoded_file();
  const auto with = [&](std::uint32_t field, std::uint64_t value) {
    return decode_connection_file(ProtobufWriter(good).varint(field, value));
  };
  EXPECT_TRUE(with(file_field::uses, uses_limit).has_value());
  EXPECT_FALSE(with(file_field::uses, uses_limit + 1).has_value());
  EXPECT_FALSE(with(file_field::uses, 0).has_value());
  EXPECT_TRUE(with(file_field::expires, time_limit_ms).has_value());
  EXPECT_FALSE(with(file_field::expires, time_limit_ms + 1).has_value());
}

TEST(ConnectionFile, Versions) {
  const Bytes good = encoded_file();
  expect_refused(decode_connection_file, ProtobufWriter(good).varint(file_field::version, 2),
                 Errc::version);
  expect_refused(decode_connection_file, ProtobufWriter(good).varint(file_field::version, 0),
                 Errc::malformed);
}

TEST(ConnectionFile, WhatIsMissing) {
  const ConnectionFile file = sample_file();
  const auto without = [&](std::uint32_t left_out) {
    ProtobufWriter out;
    out.varint(file_field::version, 1).varint(file_field::uses, 1);
    const auto add = [&](std::uint32_t field, ByteView bytes) {
      if (field != left_out) out.bytes(field, bytes);
    };
    add(file_field::host, encode(file.host));
    add(file_field::room_id, file.room_id.view());
    add(file_field::room_name, as_bytes(file.room_name));
    add(file_field::invite_id, file.invite_id.view());
    add(file_field::psk, file.psk.view());
    add(file_field::record_secret, file.record_secret.view());
    add(file_field::allow, encode(file.allow));
    add(file_field::reach, encode(file.reach).view());
    return out;
  };
  EXPECT_TRUE(decode_connection_file(without(0)).has_value());
  for (const std::uint32_t field :
       {file_field::host, file_field::room_id, file_field::room_name, file_field::invite_id,
        file_field::psk, file_field::record_secret, file_field::allow, file_field::reach}) {
    expect_refused(decode_connection_file, without(field), Errc::malformed);
  }
}

TEST(ConnectionFile, ForgedHost) {
  const ProtobufWriter renamed = ProtobufWriter().text(5, "Eve");
  expect_refused(decode_connection_file,
                 ProtobufWriter(encoded_file()).message(file_field::host, renamed),
                 crypto::Errc::card_invalid);
}

TEST(ConnectionFile, SizeLimit) {
  const Bytes good = encoded_file();
  const std::size_t rest = connection_file_limit - good.size() - 5;  // tag (2) and length (3)
  EXPECT_TRUE(decode_connection_file(ProtobufWriter(good).filler(100, rest)).has_value());
  expect_refused(decode_connection_file, ProtobufWriter(good).filler(100, rest + 1),
                 Errc::over_limit);
}

TEST(Reach, RoundTrip) {
  const Reach reach = sample_reach();
  const auto decoded = decode_reach(encode(reach).view());
  ASSERT_TRUE(decoded.has_value()) << decoded.error().text();
  expect_same(*decoded, reach);

  const auto nothing = decode_reach({});
  ASSERT_TRUE(nothing.has_value());
  expect_same(*nothing, Reach{});
}

TEST(Reach, Damage) {
  expect_robust(decode_reach, encoded_reach());
}

TEST(Reach, Counts) {
  Reach reach;
  reach.direct.assign(direct_addresses_limit, {.host = "a", .port = 1});
  reach.relays.assign(relays_limit, {.url = "wss://a", .slot = {}});
  EXPECT_TRUE(decode_reach(encode(reach).view()).has_value());

  reach.direct.push_back(reach.direct.front());
  expect_refused(decode_reach, encode(reach).view(), Errc::over_limit);
  reach.direct.pop_back();
  reach.relays.push_back(reach.relays.front());
  expect_refused(decode_reach, encode(reach).view(), Errc::over_limit);
}

TEST(Reach, Fields) {
  const Bytes good = encoded_reach();
  const auto refused = [&](std::uint32_t field, const ProtobufWriter& value, Errc expected) {
    expect_refused(decode_reach, ProtobufWriter(good).message(field, value), expected);
  };
  const auto address = [](std::string_view host, std::uint64_t port) {
    return ProtobufWriter().text(1, host).varint(2, port);
  };
  refused(reach_field::direct, address("", 1), Errc::malformed);
  refused(reach_field::direct, address("a b", 1), Errc::malformed);
  refused(reach_field::direct, address(std::string(host_name_limit + 1, 'a'), 1),
          Errc::over_limit);
  refused(reach_field::direct, address("a", 0), Errc::malformed);
  refused(reach_field::direct, address("a", 65536), Errc::malformed);
  refused(reach_field::onion, address("short.onion", 1), Errc::malformed);
  refused(reach_field::onion, address(onion_name, 0), Errc::malformed);
  refused(reach_field::onion, ProtobufWriter().filler(3, 31), Errc::malformed);
  refused(reach_field::onion, ProtobufWriter().filler(3, 33), Errc::malformed);
  refused(reach_field::relays, ProtobufWriter().text(1, "http://a").filler(2, 32),
          Errc::malformed);
  refused(reach_field::relays, ProtobufWriter().text(1, "wss://a").filler(2, 31),
          Errc::malformed);
}

TEST(Reach, TorOnlyHoldsNoDirectAddress) {
  Reach reach = sample_reach();
  reach.tor_only = true;
  expect_refused(decode_reach, encode(reach).view(), Errc::malformed);
  reach.direct.clear();
  const auto decoded = decode_reach(encode(reach).view());
  ASSERT_TRUE(decoded.has_value()) << decoded.error().text();
  EXPECT_TRUE(decoded->tor_only);
}

TEST(Permissions, RoundTripAndLimits) {
  Permissions permissions{.chat = false, .files = true, .forwards = {}};
  permissions.forwards.assign(forwards_limit, "web");
  const auto decoded = decode_permissions(encode(permissions));
  ASSERT_TRUE(decoded.has_value()) << decoded.error().text();
  EXPECT_EQ(*decoded, permissions);

  permissions.forwards.emplace_back("web");
  expect_refused(decode_permissions, encode(permissions), Errc::over_limit);
  permissions.forwards = {"a\tb"};
  expect_refused(decode_permissions, encode(permissions), Errc::malformed);
}

TEST(Permissions, Damage) {
  expect_robust(decode_permissions,
                encode(Permissions{.chat = true, .files = true, .forwards = {"web", "ssh"}}));
}

}  // namespace
}  // namespace sotto::wire
