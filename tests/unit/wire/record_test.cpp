#include "wire/record.h"

#include "base/encoding.h"
#include "samples.h"
#include "wire/limits.h"

namespace sotto::wire {
namespace {

RendezvousRecord sample_record() {
  SeededEntropy entropy(8);
  RendezvousRecord record;
  record.seq = 0x1'0000'0002;
  record.issued = from_unix_ms(3);
  record.expires = from_unix_ms(4);
  record.direct = {{.address = {.host = "ab", .port = 0x0506}, .source = AddressSource::stun}};
  record.onion = onion_name;
  record.onion_port = 443;
  record.relays = {{.url = "wss://r", .slot = SlotId::random(entropy)}};
  record.signature = crypto::Signature::random(entropy);
  return record;
}

TEST(RendezvousRecord, RoundTrip) {
  const RendezvousRecord record = sample_record();
  const auto decoded = decode_record(encode(record));
  ASSERT_TRUE(decoded.has_value()) << decoded.error().text();
  EXPECT_EQ(decoded->seq, record.seq);
  EXPECT_EQ(decoded->issued, record.issued);
  EXPECT_EQ(decoded->expires, record.expires);
  EXPECT_EQ(decoded->direct, record.direct);
  EXPECT_EQ(decoded->onion, record.onion);
  EXPECT_EQ(decoded->onion_port, record.onion_port);
  EXPECT_EQ(decoded->relays, record.relays);
  EXPECT_EQ(decoded->signature, record.signature);
  EXPECT_EQ(signed_bytes(*decoded), signed_bytes(record));
}

TEST(RendezvousRecord, SignedBytesAreAsDocumented) {
  RendezvousRecord record = sample_record();
  const std::string slot = to_hex(record.relays.front().slot.view());
  EXPECT_EQ(to_hex(signed_bytes(record)),
            "01"
            "0000000100000002"
            "0000000000000003"
            "0000000000000004"
            "01"
            "0002"
            "6162"
            "0506"
            "05"
            "003e" +
                to_hex(as_bytes(onion_name)) +
                "01bb"
                "01"
                "0007"
                "7773733a2f2f72" +
                slot);
}

// Each field changes the signed bytes, the signature itself does not.
TEST(RendezvousRecord, SignedBytesCoverEveryField) {
  const Bytes before = signed_bytes(sample_record());
  const auto changes = [&](auto change) {
    RendezvousRecord record = sample_record();
    change(record);
    return signed_bytes(record) != before;
  };
  EXPECT_TRUE(changes([](auto& r) { ++r.seq; }));
  EXPECT_TRUE(changes([](auto& r) { r.issued += milliseconds(1); }));
  EXPECT_TRUE(changes([](auto& r) { r.expires += milliseconds(1); }));
  EXPECT_TRUE(changes([](auto& r) { r.direct.clear(); }));
  EXPECT_TRUE(changes([](auto& r) { r.direct.front().address.host = "ac"; }));
  EXPECT_TRUE(changes([](auto& r) { ++r.direct.front().address.port; }));
  EXPECT_TRUE(changes([](auto& r) { r.direct.front().source = AddressSource::pcp; }));
  EXPECT_TRUE(changes([](auto& r) { r.onion.clear(); }));
  EXPECT_TRUE(changes([](auto& r) { ++r.onion_port; }));
  EXPECT_TRUE(changes([](auto& r) { r.relays.push_back(r.relays.front()); }));
  EXPECT_TRUE(changes([](auto& r) { r.relays.front().url += '/'; }));
  EXPECT_TRUE(changes([](auto& r) { r.relays.front().slot = {}; }));
  EXPECT_FALSE(changes([](auto& r) { r.signature = {}; }));
}

TEST(RendezvousRecord, Damage) {
  expect_robust(decode_record, encode(sample_record()));
}

TEST(RendezvousRecord, Counts) {
  RendezvousRecord record = sample_record();
  record.direct.resize(direct_addresses_limit, record.direct.front());
  record.relays.resize(relays_limit, record.relays.front());
  EXPECT_TRUE(decode_record(encode(record)).has_value());

  record.direct.push_back(record.direct.front());
  expect_refused(decode_record, encode(record), Errc::over_limit);
  record.direct.pop_back();
  record.relays.push_back(record.relays.front());
  expect_refused(decode_record, encode(record), Errc::over_limit);
}

TEST(RendezvousRecord, Fields) {
  const Bytes good = encode(sample_record());
  const auto refused = [](ByteView bytes, Errc expected = Errc::malformed) {
    expect_refused(decode_record, bytes, expected);
  };
  refused(ProtobufWriter(good).varint(1, 0));
  refused(ProtobufWriter(good).varint(1, 2), Errc::version);
  refused(ProtobufWriter(good).varint(3, time_limit_ms + 1));
  refused(ProtobufWriter(good).varint(4, time_limit_ms + 1));
  for (const std::uint64_t source : {0U, 7U}) {
    refused(ProtobufWriter(good).message(
        5, ProtobufWriter().text(1, "a").varint(2, 1).varint(3, source)));
  }
  refused(ProtobufWriter(good).message(5, ProtobufWriter().text(1, "a").varint(3, 1)));
  refused(ProtobufWriter(good).text(6, "x.onion"));
  refused(ProtobufWriter(good).text(6, ""));  // but still its port
  refused(ProtobufWriter(good).varint(7, 0));
  refused(ProtobufWriter(good).varint(7, 65536));
  for (const std::size_t length : {0U, 31U, 33U}) {
    refused(
        ProtobufWriter(good).message(8, ProtobufWriter().text(1, "wss://a").filler(2, length)));
  }
  for (const std::size_t length : {0U, 63U, 65U})
    refused(ProtobufWriter(good).filler(9, length));
}

TEST(RendezvousRecord, SizeLimit) {
  const Bytes good = encode(sample_record());
  const std::size_t rest = payload_limit - good.size() - 4;  // tag (1) and length (3)
  EXPECT_TRUE(decode_record(ProtobufWriter(good).filler(15, rest)).has_value());
  expect_refused(decode_record, ProtobufWriter(good).filler(15, rest + 1), Errc::over_limit);
}

}  // namespace
}  // namespace sotto::wire
