#include "node/rpc.h"

#include <gtest/gtest.h>

#include "node/errors.h"
#include "room/errors.h"

namespace sotto::node {
namespace {

Result<RpcRequest> parse(const char* text) {
  return parse_request(*Json::parse(text));
}

TEST(Rpc, ReadsARequest) {
  const auto request =
      parse(R"({"jsonrpc":"2.0","id":7,"method":"say","params":{"room":"a"}})");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->method, "say");
  EXPECT_EQ(*request->params.find("room")->string(), "a");
  ASSERT_TRUE(request->id);
  EXPECT_EQ(*request->id->integer(), 7);
}

TEST(Rpc, ANotificationHasNoId) {
  const auto request = parse(R"({"jsonrpc":"2.0","method":"shown"})");
  ASSERT_TRUE(request);
  EXPECT_FALSE(request->id);
  EXPECT_TRUE(request->params.is_null());
}

TEST(Rpc, RefusesWhatIsNoRequest) {
  for (const char* text : {
           "{}",
           "7",
           "null",
           R"({"jsonrpc":"1.0","id":1,"method":"say"})",
           R"({"jsonrpc":2.0,"id":1,"method":"say"})",
           R"({"jsonrpc":"2.0","id":1})",
           R"({"jsonrpc":"2.0","id":1,"method":7})",
           R"({"jsonrpc":"2.0","id":{},"method":"say"})",
           R"({"jsonrpc":"2.0","id":[1],"method":"say"})",
       }) {
    const auto request = parse(text);
    ASSERT_FALSE(request) << text;
    EXPECT_TRUE(request.error().is(Errc::rpc_request)) << text;
  }
}

TEST(Rpc, AClientReadsWhatAServerWrites) {
  const auto good = parse_incoming(rpc_result(3, Json(true)).dump());
  ASSERT_TRUE(good && good->answer);
  EXPECT_EQ(good->answer->id, 3);
  EXPECT_TRUE(*good->answer->result->boolean());

  const auto bad =
      parse_incoming(rpc_error(4, Error(room::Errc::invite_burnt, "Used up.")).dump());
  ASSERT_TRUE(bad && bad->answer);
  ASSERT_FALSE(bad->answer->result);
  EXPECT_TRUE(bad->answer->result.error().is(room::Errc::invite_burnt));
  EXPECT_EQ(bad->answer->result.error().text(), "Used up.");

  const auto notice = parse_incoming(rpc_notification("event", Json().set("seq", 1)));
  ASSERT_TRUE(notice && notice->notification);
  EXPECT_EQ(notice->notification->method, "event");
}

TEST(Rpc, ErrorCodesAreTheSpecificationsWhereItHasOne) {
  const auto code = [](const Error& error) {
    return *rpc_error(1, error).find("error")->find("code")->integer();
  };
  EXPECT_EQ(code(Error(JsonErrc::syntax, "")), -32700);
  EXPECT_EQ(code(Error(Errc::rpc_request, "")), -32600);
  EXPECT_EQ(code(Error(Errc::rpc_method, "")), -32601);
  EXPECT_EQ(code(Error(Errc::rpc_params, "")), -32602);
  EXPECT_EQ(code(Error(room::Errc::unknown, "")), -32000);
}

TEST(Rpc, AClientRefusesWhatIsNoAnswer) {
  for (const char* text :
       {"", "7", "{}", R"({"jsonrpc":"2.0"})", R"({"jsonrpc":"2.0","id":1})",
        R"({"jsonrpc":"2.0","id":"a","result":1})", R"({"jsonrpc":"2.0","method":1})"}) {
    const auto incoming = parse_incoming(text);
    ASSERT_FALSE(incoming) << text;
    EXPECT_TRUE(incoming.error().is(Errc::rpc_failed)) << text;
  }
}

}  // namespace
}  // namespace sotto::node
