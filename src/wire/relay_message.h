// What a client and a relay say to each other (docs/protocol.md section 7), each in one binary
// message of their WebSocket:
//
//   client                                  relay
//                                 <-        RelayHello {nonce}
//     RelayRequest {number, ...}  ->
//                                 <-        RelayReply {number, ...}
//                                 <-        RelayIncoming {ticket}    to one that listens
//
// Requests are answered in their order.  After RelaySpliced nothing here applies any more.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/fixed_bytes.h"
#include "crypto/hash.h"
#include "crypto/sign.h"
#include "wire/connection_file.h"
#include "wire/errors.h"
#include "wire/record_blob.h"

namespace sotto::wire {

inline constexpr std::string_view relay_subprotocol = "sotto-relay.1";

using RelayNonce = FixedBytes<struct RelayNonceTag, 32>;
using RelayTicket = FixedBytes<struct RelayTicketTag, 32>;
using MailboxId = FixedBytes<struct MailboxIdTag, 32>;  // an Ed25519 public key
using DepositId = FixedBytes<struct DepositIdTag, 16>;

// --- requests

struct RelayListen {
  SlotId slot;
  crypto::Signature signature = {};  // sign() fills it in
};
struct RelayOpen {
  SlotId slot;
};
struct RelayTake {
  RelayTicket ticket;
};
struct RelayPut {
  Bytes blob;  // record_blob_bytes
};
struct RelayGet {
  crypto::Ed25519PublicKey key;
};
struct RelayDelete {
  crypto::Ed25519PublicKey key;
  crypto::Signature signature = {};  // sign() fills it in
};
struct RelayOpenMailbox {
  MailboxId mailbox;
  crypto::Signature signature = {};  // sign() fills it in
};
struct RelayCloseMailbox {
  MailboxId mailbox;
  crypto::Signature signature = {};  // sign() fills it in
};
struct RelayDeposit {
  MailboxId mailbox;
  DepositId id;
  Bytes content;  // one of deposit_sizes (limits.h)
};
struct RelayFetch {
  MailboxId mailbox;
  crypto::Signature signature = {};  // sign() fills it in
  std::uint64_t after = 0;
};
struct RelayAcknowledge {
  MailboxId mailbox;
  crypto::Signature signature = {};    // sign() fills it in
  std::vector<std::uint64_t> numbers;  // at most acknowledged_limit
};

using RelayAction = std::variant<RelayListen, RelayOpen, RelayTake, RelayPut, RelayGet,
                                 RelayDelete, RelayOpenMailbox, RelayCloseMailbox, RelayDeposit,
                                 RelayFetch, RelayAcknowledge>;

struct RelayRequest {
  std::uint32_t number = 1;
  std::string access_token = {};  // empty: none; else is_access_token()
  RelayAction action = {};
};

// 1 to 128 visible characters of ASCII.
bool is_access_token(std::string_view text);

// --- replies

struct RelayDone {};
struct RelaySpliced {};
struct RelayFound {
  Bytes blob;
};
struct RelayDeposited {
  std::uint64_t number = 0;
  DepositId id;
  Bytes content;
};
struct RelayDeposits {
  std::vector<RelayDeposited> deposits;
  bool more = false;
};

enum class RelayRefusal : std::uint8_t {
  token = 1,
  signature,
  nobody,
  busy,
  ticket,
  unknown,
  older,
  quota,
  id_reused,
  rate,
  draining,
  store,
};
struct RelayRefused {
  RelayRefusal reason = RelayRefusal::unknown;
};

struct RelayReply {
  std::uint32_t number = 0;
  std::variant<RelayDone, RelayRefused, RelaySpliced, RelayFound, RelayDeposits> kind;
};
struct RelayHello {
  RelayNonce nonce;
  bool token_wanted = false;
};
struct RelayIncoming {
  RelayTicket ticket;
};
using RelayMessage = std::variant<RelayHello, RelayReply, RelayIncoming>;

Bytes encode(const RelayRequest& request);
Bytes encode(const RelayMessage& message);
// Errc::malformed, over_limit, version.
Result<RelayRequest> decode_relay_request(ByteView bytes);
Result<RelayMessage> decode_relay_message(ByteView bytes);

// --- what owners sign

// What ties a signature to one connection: nobody who receives it can use it elsewhere.
struct RelayBinding {
  crypto::Hash32 spki;  // SHA-256 of the relay's SubjectPublicKeyInfo, as the #pin= of its URL
  crypto::Hash32 exporter;  // TLS exporter (RFC 8446 section 7.5), label relay_exporter_label
  RelayNonce nonce;         // the relay's, of this connection
};
inline constexpr std::string_view relay_exporter_label = "EXPORTER-sotto-relay-1";

// Signs an owner's request (asserted: listen, delete, mailboxes, fetch, acknowledge) by
// `owner`, whose public key it names:
//   "sotto relay 1" | action (1: its number in RelayAction, from 1) | owner's key (32) | nonce
//   (32) | spki (32) | exporter (32) | number (4) | `after` (8), or each of `numbers` (8)
void sign(RelayRequest& request, const RelayBinding& binding,
          const crypto::Ed25519KeyPair& owner);
// crypto's bad_signature; success for a request that no owner has to sign.
Result<void> verify(const RelayRequest& request, const RelayBinding& binding);

}  // namespace sotto::wire
