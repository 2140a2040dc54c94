#include "node/json_fields.h"

namespace sotto::node {

Json error_to_json(const Error& error) {
  return Json().set("code", error.name()).set("text", error.text());
}

Error error_from_json(const Json& json) {
  const Json* name = json.find("code");
  const Json* text = json.find("text");
  const std::string sentence = text != nullptr && text->string() != nullptr
                                   ? *text->string()
                                   : "The owner of the profile failed without saying why.";
  const auto code =
      name != nullptr && name->string() != nullptr ? code_of(*name->string()) : std::nullopt;
  if (!code) return {Errc::rpc_failed, sentence};
  return {*code, sentence};
}

bool read_json(const Json& json, double& out) {
  if (json.number() != nullptr) {
    out = *json.number();
  } else if (json.integer() != nullptr) {
    out = static_cast<double>(*json.integer());
  } else {
    return false;
  }
  return true;
}

bool read_json(const Json& json, milliseconds& out) {
  constexpr std::int64_t longest = 3650LL * 86'400'000;
  if (json.integer() == nullptr || *json.integer() < 0 || *json.integer() > longest)
    return false;
  out = milliseconds(*json.integer());
  return true;
}

bool read_json(const Json& json, WallTime& out) {
  if (json.integer() == nullptr) return false;
  out = from_unix_ms(*json.integer());
  return true;
}

bool read_json(const Json& json, Secret& out) {
  const auto bytes = json.string() == nullptr ? std::nullopt : from_base64(*json.string());
  if (!bytes) return false;
  out = Secret(*bytes);
  return true;
}

bool read_json(const Json& json, Bytes& out) {
  auto bytes = json.string() == nullptr ? std::nullopt : from_base64(*json.string());
  if (!bytes) return false;
  out = std::move(*bytes);
  return true;
}

}  // namespace sotto::node
