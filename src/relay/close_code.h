// Why the relay closes a connection: the code of the WebSocket's close (RFC 6455 section 7.4)
// and a reason in words, which say what to do.  docs/protocol.md section 7 lists them.
#pragma once
#include <cstdint>
#include <string_view>

namespace sotto::relay {

enum class CloseCode : std::uint16_t {
  normal = 1000,          // the other side of the splice has left
  protocol_error = 1002,  // what came is no request, or not the next one; or no WebSocket
  not_binary = 1003,      // text
  too_big = 1009,
  failure = 1011,      // of the relay
  draining = 1012,     // the relay ends: use another, or come back
  full = 1013,         // it has no room for more at the moment
  token = 4001,        // a valid access token is needed
  connections = 4002,  // too many connections from this address block
  rate = 4003,         // too many requests from there
  late = 4004,         // nothing came in time
  replaced = 4005,     // the owner listens on another connection
};

constexpr std::string_view reason_of(CloseCode code) {
  switch (code) {
    case CloseCode::normal:
      return "the other side has left";
    case CloseCode::protocol_error:
      return "not a request that this relay knows: update sotto";
    case CloseCode::not_binary:
      return "binary messages only";
    case CloseCode::too_big:
      return "the message is too long";
    case CloseCode::failure:
      return "this relay has a fault: use another";
    case CloseCode::draining:
      return "this relay ends soon: use another, or come back in a minute";
    case CloseCode::full:
      return "this relay is full: use another, or come back later";
    case CloseCode::token:
      return "a valid access token is needed: ask who runs this relay";
    case CloseCode::connections:
      return "too many connections from your network: close some";
    case CloseCode::rate:
      return "too many requests from your network: wait a minute";
    case CloseCode::late:
      return "nothing came for too long";
    case CloseCode::replaced:
      return "the owner of the slot listens elsewhere now";
  }
  return "";
}

}  // namespace sotto::relay
