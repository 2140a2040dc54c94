#include "tor/socks.h"

#include "unit/tor/testing.h"

namespace sotto::tor {
namespace {

using sotto::test::hex;

const std::string method_chosen = "0502";
const std::string let_in = "0100";
const std::string connected = "05000001000000000000";

class SocksTest : public testing::Test {
 protected:
  SocksTest() { socks_.start(); }

  std::string take(const std::string& bytes) {
    return to_hex(must(socks_.on_bytes(hex(bytes))));
  }
  std::string error(const std::string& bytes) { return error_of(socks_.on_bytes(hex(bytes))); }
  void until_reply() {
    take(method_chosen);
    take(let_in);
  }

  OnionAddress address_{test::key_pair(1).public_key};
  Isolation isolation_{"user", "word"};
  SocksConnect socks_{address_, 9735, isolation_};
};

TEST_F(SocksTest, SaysWhatTheStandardSays) {
  SocksConnect socks(address_, 9735, isolation_);
  EXPECT_EQ(to_hex(socks.start()), "050102");
  EXPECT_EQ(take(method_chosen),
            "01"
            "04" +
                to_hex(as_bytes("user")) + "04" + to_hex(as_bytes("word")));
  EXPECT_EQ(take(let_in), "050100033e" + to_hex(as_bytes(address_.host())) + "2607");
  EXPECT_FALSE(socks_.done());
  EXPECT_EQ(take(connected), "");
  EXPECT_TRUE(socks_.done());
  EXPECT_TRUE(socks_.take_rest().empty());
}

TEST_F(SocksTest, TakesItByteByByteAndLeavesTheRest) {
  const Bytes all = hex(method_chosen + let_in + connected + "aabb");
  std::size_t written = 0;
  for (const std::byte b : all) {
    if (!socks_.done()) {
      written += must(socks_.on_bytes({&b, 1})).size();
    } else {
      must(socks_.on_bytes({&b, 1}));
    }
  }
  EXPECT_TRUE(socks_.done());
  EXPECT_EQ(written, 11U + 5 + 62 + 2);
  EXPECT_EQ(to_hex(socks_.take_rest()), "aabb");
}

TEST_F(SocksTest, AnyKindOfAddressIsPassedOver) {
  for (const std::string& address :
       {std::string("0100000000"), std::string("04") + std::string(32, '0'),
        std::string("0303616263"), std::string("0300")}) {
    SocksConnect socks(address_, 80, isolation_);
    socks.start();
    must(socks.on_bytes(hex(method_chosen)));
    must(socks.on_bytes(hex(let_in)));
    must(socks.on_bytes(hex("050000" + address + "0000" + "cc")));
    EXPECT_TRUE(socks.done()) << address;
    EXPECT_EQ(to_hex(socks.take_rest()), "cc");
  }
}

TEST_F(SocksTest, TruncatedRepliesAreNotDone) {
  until_reply();
  const Bytes reply = hex(connected);
  for (std::size_t length = 0; length < reply.size(); ++length) {
    SocksConnect socks(address_, 80, isolation_);
    socks.start();
    must(socks.on_bytes(hex(method_chosen)));
    must(socks.on_bytes(hex(let_in)));
    must(socks.on_bytes(ByteView(reply).first(length)));
    EXPECT_FALSE(socks.done());
    EXPECT_EQ(socks.on_close().name(), "tor.socks.closed");
  }
}

TEST_F(SocksTest, WithoutIsolationNothingIsSent) {
  EXPECT_EQ(error("05ff"), "tor.socks.isolation");
}

TEST_F(SocksTest, AMethodThatWasNotOfferedIsHostile) {
  EXPECT_EQ(error("0500"), "tor.socks.protocol");
}

TEST_F(SocksTest, RefusedCredentialsAreSaid) {
  take(method_chosen);
  EXPECT_EQ(error("0101"), "tor.socks.isolation");
}

TEST_F(SocksTest, AnotherProtocolIsSeenAtTheFirstByte) {
  EXPECT_EQ(error(to_hex(as_bytes("H"))), "tor.socks.protocol");
}

TEST_F(SocksTest, HostileAnswersEndIt) {
  take(method_chosen);
  EXPECT_EQ(error("0200"), "tor.socks.protocol");
  for (const char* reply : {"04000001000000000000", "05000101000000000000",
                            "05000002000000000000", "050000ff000000000000"}) {
    SocksConnect socks(address_, 80, isolation_);
    socks.start();
    must(socks.on_bytes(hex(method_chosen)));
    must(socks.on_bytes(hex(let_in)));
    EXPECT_EQ(error_of(socks.on_bytes(hex(reply))), "tor.socks.protocol") << reply;
  }
}

TEST_F(SocksTest, AnsweringAheadEndsIt) {
  EXPECT_EQ(error(method_chosen + let_in), "tor.socks.protocol");
}

TEST_F(SocksTest, AnErrorNeedsNoWholeReply) {
  until_reply();
  EXPECT_EQ(error("05f4"), "tor.onion.auth_missing");
}

TEST(SocksReplies, HaveErrorsAndSayWhichToTryAgain) {
  struct Row {
    int reply;
    const char* name;
    Kind kind;
    bool again;
  };
  for (const Row& row : {Row{0x01, "tor.socks.failed", Kind::unreached, true},
                         Row{0x02, "tor.socks.forbidden", Kind::service, false},
                         Row{0x03, "tor.socks.unreachable", Kind::unreached, true},
                         Row{0x04, "tor.socks.unreachable", Kind::unreached, true},
                         Row{0x05, "tor.socks.refused", Kind::unreached, false},
                         Row{0x06, "tor.socks.timeout", Kind::unreached, true},
                         Row{0x07, "tor.socks.unsupported", Kind::service, false},
                         Row{0x08, "tor.socks.unsupported", Kind::service, false},
                         Row{0x09, "tor.socks.protocol", Kind::service, false},
                         Row{0xf0, "tor.onion.descriptor", Kind::unreached, true},
                         Row{0xf1, "tor.onion.invalid", Kind::unreached, false},
                         Row{0xf2, "tor.onion.introduction", Kind::unreached, true},
                         Row{0xf3, "tor.onion.rendezvous", Kind::unreached, true},
                         Row{0xf4, "tor.onion.auth_missing", Kind::refused, false},
                         Row{0xf5, "tor.onion.auth_wrong", Kind::refused, false},
                         Row{0xf6, "tor.onion.address", Kind::input, false},
                         Row{0xf7, "tor.onion.timeout", Kind::unreached, true},
                         Row{0xf8, "tor.socks.protocol", Kind::service, false},
                         Row{0xff, "tor.socks.protocol", Kind::service, false}}) {
    const Error error = reply_error(static_cast<std::uint8_t>(row.reply));
    EXPECT_EQ(error.name(), row.name) << row.reply;
    EXPECT_EQ(error.kind(), row.kind) << row.reply;
    EXPECT_EQ(worth_retrying(error), row.again) << row.reply;
    EXPECT_TRUE(error.text().ends_with('.') || error.text().ends_with('?')) << row.reply;
  }
}

TEST(SocksIsolation, IsAnotherEachTime) {
  SeededEntropy entropy(1);
  const Isolation one = Isolation::random(entropy);
  const Isolation two = Isolation::random(entropy);
  EXPECT_EQ(one.user.size(), 32U);
  EXPECT_NE(one.user, one.password);
  EXPECT_NE(one.user, two.user);
  EXPECT_NE(one.password, two.password);
}

}  // namespace
}  // namespace sotto::tor
