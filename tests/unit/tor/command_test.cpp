#include "tor/command.h"

#include "unit/tor/testing.h"

namespace sotto::tor {
namespace {

std::string line_of(const Command& command) {
  return to_string(command.line().view());
}

TEST(Command, IsOneLine) {
  EXPECT_EQ(line_of(get_info({"version", "status/bootstrap-phase"})),
            "GETINFO version status/bootstrap-phase\r\n");
  EXPECT_EQ(line_of(set_events({"HS_DESC", "STATUS_CLIENT"})),
            "SETEVENTS HS_DESC STATUS_CLIENT\r\n");
  EXPECT_EQ(line_of(take_ownership()), "TAKEOWNERSHIP\r\n");
  EXPECT_EQ(line_of(reset_conf({"__OwningControllerProcess"})),
            "RESETCONF __OwningControllerProcess\r\n");
  EXPECT_EQ(line_of(signal(Signal::active)), "SIGNAL ACTIVE\r\n");
  EXPECT_EQ(line_of(signal(Signal::new_identity)), "SIGNAL NEWNYM\r\n");
  EXPECT_EQ(line_of(signal(Signal::shutdown)), "SIGNAL SHUTDOWN\r\n");
  EXPECT_EQ(line_of(signal(Signal::halt)), "SIGNAL HALT\r\n");
}

TEST(Command, QuotesWhatAPersonWrote) {
  const auto command = must(set_conf({{"Bridge", "192.0.2.1:443"}, {"Bridge", "a \"b\" \\"}}));
  EXPECT_EQ(line_of(command),
            "SETCONF Bridge=\"192.0.2.1:443\" Bridge=\"a \\\"b\\\" \\\\\"\r\n");
}

TEST(Command, NothingCanAddALine) {
  for (const std::string value : {"x\r\nSIGNAL HALT", "x\nSIGNAL HALT", "x\rSIGNAL HALT"}) {
    EXPECT_EQ(error_of(set_conf({{"Bridge", value}})), "tor.control.argument");
  }
  EXPECT_DEATH(get_info({"version\r\nSIGNAL HALT"}), "is_word");
  EXPECT_DEATH(get_info({"a b"}), "is_word");
  EXPECT_DEATH(get_info({""}), "is_word");
}

TEST(Command, LogsShowNoSecret) {
  Command command("AUTHENTICATE");
  command.secret("", Secret(as_bytes("abcdef")), "cookie hash");
  EXPECT_EQ(line_of(command), "AUTHENTICATE abcdef\r\n");
  EXPECT_EQ(command.redacted(), "AUTHENTICATE [cookie hash]");
  EXPECT_EQ(command.keyword(), "AUTHENTICATE");
}

TEST(GetInfo, GivesValuesByKey) {
  const auto values = must(read_get_info(test::reply(
      "250-version=0.4.9.11\r\n250+circuit-status=\r\n1 BUILT\r\n.\r\n250 OK\r\n")));
  EXPECT_EQ(values.at("version"), "0.4.9.11");
  EXPECT_EQ(values.at("circuit-status"), "1 BUILT\n");
  EXPECT_EQ(values.size(), 2U);
}

TEST(GetInfo, SaysWhatTorSays) {
  const auto unknown = read_get_info(test::reply("552 Unrecognized key \"nothing\"\r\n"));
  EXPECT_EQ(error_of(unknown), "tor.control.refused");
  EXPECT_TRUE(unknown.error().text().contains("Unrecognized key"));
  EXPECT_EQ(error_of(read_get_info(test::reply("250-nothing\r\n250 OK\r\n"))),
            "tor.control.reply");
}

TEST(Ok, IsOkOrWhyNot) {
  EXPECT_TRUE(read_ok(test::reply("250 OK\r\n")));
  for (const char* text :
       {"451 Resource exhausted\r\n", "500 Syntax\r\n", "510 Unrecognized command\r\n",
        "511 Unimplemented\r\n", "512 Missing argument\r\n", "513 Unrecognized option\r\n",
        "514 Authentication required.\r\n", "550 Unspecified\r\n", "551 Internal error\r\n",
        "552 Unrecognized entity\r\n", "553 Unable to set option\r\n", "555 Unmanaged\r\n"}) {
    EXPECT_EQ(error_of(read_ok(test::reply(text))), "tor.control.refused") << text;
  }
}

}  // namespace
}  // namespace sotto::tor
