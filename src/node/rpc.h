// JSON-RPC 2.0, one message a line, as the owner's socket speaks it (docs/rpc.md).
//
// Text in, text out; no I/O.  Error codes: the specification's for requests that cannot be run;
// -32000 for a method that failed, with the stable short name in `data.code`.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/json.h"

namespace sotto::node {

struct RpcRequest {
  std::string method;
  Json params;
  std::optional<Json> id;  // none: a notification, which is not answered
};

// What one parsed value asks for.  rpc.request.
Result<RpcRequest> parse_request(const Json& value);

std::string rpc_request(std::int64_t id, const std::string& method, const Json& params);
std::string rpc_notification(const std::string& method, const Json& params);
Json rpc_result(const Json& id, Json result);
// `id` null when the request could not be read.
Json rpc_error(const Json& id, const Error& error);

// What arrives at a client: an answer or a notification.
struct RpcAnswer {
  std::int64_t id = 0;
  Result<Json> result;
};
struct RpcNotification {
  std::string method;
  Json params;
};
struct RpcIncoming {
  std::optional<RpcAnswer> answer;
  std::optional<RpcNotification> notification;
};
// rpc.failed for what is neither.
Result<RpcIncoming> parse_incoming(const std::string& line);

}  // namespace sotto::node
