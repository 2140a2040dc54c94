// What a sealed file of sotto says about itself.  Needs no profile and changes nothing.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/secret.h"
#include "base/time.h"
#include "node/errors.h"

namespace sotto::node {

// What is inside of a connection file, but for its secrets.
struct InspectedInvite {
  std::string host;
  std::string fingerprint;
  std::string room;
  std::string room_id;  // hex
  std::string invite;   // hex: what the host's `sotto invites` calls it
  std::vector<std::string> addresses;
  bool tor_only = false;
  unsigned uses = 1;  // as it was made; how many are left only the host knows
  std::optional<WallTime> expires;
  std::vector<std::string> allow;  // "chat", "files", "forward:NAME"
};

struct Inspected {
  std::string kind;  // "connection", "profile", "backup", "store_key"
  std::string form;  // "binary", "armor", "uri"
  unsigned version = 1;
  std::size_t size = 0;                         // bytes, as it was read
  std::string lock;                             // "none", "passphrase", "recipients", "key"
  std::optional<std::uint32_t> kdf_passes;      // Argon2id; of a passphrase
  std::optional<std::uint64_t> kdf_memory_kib;  // the same
  std::optional<std::size_t> recipients;
  std::optional<InspectedInvite> invite;  // of a connection file that was opened
};

// `file`: a path, or "-" for standard input.  With a `passphrase` a file that has one is opened
// too.  Errors: file.io; crypto's and wire's of what is no file of ours, or a damaged one.
Result<Inspected> inspect(const std::string& file,
                          const std::function<Result<Secret>()>& passphrase);

}  // namespace sotto::node
