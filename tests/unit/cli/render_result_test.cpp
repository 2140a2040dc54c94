#include "cli/render_result.h"

#include <gtest/gtest.h>

#include "cli/errors.h"

namespace sotto::cli {
namespace {

using namespace std::chrono_literals;

const WallTime time_of_all = from_unix_ms(1795212300123);
const std::string time_text = "2026-11-20T22:05:00.123Z";
const node::OwnCard card{"anna", "aaaa bbbb", "sotto-card:x"};
const Style plain;

TEST(ResultJson, HoldsTheKeysOfProfiles) {
  EXPECT_EQ(card_json(card),
            R"({"name":"anna","fingerprint":"aaaa bbbb","card":"sotto-card:x"})"
            "\n");
  EXPECT_EQ(made_json({card, "/h", false}),
            R"({"name":"anna","fingerprint":"aaaa bbbb","card":"sotto-card:x","home":"/h",)"
            R"("locked_by":"key_file"})"
            "\n");
  EXPECT_NE(made_json({card, "/h", true}).find(R"("locked_by":"passphrase")"),
            std::string::npos);
}

TEST(ResultJson, HoldsTheKeysOfConnectionFiles) {
  EXPECT_EQ(exported_json({"0a", "lobby", 1, std::nullopt}, "inv"),
            R"({"invite":"0a","file":"inv","room":"lobby","uses":1,"expires":null})"
            "\n");
  EXPECT_NE(exported_json({"0a", "lobby", 3, time_of_all}, "inv")
                .find(R"("uses":3,"expires":")" + time_text),
            std::string::npos);
  EXPECT_EQ(imported_json({"lobby", "anna", "aaaa", false, true, time_of_all}),
            R"({"room":"lobby","host":{"name":"anna","fingerprint":"aaaa"},"verified":false,)"
            R"("introduced":true,"expires":")" +
                time_text + "\"}\n");
}

TEST(ResultJson, HoldsTheKeysOfSend) {
  node::Sent sent;
  sent.id = "0a";
  sent.status = "delivered";
  sent.route = "direct";
  sent.attempts = 1;
  sent.elapsed = 41ms;
  sent.phases = {{"connect", 1.5}, {"handshake", 12.25}};
  EXPECT_EQ(sent_json(sent),
            R"({"id":"0a","status":"delivered","route":"direct","attempts":1,"elapsed_ms":41,)"
            R"("phases":{"connect":1.5,"handshake":12.25},"verified":false,"address":null})"
            "\n");
}

TEST(ResultJson, TellsOfAFailedSend) {
  node::Sent sent;
  sent.status = "cancelled";
  sent.error = Error(Errc::usage, "Why.");
  EXPECT_EQ(
      sent_json(sent),
      R"({"id":null,"status":"cancelled","route":null,"attempts":0,"elapsed_ms":0,)"
      R"("phases":{},"verified":false,"address":null,"error":{"code":"usage.syntax","text":"Why."}})"
      "\n");
}

TEST(ResultJson, HoldsTheKeysOfHistory) {
  const node::HistoryEntry own{"0a", "aaaa", "anna", true, false, time_of_all, "sent", "hi"};
  const node::HistoryEntry other{"0b", "bbbb", "bob", false, true, time_of_all, "", "ho"};
  EXPECT_EQ(history_json("lobby", {own, other}),
            R"({"who":"lobby","messages":[{"id":"0a","time":")" + time_text +
                R"(","from":"aaaa","name":"anna","own":true,"verified":false,"text":"hi",)"
                R"("stage":"sent"},{"id":"0b","time":")" +
                time_text +
                R"(","from":"bbbb","name":"bob","own":false,"verified":true,"text":"ho"}]})"
                "\n");
  EXPECT_EQ(history_json("lobby", {}), R"({"who":"lobby","messages":[]})"
                                       "\n");
}

TEST(ResultJson, TellsOfErrors) {
  EXPECT_EQ(error_json(Error(Errc::usage, "Why.")),
            R"({"error":{"code":"usage.syntax","text":"Why."}})"
            "\n");
}

TEST(ResultText, SaysWhoVouchesForAHost) {
  node::Imported imported{"lobby", "anna", "aaaa bbbb", false, false, std::nullopt};
  const std::string nobody = imported_text(imported, plain);
  EXPECT_NE(nobody.find("aaaa bbbb"), std::string::npos);
  EXPECT_NE(nobody.find("Nobody vouches for this host"), std::string::npos);
  imported.introduced = true;
  EXPECT_NE(imported_text(imported, plain).find("gave you the passphrase vouches"),
            std::string::npos);
  imported.verified = true;
  EXPECT_NE(imported_text(imported, plain).find("The host is verified"), std::string::npos);
}

TEST(ResultText, SaysWhatAnUnsealedFileMeans) {
  const node::Exported exported{"0a", "lobby", 1, std::nullopt};
  EXPECT_EQ(exported_text(exported, "inv", false), "inv lets 1 person into the room lobby.\n");
  EXPECT_EQ(exported_text({"0a", "lobby", 2, std::nullopt}, "inv", true),
            "inv lets 2 people into the room lobby.\n"
            "It is not locked: whoever reads it can use it.\n");
}

TEST(ResultText, ShowsTheStageOfWhatIsNotDelivered) {
  const node::HistoryEntry sent{"0a", "aaaa", "anna", true, false, time_of_all, "sent", "hi"};
  const node::HistoryEntry done{"0a",  "aaaa",      "anna",      true,
                                false, time_of_all, "delivered", "hi"};
  EXPECT_TRUE(history_text({sent}, plain).ends_with(" > anna: hi  (sent)\n"));
  EXPECT_TRUE(history_text({done}, plain).ends_with(" > anna: hi\n"));
}

TEST(ResultText, ShowsForeignTextWithoutHarm) {
  const std::string bad = "a\x1b[2J\xe2\x80\xae\r";
  const node::HistoryEntry entry{bad, bad, bad, false, false, time_of_all, bad, bad};
  node::Sent sent;
  sent.status = "sent";
  for (const std::string& text :
       {history_text({entry}, plain),
        imported_text({bad, bad, "aaaa", false, false, {}}, plain),
        exported_text({bad, bad, 1, {}}, bad, true), sent_text(sent, bad),
        card_text({bad, "aaaa", "x"}, plain), made_text({card, bad, false}, plain)}) {
    EXPECT_EQ(text.find('\x1b'), std::string::npos) << text;
    EXPECT_EQ(text.find("\xe2\x80\xae"), std::string::npos) << text;
    EXPECT_EQ(text.find('\r'), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace sotto::cli
