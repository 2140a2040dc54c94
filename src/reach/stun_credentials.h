// A name and a password at a server (RFC 8489 section 9.2, long-term credentials):
//
//   request               ->  401 with REALM and NONCE
//   request, signed       ->  an answer, signed; or 438 with another NONCE: signed again
//
// The key is MD5 of name, realm and password and the signature HMAC-SHA1, as all servers have
// it; what a server says in those is as safe as the password is long.
#pragma once
#include <string>

#include "base/secret.h"
#include "reach/stun_message.h"

namespace sotto::reach {

class StunCredentials {
 public:
  StunCredentials(std::string username, Secret password)
      : username_(std::move(username)), password_(std::move(password)) {}

  // Whether a server has said what it wants to see signed.
  bool ready() const { return !nonce_.empty(); }

  // `request` with USERNAME, REALM, NONCE and MESSAGE-INTEGRITY once ready(), else as it is.
  Bytes sign(StunMessage request) const;
  bool vouch_for(const StunMessage& answer) const;

  // An answer of 401 or 438 to a request that was signed or not: true when it is worth asking
  // again with what was learnt.  False for all others, and where the password is not taken.
  bool learn(const StunMessage& answer, bool was_signed);

 private:
  std::string username_;
  Secret password_;
  std::string realm_;
  std::string nonce_;
  Secret key_;
};

}  // namespace sotto::reach
