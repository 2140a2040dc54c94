// A tunnel through an HTTP proxy, as bytes in and out (RFC 9110 section 9.3.6, RFC 7617):
//
//   ours    CONNECT HOST:PORT HTTP/1.1 | Host: HOST:PORT | [Proxy-Authorization: Basic ...]
//   theirs  HTTP/1.x 2xx ... | header lines | an empty line; what follows comes through the
//   tunnel
//
// Interim answers (1xx) are passed over.  Of the header lines none matters: after a 2xx neither
// Content-Length nor Transfer-Encoding mean anything; and nothing may come behind it, since in
// TLS the client speaks first.
#pragma once
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/error.h"
#include "base/secret.h"

namespace sotto::net {

struct ProxyUser {
  std::string name;
  Secret password;
};

class HttpConnect {
 public:
  // `target` is HOST:PORT, an IPv6 literal in brackets.  `proxy` names it in errors.
  HttpConnect(std::string target, std::string proxy, const std::optional<ProxyUser>& user);

  // The first bytes to write.
  Secret start();

  // Takes what has come: true once the tunnel is there.  Errors are final:
  // DialErrc::proxy_auth, proxy_refused, proxy_protocol.
  Result<bool> on_bytes(ByteView bytes);
  // Why it ended, when the proxy hangs up before.
  Error on_close() const;

 private:
  Result<bool> take_answer();
  Result<bool> judge(std::string_view status_line) const;
  std::unexpected<Error> no_proxy() const;

  std::string target_;
  std::string proxy_;
  Secret credentials_;  // base64 of NAME:PASSWORD; empty: none
  Bytes received_;
};

}  // namespace sotto::net
