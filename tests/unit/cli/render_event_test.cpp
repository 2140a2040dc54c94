#include "cli/render_event.h"

#include <gtest/gtest.h>

namespace sotto::cli {
namespace {

using namespace std::chrono_literals;

const WallTime now = from_unix_ms(1795212300123);
const std::string head = R"("ts":"2026-11-20T22:05:00.123Z",)";

std::string json(const node::Event& event) {
  return event_json(event, now);
}

std::string text(const node::Event& event, int verbosity = 0) {
  const auto line = event_text(event, now, Style(), verbosity);
  return line ? (line->data ? "out: " : "err: ") + line->line : "";
}

// The keys of the contract, in their order, and no others.
TEST(EventJson, HoldsTheContractsKeys) {
  node::ReadyEvent ready{"lobby", {{"direct", "127.0.0.1:4711"}}, std::nullopt};
  EXPECT_EQ(json(ready), R"({"event":"ready",)" + head +
                             R"("room":"lobby","routes":[{"kind":"direct",)"
                             R"("address":"127.0.0.1:4711"}]})"
                             "\n");
  ready.routes.clear();
  ready.invite = "inv";
  EXPECT_EQ(json(ready), R"({"event":"ready",)" + head +
                             R"("room":"lobby","routes":[],"invite":"inv"})"
                             "\n");

  ready.invite.reset();
  ready.room_id = "9dc1";
  EXPECT_EQ(json(ready), R"({"event":"ready",)" + head +
                             R"("room":"lobby","routes":[],"room_id":"9dc1"})"
                             "\n");

  node::LinkEvent link{"aaaa", "anna", false, "direct", "[::1]:4711", std::nullopt, 41ms};
  EXPECT_EQ(json(link),
            R"({"event":"link",)" + head +
                R"("fingerprint":"aaaa","name":"anna","verified":false,"route":"direct",)"
                R"("address":"[::1]:4711","elapsed_ms":41})"
                "\n");
  link.upgraded_from = "relay";
  EXPECT_NE(json(link).find(R"("upgraded_from":"relay","elapsed_ms")"), std::string::npos);

  EXPECT_EQ(json(node::MemberEvent{"aaaa", "anna", true, true}),
            R"({"event":"member",)" + head +
                R"("fingerprint":"aaaa","name":"anna","verified":true,"joined":true})"
                "\n");
  EXPECT_EQ(json(node::MemberEvent{"aaaa", "anna", false, false}),
            R"({"event":"member",)" + head +
                R"("fingerprint":"aaaa","name":"anna","verified":false,"left":true})"
                "\n");

  node::MessageEvent message{"0a", "aaaa", "anna", false, "hi", now, false};
  EXPECT_EQ(json(message), R"({"event":"message",)" + head +
                               R"("id":"0a","from":"aaaa","name":"anna","verified":false,)"
                               R"("text":"hi","time":)" +
                               std::to_string(unix_ms(now)) +
                               "}"
                               "\n");
  message.again = true;
  EXPECT_NE(json(message).find(R"(,"again":true})"), std::string::npos);

  EXPECT_EQ(json(node::DeliveredEvent{"0a"}), R"({"event":"delivered",)" + head +
                                                  R"("id":"0a"})"
                                                  "\n");
  EXPECT_EQ(json(node::ProgressEvent{"connect", "dial", 30, "x"}),
            R"({"event":"progress",)" + head +
                R"("task":"connect","phase":"dial","percent":30,"detail":"x"})"
                "\n");
  EXPECT_NE(
      json(node::ProgressEvent{"connect", "dial", std::nullopt, ""}).find(R"("percent":null)"),
      std::string::npos);
  EXPECT_EQ(json(node::ForwardEvent{"web", "127.0.0.1:80"}),
            R"({"event":"forward",)" + head +
                R"("name":"web","address":"127.0.0.1:80"})"
                "\n");
  EXPECT_EQ(json(node::FileEvent{"0a", "aaaa", "bob", true, "a.pdf", "/in/a.pdf", 3'400'000,
                                 "lobby"}),
            R"({"event":"file",)" + head +
                R"("id":"0a","from":"aaaa","name":"bob","verified":true,"file":"a.pdf",)"
                R"("path":"/in/a.pdf","size":3400000,"room":"lobby"})"
                "\n");
  EXPECT_EQ(json(node::NoticeEvent{"c", "t"}), R"({"event":"notice",)" + head +
                                                   R"("code":"c","text":"t"})"
                                                   "\n");
  EXPECT_EQ(json(node::ErrorEvent{"c", "t"}), R"({"event":"error",)" + head +
                                                  R"("code":"c","text":"t"})"
                                                  "\n");
  EXPECT_EQ(json(node::ClosedEvent{"end of input"}), R"({"event":"closed",)" + head +
                                                         R"("reason":"end of input"})"
                                                         "\n");
}

// Every foreign string of every event.
std::vector<node::Event> hostile_events(const std::string& bad) {
  return {node::ReadyEvent{bad, {{bad, bad}}, bad},
          node::LinkEvent{bad, bad, false, bad, bad, bad, 1ms},
          node::MemberEvent{bad, bad, false, true},
          node::MessageEvent{bad, bad, bad, false, bad, now, true},
          node::DeliveredEvent{bad},
          node::ProgressEvent{bad, bad, 1, bad},
          node::ForwardEvent{bad, bad},
          node::FileEvent{bad, bad, bad, false, bad, bad, 1, bad},
          node::NoticeEvent{bad, bad},
          node::ErrorEvent{bad, bad},
          node::ClosedEvent{bad}};
}

TEST(EventRendering, NeverLetsATerminalBeTold) {
  const std::vector<std::string> dangers{"\x1b",         "\r",           "\x07", "\xc2\x9b",
                                         "\xe2\x80\xae", "\xe2\x81\xa6", "\x7f"};
  std::string bad = "x";
  for (const std::string& danger : dangers) bad += danger + "x";
  for (const node::Event& event : hostile_events(bad)) {
    const std::string as_json = event_json(event, now);
    const std::string as_text = event_text(event, now, Style(), 2)->line;
    for (const std::string& danger : dangers) {
      EXPECT_EQ(as_json.find(danger), std::string::npos) << event.index();
      EXPECT_EQ(as_text.find(danger), std::string::npos) << event.index();
    }
    EXPECT_EQ(as_json.find('\n'), as_json.size() - 1);
  }
}

TEST(EventText, ShowsWhatWasSaid) {
  EXPECT_EQ(text(node::MessageEvent{"0a", "aaaa", "anna", true, "hi", now, false}),
            "out: " + clock_time(now, now) + " \xe2\x9c\x93 anna: hi\n");
  EXPECT_EQ(text(node::MessageEvent{"0a", "aaaa", "anna", false, "hi", now, true}),
            "out: " + clock_time(now, now) + " ? anna: hi  (perhaps shown before)\n");
  EXPECT_EQ(text(node::ReadyEvent{"lobby", {{"direct", "127.0.0.1:4711"}}, "inv"}),
            "out: room lobby  direct 127.0.0.1:4711  connection file inv\n");
  EXPECT_EQ(text(node::MemberEvent{"aaaa", "anna", false, true}),
            "out: " + clock_time(now, now) + " * ? anna (aaaa) joined\n");
  EXPECT_EQ(text(node::ForwardEvent{"web", "127.0.0.1:8080"}),
            "out: 127.0.0.1:8080 leads to the service web of the host\n");
}

TEST(EventText, KeepsAsidesOffTheData) {
  EXPECT_EQ(
      text(node::LinkEvent{"aaaa", "anna", true, "direct", "1.2.3.4:5", std::nullopt, 41ms}),
      "err: linked to \xe2\x9c\x93 anna (aaaa) direct 1.2.3.4:5, 41 ms\n");
  EXPECT_EQ(text(node::NoticeEvent{"c", "t"}), "err: sotto: t [c]\n");
  EXPECT_EQ(text(node::ErrorEvent{"c", "t"}), "err: sotto: t [c]\n");
  EXPECT_EQ(text(node::ClosedEvent{"interrupted"}), "err: closed: interrupted\n");
}

TEST(EventText, SaysMoreOrLess) {
  const node::Event delivered = node::DeliveredEvent{"0a"};
  EXPECT_EQ(text(delivered), "");
  EXPECT_EQ(text(delivered, 1), "err: delivered 0a\n");
  EXPECT_EQ(text(node::ProgressEvent{"connect", "dial", 30, "again"}), "");
  EXPECT_EQ(text(node::ProgressEvent{"connect", "dial", 30, "again"}, 1),
            "err: connect: dial 30%, again\n");
  EXPECT_EQ(text(node::NoticeEvent{"c", "t"}, -1), "");
  EXPECT_EQ(text(node::ErrorEvent{"c", "t"}, -1), "err: sotto: t [c]\n");
}

}  // namespace
}  // namespace sotto::cli
