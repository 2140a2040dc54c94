// Authentication to a control port, the strongest way that it offers: SAFECOOKIE, then
// HASHEDPASSWORD, then NULL (control-spec sections 3.5, 3.21 and 3.24).  Never plain COOKIE: it
// would hand the bytes of a file that tor's answer names to whoever answers.
//
//   asking --PROTOCOLINFO--> choose()
//     SAFECOOKIE      -> needs cookie -> cookie() -> challenged --AUTHCHALLENGE--> answering
//     HASHEDPASSWORD  -> answering
//     NULL            -> answering
//   answering --250--> done
//
//   AUTHCHALLENGE SAFECOOKIE client nonce (32, hex)
//   250 AUTHCHALLENGE SERVERHASH=HMAC-SHA256(server key string, cookie (32) | client nonce (32)
//   |
//                     server nonce (32)) SERVERNONCE=server nonce, both in hex
//   AUTHENTICATE HMAC-SHA256(client key string, the same), in hex
//
// Ours goes out only after SERVERHASH has shown that the other side knows the cookie: else it
// is not tor.  No I/O: the caller sends the commands and reads the cookie file.
#pragma once
#include <array>
#include <optional>
#include <variant>

#include "base/entropy.h"
#include "tor/protocol_info.h"

namespace sotto::tor {

inline constexpr std::size_t cookie_bytes = 32;

class Authentication {
 public:
  // What is to be done next.
  struct ReadCookie {
    std::string path;  // hand its bytes to cookie(), or what is wrong to cookie_unreadable()
  };
  struct Done {};
  using Next = std::variant<Command, ReadCookie, Done>;

  // `password` for HASHEDPASSWORD, empty when there is none.  `entropy` must outlive this.
  Authentication(Entropy& entropy, Secret password)
      : entropy_(entropy), password_(std::move(password)) {}

  // Begins: PROTOCOLINFO 1.
  Command start();

  // Takes the reply to the last command.  Errors are final: those of ProtocolInfo,
  // control_auth (no method, 515), control_password, control_forged, control_reply.
  Result<Next> on_reply(const Reply& reply);

  // Takes the whole cookie file.  control_cookie when it is not 32 bytes.
  Result<Next> cookie(Secret bytes);
  // Why the file cannot be read ("permission denied"), with the cure, when no weaker method
  // is offered; else goes on with that.
  Result<Next> cookie_unreadable(std::string_view reason);

  // What was learnt from PROTOCOLINFO.
  const ProtocolInfo& info() const { return info_; }

 private:
  enum class State {
    idle,          // start() comes
    asking,        // PROTOCOLINFO is under way
    needs_cookie,  // cookie() or cookie_unreadable() comes
    challenged,    // AUTHCHALLENGE is under way; cookie_ and nonce_ are set
    answering,     // AUTHENTICATE is under way
    done,
  };

  Result<Next> choose_without_cookie();
  Result<Next> answer_challenge(const Reply& reply);
  Next authenticate(const Secret& hex, std::string_view name);
  std::unexpected<Error> refused(const Reply& reply) const;

  Entropy& entropy_;
  Secret password_;
  Secret cookie_;
  std::array<std::byte, 32> nonce_{};
  ProtocolInfo info_;
  State state_ = State::idle;
  bool with_password_ = false;
};

}  // namespace sotto::tor
