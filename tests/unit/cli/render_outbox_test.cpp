#include "cli/render_outbox.h"

#include <gtest/gtest.h>

#include "node/errors.h"

namespace sotto::cli {
namespace {

node::OutboxItem item() {
  node::OutboxItem out;
  out.id = "5fe3";
  out.room = "lobby";
  out.to = "katj-aaaa";
  out.name = "an\x1b[31mna";
  out.queued = from_unix_ms(1'795'132'105'528);
  out.age = std::chrono::minutes(90);
  out.size = 12;
  return out;
}

TEST(RenderOutbox, TellsWhatWaitsForWhom) {
  const node::OutboxReply one{{item()}, 1};
  EXPECT_EQ(
      outbox_json(one),
      "{\"messages\":[{\"id\":\"5fe3\",\"room\":\"lobby\",\"to\":{\"name\":\"an\\u001b[31mna\","
      "\"fingerprint\":\"katj-aaaa\"},\"own\":true,\"queued\":\"2026-11-19T23:48:25.528Z\","
      "\"age_ms\":5400000,\"size\":12,\"relayed\":false}],\"total\":1}\n");
  const std::string text = outbox_text(one, Style());
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_TRUE(text.starts_with("5fe3  lobby  to "));
  EXPECT_TRUE(text.ends_with("for 1 h  12 bytes\n"));
  EXPECT_EQ(outbox_text({}, Style()), "Nothing waits.\n");
}

TEST(RenderOutbox, TellsWhatWasTried) {
  node::OutboxItem tried = item();
  tried.own = false;
  tried.attempts = 2;
  tried.error = Error(node::Errc::not_delivered, "Nobody was there.");
  const std::string text = outbox_text({{tried}, 5}, Style());
  EXPECT_NE(text.find("passed on  tried 2 times\n    Nobody was there.\nand 4 more\n"),
            std::string::npos)
      << text;
  const std::string json = outbox_json({{tried}, 5});
  EXPECT_NE(
      json.find("\"attempts\":2,\"error\":{\"code\":\"send.timeout\",\"text\":\"Nobody was "
                "there.\"}}],\"total\":5}"),
      std::string::npos)
      << json;
}

TEST(RenderOutbox, Flushed) {
  EXPECT_EQ(flushed_json({3, 0, std::nullopt}), "{\"delivered\":3,\"left\":0}\n");
  EXPECT_EQ(flushed_text({3, 1, std::nullopt}), "3 delivered, 1 left\n");
  EXPECT_EQ(
      flushed_json({0, 1, Error(node::Errc::outbox_waits, "One.")}),
      "{\"delivered\":0,\"left\":1,\"error\":{\"code\":\"outbox.waits\",\"text\":\"One.\"}}\n");
}

TEST(RenderOutbox, Ages) {
  EXPECT_EQ(age_text(milliseconds(999)), "0 s");
  EXPECT_EQ(age_text(seconds(59)), "59 s");
  EXPECT_EQ(age_text(seconds(60)), "1 min");
  EXPECT_EQ(age_text(std::chrono::hours(47)), "47 h");
  EXPECT_EQ(age_text(std::chrono::hours(48)), "2 d");
}

}  // namespace
}  // namespace sotto::cli
