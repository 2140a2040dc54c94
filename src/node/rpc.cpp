#include "node/rpc.h"

#include "node/errors.h"
#include "node/json_fields.h"

namespace sotto::node {
namespace {

constexpr int code_parse = -32700;
constexpr int code_request = -32600;
constexpr int code_method = -32601;
constexpr int code_params = -32602;
constexpr int code_failed = -32000;

int code_of_error(const Error& error) {
  if (error.is(JsonErrc::syntax)) return code_parse;
  if (error.is(Errc::rpc_request)) return code_request;
  if (error.is(Errc::rpc_method)) return code_method;
  if (error.is(Errc::rpc_params)) return code_params;
  return code_failed;
}

bool is_version_2(const Json& value) {
  const Json* version = value.find("jsonrpc");
  return version != nullptr && version->string() != nullptr && *version->string() == "2.0";
}

Json message() {
  return Json().set("jsonrpc", "2.0");
}

std::unexpected<Error> no_answer() {
  return fail(Errc::rpc_failed,
              "The process that owns this profile answered with something that is no JSON-RPC. "
              "Is it another version of sotto?");
}

}  // namespace

Result<RpcRequest> parse_request(const Json& value) {
  const Json* method = value.find("method");
  const Json* id = value.find("id");
  const bool id_is_good =
      id == nullptr || id->is_null() || id->string() != nullptr || id->integer() != nullptr;
  if (!is_version_2(value) || method == nullptr || method->string() == nullptr || !id_is_good) {
    return fail(
        Errc::rpc_request,
        "This is no request of JSON-RPC 2.0: it needs \"jsonrpc\":\"2.0\", a \"method\" "
        "and an \"id\" that is a string or a number.");
  }
  RpcRequest request{*method->string(), Json(), std::nullopt};
  if (const Json* params = value.find("params"); params != nullptr) request.params = *params;
  if (id != nullptr) request.id = *id;
  return request;
}

std::string rpc_request(std::int64_t id, const std::string& method, const Json& params) {
  return message().set("id", id).set("method", method).set("params", params).dump();
}

std::string rpc_notification(const std::string& method, const Json& params) {
  return message().set("method", method).set("params", params).dump();
}

Json rpc_result(const Json& id, Json result) {
  return message().set("id", id).set("result", std::move(result));
}

Json rpc_error(const Json& id, const Error& error) {
  Json details;
  details.set("code", code_of_error(error)).set("message", error.text());
  details.set("data", Json().set("code", error.name()));
  return message().set("id", id).set("error", std::move(details));
}

Result<RpcIncoming> parse_incoming(const std::string& line) {
  const auto value = Json::parse(line);
  if (!value || !is_version_2(*value)) return no_answer();
  RpcIncoming incoming;
  if (const Json* method = value->find("method"); method != nullptr) {
    if (method->string() == nullptr) return no_answer();
    const Json* params = value->find("params");
    incoming.notification.emplace(*method->string(), params == nullptr ? Json() : *params);
    return incoming;
  }
  const Json* id = value->find("id");
  if (id == nullptr || id->integer() == nullptr) return no_answer();
  if (const Json* result = value->find("result"); result != nullptr) {
    incoming.answer.emplace(*id->integer(), *result);
    return incoming;
  }
  const Json* error = value->find("error");
  if (error == nullptr) return no_answer();
  const Json* text = error->find("message");
  const Json* data = error->find("data");
  const Json* code = data == nullptr ? nullptr : data->find("code");
  Json named;
  if (code != nullptr) named.set("code", *code);
  if (text != nullptr) named.set("text", *text);
  incoming.answer.emplace(*id->integer(), std::unexpected(error_from_json(named)));
  return incoming;
}

}  // namespace sotto::node
