// A connection through tor's SOCKS port to an onion service, as bytes in and out (RFC 1928, RFC
// 1929, tor's socks-extensions).
//
//   ours  05 | 01 | 02                                        only user and password
//   tor's 05 | 02
//   ours  01 | length (1) | user | length (1) | password      one pair a contact: tor gives
//   tor's 01 | 00                                             each pair circuits of its own
//   ours  05 | 01 | 00 | 03 | length (1) | name | port (2)    connect to a name: no DNS here
//   tor's 05 | reply (1) | 00 | kind (1) | address | port (2)
//
// "No authentication" is not offered: without user and password contacts would share circuits.
// Nothing is said before tor has answered what came before.
#pragma once
#include <cstdint>
#include <string>

#include "base/entropy.h"
#include "tor/onion_address.h"

namespace sotto::tor {

// What keeps one contact's circuits apart from another's: 32 hex digits each.
struct Isolation {
  std::string user;
  std::string password;
  static Isolation random(Entropy& entropy);
};

class SocksConnect {
 public:
  SocksConnect(const OnionAddress& address, std::uint16_t port, const Isolation& isolation);
  // To any name or IP literal, of 1 to 255 bytes: tor looks it up at the end of a circuit.
  SocksConnect(std::string host, std::uint16_t port, const Isolation& isolation);

  // The first bytes to write.
  Bytes start();

  // Takes what has come and returns what to write, perhaps nothing.  Errors are final; those of
  // replies are in reply_error().  Else socks_protocol, socks_isolation.
  Result<Bytes> on_bytes(ByteView bytes);
  // Why it ended, when tor hangs up before done().
  Error on_close() const;

  bool done() const { return state_ == State::done; }
  // Once done: what came behind tor's answer, the first bytes of the service.
  Bytes take_rest();

 private:
  // What is awaited; each needs so many bytes of received_ before it is left.
  enum class State {
    idle,         // start() comes
    method,       // 2
    credentials,  // 2
    reply,        // 4, then as many as the kind of address says
    done,
  };

  Result<bool> step(Bytes& out);  // false: more bytes are needed
  Result<bool> take_method(Bytes& out);
  Result<bool> take_credentials(Bytes& out);
  Result<bool> take_reply();
  void consume(std::size_t bytes);

  std::string name_;
  std::uint16_t port_;
  Isolation isolation_;
  State state_ = State::idle;
  Bytes received_;
};

// The error for a reply that is not 00: 01 to 08 of RFC 1928, F0 to F7 of tor's ExtendedErrors,
// socks_protocol for any other.
Error reply_error(std::uint8_t reply);

// Whether trying again in a moment, with a random delay, may help.  F4, F5 and F6 never do.
bool worth_retrying(const Error& error);

}  // namespace sotto::tor
