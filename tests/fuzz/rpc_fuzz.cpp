// Lines on the owner's socket, as the owner and as a client reads them.
#include <cstddef>
#include <cstdint>

#include "node/event_json.h"
#include "node/json_fields.h"
#include "node/requests.h"
#include "node/rpc.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sotto;
  const std::string line(reinterpret_cast<const char*>(data), size);
  if (const auto incoming = node::parse_incoming(line); incoming && incoming->notification) {
    if (const Json* event = incoming->notification->params.find("event"); event != nullptr) {
      node::event_from_json(*event);
    }
  }
  const auto value = Json::parse(line);
  if (!value) return 0;
  const auto request = node::parse_request(*value);
  if (!request) return 0;
  if (const auto host = node::from_json<node::HostRequest>(request->params)) node::to_json(*host);
  if (const auto send = node::from_json<node::SendRequest>(request->params)) node::to_json(*send);
  return 0;
}
