#include "wire/fields.h"

#include <gtest/gtest.h>

#include "wire/limits.h"

namespace sotto::wire {
namespace {

constexpr Structure structure{"The sample", "Make another."};

// True when `read(reader)` finds nothing wrong.
template <class Read>
bool accepts(Read read) {
  FieldReader in(structure);
  read(in);
  return !in.failed();
}

bool is_host(std::string text) {
  return accepts([&](FieldReader& in) { in.host("host", text); });
}
bool is_url(std::string text) {
  return accepts([&](FieldReader& in) { in.relay_url("url", text); });
}
bool is_onion(std::string text) {
  return accepts([&](FieldReader& in) { in.onion_address("onion", text); });
}

TEST(FieldReader, KeepsTheFirstComplaint) {
  FieldReader in(structure);
  in.check(true, "size", "is odd");
  EXPECT_FALSE(in.failed());
  in.check(false, "shape", "is odd");
  in.check_count("count", 3, 2);
  const Result<int> result = in.finish(1);
  ASSERT_FALSE(result.has_value());
  EXPECT_TRUE(result.error().is(Errc::malformed));
  EXPECT_EQ(result.error().text(), "The sample is not valid: its shape is odd. Make another.");
}

TEST(FieldReader, NamesLimitAndVersion) {
  FieldReader over(structure);
  over.check_count("count", 3, 2);
  EXPECT_EQ(over.finish(0).error().text(),
            "The sample is over a limit: its count is 3, and 2 is the most. Make another.");

  FieldReader newer(structure);
  newer.check_version(2);
  const auto error = newer.finish(0).error();
  EXPECT_TRUE(error.is(Errc::version));
  EXPECT_EQ(error.text(),
            "The sample has version 2, which this sotto does not know. Update sotto here.");

  FieldReader none(structure);
  none.check_version(0);
  EXPECT_TRUE(none.finish(0).error().is(Errc::malformed));
}

TEST(FieldReader, FixedTakesOneLengthOnly) {
  for (const std::size_t length : {0U, 15U, 16U, 17U}) {
    EXPECT_EQ(
        accepts([&](FieldReader& in) { in.fixed<RoomId>("id", std::string(length, 'x')); }),
        length == 16)
        << length;
  }
}

TEST(FieldReader, HostsAreAddressesOrNames) {
  EXPECT_TRUE(is_host("192.0.2.1"));
  EXPECT_TRUE(is_host("2001:db8::1"));
  EXPECT_TRUE(is_host("My-host.example"));
  EXPECT_TRUE(is_host(std::string(host_name_limit, 'a')));
  EXPECT_FALSE(is_host(std::string(host_name_limit + 1, 'a')));
  for (const char* bad :
       {"", "a b", "[::1]", "a/b", "a\nb", "\xc3\xa9", "fe80::1%eth0", "a@b"}) {
    EXPECT_FALSE(is_host(bad)) << bad;
  }
}

TEST(FieldReader, RelayUrlsAreWss) {
  const std::string prefix = "wss://";
  EXPECT_TRUE(is_url("wss://relay.example/#pin=x"));
  EXPECT_TRUE(is_url(prefix + std::string(url_limit - prefix.size(), 'a')));
  EXPECT_FALSE(is_url(prefix + std::string(url_limit - prefix.size() + 1, 'a')));
  for (const char* bad :
       {"", "ws://a/", "https://a/", "wss://a b/", "wss://a\x1b/", "wss://\xc3"}) {
    EXPECT_FALSE(is_url(bad)) << bad;
  }
}

TEST(FieldReader, OnionAddressesHave56Letters) {
  const std::string letters(55, 'a');
  EXPECT_TRUE(is_onion(letters + "a.onion"));
  EXPECT_TRUE(is_onion(letters + "7.onion"));
  for (const std::string& bad :
       {std::string(), letters + ".onion", letters + "aa.onion", letters + "A.onion",
        letters + "1.onion", letters + "a.oniom"}) {
    EXPECT_FALSE(is_onion(bad)) << bad;
  }
}

TEST(FieldReader, TimesEndWithTheYear9999) {
  FieldReader in(structure);
  EXPECT_EQ(to_rfc3339(in.time("time", time_limit_ms)), "9999-12-31T23:59:59.999Z");
  EXPECT_FALSE(in.failed());
  in.time("time", time_limit_ms + 1);
  EXPECT_TRUE(in.failed());
}

TEST(FieldReader, TextIsUtf8) {
  EXPECT_TRUE(accepts([](FieldReader& in) { in.text("text", "gr\xc3\xbc\xc3\x9f", 6); }));
  EXPECT_FALSE(accepts([](FieldReader& in) { in.text("text", "1234567", 6); }));
  EXPECT_FALSE(accepts([](FieldReader& in) { in.text("text", "\xff", 6); }));
}

}  // namespace
}  // namespace sotto::wire
