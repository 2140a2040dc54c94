#include "node/event_json.h"

#include <gtest/gtest.h>

namespace sotto::node {
namespace {

constexpr std::int64_t now_ms = 1'795'141'705'528;

std::string line(const Event& event) {
  return event_to_json(event, from_unix_ms(now_ms)).dump();
}

// What another process would print of the same event.
std::string through_the_socket(const Event& event) {
  const auto back = event_from_json(event_to_json(event, from_unix_ms(now_ms)));
  return back ? line(*back) : "nothing";
}

TEST(EventJson, HasTheKeysOfTheContract) {
  EXPECT_EQ(line(ReadyEvent{"ops", {{"direct", "[::1]:80"}}, "inv"}),
            R"({"event":"ready","ts":"2026-11-20T)"
            R"(02:28:25.528Z","room":"ops","routes":[{"kind":"direct","address":"[::1]:80"}],)"
            R"("invite":"inv"})");
  EXPECT_EQ(line(DeliveredEvent{"ab"}),
            R"({"event":"delivered","ts":"2026-11-20T02:28:25.528Z","id":"ab"})");
  EXPECT_EQ(line(ForwardEvent{"web", "[::1]:80"}),
            R"({"event":"forward","ts":"2026-11-20T02:28:25.528Z","name":"web",)"
            R"("address":"[::1]:80"})");
}

TEST(EventJson, ComesBackAsItWas) {
  const Event events[] = {
      ReadyEvent{"ops", {{"direct", "[::1]:80"}, {"direct", "10.0.0.1:80"}}, std::nullopt},
      ReadyEvent{"ops", {}, std::nullopt, "9dc158442a7d27f5f22aec7974f0843a"},
      LinkEvent{"abcd", "anna", true, "direct", "127.0.0.1:1", "relay", milliseconds(12)},
      LinkEvent{"abcd", "anna", true, "direct", "127.0.0.1:1", {}, milliseconds(12), "lobby"},
      MemberEvent{"abcd", "anna", true, true, "lobby"},
      MemberEvent{"abcd", "anna", false, false},
      MessageEvent{"ab", "abcd", "anna", true, "hi\n\"there\"", from_unix_ms(7), true},
      DeliveredEvent{"ab"},
      ProgressEvent{"tor", "bootstrap", 45, "loading"},
      ProgressEvent{"join", "retrying", std::nullopt, ""},
      ForwardEvent{"web", "127.0.0.1:8080"},
      FileEvent{"ab", "abcd", "bob", true, "a.pdf", "/in/a.pdf", std::uint64_t{1} << 60, "ops"},
      NoticeEvent{"a.b", "text"},
      ErrorEvent{"c.d", "text"},
      ClosedEvent{"left"},
  };
  for (const Event& event : events) EXPECT_EQ(through_the_socket(event), line(event));
}

TEST(EventJson, AnUnknownEventIsNothing) {
  EXPECT_FALSE(event_from_json(*Json::parse(R"({"event":"eclipse"})")));
  EXPECT_FALSE(event_from_json(*Json::parse("[]")));
}

}  // namespace
}  // namespace sotto::node
