#include "node/json_fields.h"

#include <gtest/gtest.h>

#include "node/commands.h"
#include "node/history.h"
#include "node/requests.h"
#include "store/errors.h"

namespace sotto::node {
namespace {

TEST(JsonFields, CarriesEveryKindOfMemberBothWays) {
  SendRequest request;
  request.target.name = "lobby";
  request.target.content = Secret(as_bytes("secret"));
  request.target.introduced = true;
  request.texts = {"one", "two"};
  request.queue = true;
  request.timeout = milliseconds(1500);

  const auto back = from_json<SendRequest>(to_json(request));

  ASSERT_TRUE(back);
  EXPECT_EQ(back->target.name, "lobby");
  EXPECT_EQ(as_text(back->target.content->view()), "secret");
  EXPECT_TRUE(back->target.introduced);
  EXPECT_FALSE(back->target.file);
  EXPECT_EQ(back->texts, request.texts);
  EXPECT_FALSE(back->id);
  EXPECT_TRUE(back->queue);
  EXPECT_EQ(back->timeout, request.timeout);
}

TEST(JsonFields, CarriesPairsTimesAndErrors) {
  Sent sent;
  sent.phases = {{"connect", 0.25}, {"delivered", 3.0}};
  sent.error = Error(store::Errc::full, "Make room.");
  const auto back = from_json<Sent>(to_json(sent));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->phases, sent.phases);
  ASSERT_TRUE(back->error);
  EXPECT_TRUE(back->error->is(store::Errc::full));
  EXPECT_EQ(back->error->text(), "Make room.");

  HistoryPageRequest options;
  options.since = from_unix_ms(1'700'000'000'123);
  const auto options_back = from_json<HistoryPageRequest>(to_json(options));
  ASSERT_TRUE(options_back);
  EXPECT_EQ(options_back->since, options.since);
}

TEST(JsonFields, LeavesOutEmptyOptionals) {
  HistoryPageRequest request;
  request.who = "lobby";
  EXPECT_EQ(to_json(request).dump(), R"({"who":"lobby"})");
}

TEST(JsonFields, TakesMissingAndNullMembersAsDefaults) {
  const auto json = Json::parse(R"({"room":"lobby","port":null,"later":[1,2]})");
  const auto request = from_json<HostRequest>(*json);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->room, "lobby");
  EXPECT_FALSE(request->port);
}

TEST(JsonFields, RefusesWrongTypesAndRanges) {
  for (const char* text : {
           R"({"room":7})",
           R"({"port":65536})",
           R"({"port":-1})",
           R"({"port":"80"})",
           R"({"port_range":[1]})",
           R"({"once":1})",
           R"([])",
           R"("host")",
       }) {
    const auto request = from_json<HostRequest>(*Json::parse(text));
    ASSERT_FALSE(request) << text;
    EXPECT_TRUE(request.error().is(Errc::rpc_params)) << text;
  }
  for (const char* text : {R"({"timeout_ms":-1})", R"({"timeout_ms":1e30})", R"({"texts":[1]})",
                           R"({"target":{"content":"no base64!"}})"}) {
    EXPECT_FALSE(from_json<SendRequest>(*Json::parse(text))) << text;
  }
}

TEST(JsonFields, AnErrorOfAnotherVersionIsStillAnError) {
  const Error error = error_from_json(*Json::parse(R"({"code":"moon.full","text":"Wait."})"));
  EXPECT_TRUE(error.is(Errc::rpc_failed));
  EXPECT_EQ(error.text(), "Wait.");
}

}  // namespace
}  // namespace sotto::node
