// What a control port says of itself before authentication: the reply to PROTOCOLINFO 1
// (control-spec section 3.21).
//
//   250-PROTOCOLINFO 1
//   250-AUTH METHODS=COOKIE,SAFECOOKIE COOKIEFILE="/run/tor/control.authcookie"
//   250-VERSION Tor="0.4.9.11"
//   250 OK
#pragma once
#include <string>

#include "tor/command.h"

namespace sotto::tor {

struct ProtocolInfo {
  bool null = false;
  bool hashed_password = false;
  bool safe_cookie = false;
  // Plain COOKIE is not kept: we never use it.
  std::string cookie_file;  // an absolute path; empty when tor named none
  std::string version;      // tor's, such as "0.4.9.11"; empty when it said none

  // control_reply for what is no such reply or another protocol version; control_refused.
  static Result<ProtocolInfo> read(const Reply& reply);
};

// May be asked once a connection before authentication: tor closes it on a second.
Command protocol_info();

}  // namespace sotto::tor
