// Whatever keeps rendezvous records by their publishing key (docs/protocol.md section 6): a
// folder of this machine, a shared folder, a command of the person's, a relay.
//
// A directory is trusted with nothing: what it returns is for search.h to judge, and what it
// loses or withholds another one may have.
#pragma once
#include <optional>
#include <string>

#include "base/async.h"
#include "base/bytes.h"
#include "crypto/keys.h"

namespace sotto::rendezvous {

class Directory {
 public:
  virtual ~Directory() = default;

  // As a sentence names it: "the folder /srv/sotto", "the relay wss://example.org".
  virtual std::string name() const = 0;

  // Asking it costs next to nothing, and nobody outside this machine hears of it.
  virtual bool is_near() const = 0;

  // Each of these has a deadline of its own; several may be pending at once.  Errors say what
  // was wrong with the directory; trying again later may help.

  // Keeps `blob` (blob_bytes) instead of what has the same key.
  virtual Async<void> put(Bytes blob) = 0;
  // Nothing when there is none.
  virtual Async<std::optional<Bytes>> get(crypto::Ed25519PublicKey key) = 0;
  // Success when there is none any more.
  virtual Async<void> remove(crypto::Ed25519KeyPair key) = 0;
};

}  // namespace sotto::rendezvous
