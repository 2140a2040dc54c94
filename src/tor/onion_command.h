// The commands that make onion services and let clients into them, and what tor answers
// (control-spec sections 3.27, 3.28, 3.30 and 3.31).
//
//   ADD_ONION ED25519-V3:key Flags=... MaxStreams=n PoWDefensesEnabled=1 PoWQueueRate=n
//             PoWQueueBurst=n Port=virtual,target ClientAuthV3=key...
//   250-ServiceID=56 letters | 250-PrivateKey=ED25519-V3:... | 250 OK
//
// A change of the clients is DEL_ONION and ADD_ONION again: tor has no other way.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tor/client_auth.h"
#include "tor/command.h"

namespace sotto::tor {

// Where tor takes a stream to the service: a port on this machine or a socket file.
struct LoopbackPort {
  std::uint16_t port;  // of 127.0.0.1
};
// Whether a command can carry it: absolute, printable ASCII without spaces, quotes and commas.
bool can_be_told(std::string_view path);
struct SocketPath {
  std::string path;  // absolute
};
struct OnionPort {
  std::uint16_t virtual_port;  // what a client asks for, 1 to 65535
  std::variant<LoopbackPort, SocketPath> target;
};

// Clients solve puzzles when the service is flooded (tor 0.4.9.2 on); tor's own default where
// a number is absent.
struct ProofOfWork {
  std::optional<std::uint32_t> queue_rate;   // introductions a second
  std::optional<std::uint32_t> queue_burst;  // introductions
};

struct OnionService {
  // Our key, so that we know the address; absent: tor makes one and tells it, once.
  std::optional<crypto::Ed25519KeyPair> key;
  std::vector<OnionPort> ports;                  // at least one (asserted)
  std::vector<crypto::X25519PublicKey> clients;  // empty: open to all who know the address
  std::optional<ProofOfWork> proof_of_work;
  std::optional<std::uint16_t> max_streams;  // of one circuit; more close it
  bool detach = false;                       // outlives the control connection
};

// control_argument for a socket path that can_be_told() refuses.
Result<Command> add_onion(const OnionService& service);

struct AddedOnion {
  OnionAddress address;
  std::optional<Secret> new_key;  // "ED25519-V3:base64" when tor made the key
};
// Wipes the reply.  pow_unsupported: ask again without proof_of_work; onion_collision;
// control_refused; control_reply, also when the address is not that of our key.
Result<AddedOnion> read_add_onion(Reply reply, const OnionService& asked);

Command del_onion(const OnionAddress& address);
// onion_unknown: there was none, so nothing is left to do; control_refused.
Result<void> read_del_onion(const Reply& reply);

// Has tor fetch the service's descriptor anew, even if it has one: from that directory when one
// is named ("$fingerprint~name", as HS_DESC has it).  The reply says only that it begins;
// HS_DESC tells the rest.  control_argument for what is no directory's name.
Result<Command> fetch_descriptor(const OnionAddress& address, std::string_view directory = {});

Command client_auth_add(const OnionAddress& address, const crypto::X25519SecretKey& key);
enum class ClientAuthAdded {
  registered,  // 250
  replaced,    // 251: another key for that service was there
  decrypted,   // 252: and a descriptor that tor already had is readable now
};
Result<ClientAuthAdded> read_client_auth_add(const Reply& reply);

Command client_auth_remove(const OnionAddress& address);
// Whether there was one (250) or not (251).
Result<bool> read_client_auth_remove(const Reply& reply);

}  // namespace sotto::tor
