#include "node/inspect.h"

#include "base/encoding.h"
#include "crypto/armor.h"
#include "crypto/sealed_file.h"
#include "net/tcp.h"
#include "node/files.h"
#include "node/invite_list.h"
#include "wire/connection_file.h"
#include "wire/invite_uri.h"

namespace sotto::node {
namespace {

std::string name_of(crypto::FileKind kind) {
  switch (kind) {
    case crypto::FileKind::connection:
      return "connection";
    case crypto::FileKind::profile:
      return "profile";
    case crypto::FileKind::store_key:
      return "store_key";
    case crypto::FileKind::backup:
      break;
  }
  return "backup";
}

Result<InspectedInvite> describe(ByteView content) {
  const auto file = wire::decode_connection_file(content);
  if (!file) return std::unexpected(file.error());
  InspectedInvite out;
  out.host = file->host.name;
  out.fingerprint = crypto::to_string(crypto::fingerprint(file->host));
  out.room = file->room_name;
  out.room_id = to_hex(file->room_id.view());
  out.invite = to_hex(file->invite_id.view());
  for (const auto& direct : file->reach.direct) {
    out.addresses.push_back(net::to_string({direct.host, direct.port}));
  }
  // The key that a bearer needs besides is a secret.
  if (file->reach.onion) {
    out.addresses.push_back(
        net::to_string({file->reach.onion->address, file->reach.onion->port}));
  }
  for (const auto& relay : file->reach.relays) out.addresses.push_back(relay.url);
  out.tor_only = file->reach.tor_only;
  out.uses = file->uses;
  out.expires = file->expires;
  out.allow = to_words(file->allow);
  return out;
}

void add_lock(const crypto::FileHeader& header, Inspected& out) {
  switch (header.lock) {
    case crypto::LockKind::anyone:
      out.lock = "none";
      break;
    case crypto::LockKind::passphrase:
      out.lock = "passphrase";
      out.kdf_passes = header.argon2id.ops;
      out.kdf_memory_kib = header.argon2id.memory_kib;
      break;
    case crypto::LockKind::recipients:
      out.lock = "recipients";
      out.recipients = header.recipients;
      break;
    case crypto::LockKind::key:
      out.lock = "key";
      break;
  }
}

// What is inside, where it can be opened with what is at hand; nothing else is tried.
Result<std::optional<Secret>> open(ByteView sealed, const crypto::FileHeader& header,
                                   const std::function<Result<Secret>()>& passphrase) {
  if (header.kind != crypto::FileKind::connection) return std::nullopt;
  crypto::FileUnlock unlock = crypto::UnlockAnyone{};
  Result<Secret> given;
  if (header.lock == crypto::LockKind::passphrase && passphrase) {
    given = passphrase();
    if (!given) return pass(given);
    unlock.emplace<crypto::UnlockPassphrase>(*given);
  } else if (header.lock != crypto::LockKind::anyone) {
    return std::nullopt;
  }
  auto content = crypto::open_file(header.kind, sealed, unlock);
  if (!content) return pass(content);
  return std::optional(std::move(*content));
}

Result<Inspected> inspect_uri(std::string_view text) {
  const auto content = wire::from_invite_uri(text);
  if (!content) return std::unexpected(content.error());
  Inspected out;
  out.kind = "connection";
  out.form = "uri";
  out.size = text.size();
  out.lock = "none";
  auto invite = describe(content->view());
  if (!invite) return pass(invite);
  out.invite = std::move(*invite);
  return out;
}

}  // namespace

Result<Inspected> inspect(const std::string& file,
                          const std::function<Result<Secret>()>& passphrase) {
  auto bytes = read_file(file, crypto::content_limit, "a file of sotto");
  if (!bytes) return pass(bytes);
  if (wire::is_invite_uri(as_text(*bytes))) return inspect_uri(as_text(*bytes));
  Inspected out;
  out.form = "binary";
  out.size = bytes->size();
  if (crypto::is_armored(as_text(*bytes))) {
    out.form = "armor";
    bytes = crypto::unarmor(as_text(*bytes));
    if (!bytes) return pass(bytes);
  }
  const auto header = crypto::inspect_file(*bytes);
  if (!header) return std::unexpected(header.error());
  out.kind = name_of(header->kind);
  add_lock(*header, out);
  const auto content = open(*bytes, *header, passphrase);
  if (!content) return std::unexpected(content.error());
  if (!*content) return out;
  auto invite = describe((*content)->view());
  if (!invite) return pass(invite);
  out.invite = std::move(*invite);
  return out;
}

}  // namespace sotto::node
