#include "node/connection_files.h"

#include <cassert>

#include "base/encoding.h"
#include "base/text.h"
#include "crypto/armor.h"
#include "node/errors.h"
#include "node/system.h"
#include "wire/card.h"
#include "wire/invite_uri.h"
#include "wire/limits.h"

namespace sotto::node {
namespace {

constexpr std::string_view card_prefix = "sotto-card:";

Result<std::vector<crypto::SealPublicKey>> recipients_of(const FileProtection& protection) {
  if (protection.for_cards.size() > crypto::recipients_limit) {
    return fail(Errc::too_many_cards, "One file can be locked for " +
                                          std::to_string(crypto::recipients_limit) +
                                          " cards at most. Make several.");
  }
  std::vector<crypto::SealPublicKey> recipients;
  for (const auto& text : protection.for_cards) {
    const auto card = parse_card_text(text);
    if (!card) return std::unexpected(card.error());
    recipients.push_back(card->seal_pk);
  }
  return recipients;
}

}  // namespace

Result<ReadFile> read_connection_file(const std::string& file, const FileKeys& keys) {
  auto bytes = read_file(file, wire::connection_file_limit, "a connection file");
  if (!bytes) return pass(bytes);
  if (wire::is_invite_uri(as_text(*bytes))) {
    auto content = wire::from_invite_uri(as_text(*bytes));
    wipe(*bytes);
    if (!content) return pass(content);
    return ReadFile{{}, crypto::LockKind::anyone, std::move(*content)};
  }
  if (crypto::is_armored(as_text(*bytes))) {
    bytes = crypto::unarmor(as_text(*bytes));
    if (!bytes) return pass(bytes);
  }
  const auto header = crypto::inspect_file(*bytes);
  if (!header) return std::unexpected(header.error());
  if (header->kind != crypto::FileKind::connection) {
    return fail(crypto::Errc::not_sealed_file,
                displayable(file) + " is a file of sotto, but no connection file.");
  }
  ReadFile out{std::move(*bytes), header->lock, std::nullopt};
  if (header->lock == crypto::LockKind::recipients) return out;
  Result<Secret> passphrase;
  crypto::FileUnlock unlock = crypto::UnlockAnyone{};
  if (header->lock == crypto::LockKind::passphrase) {
    passphrase = keys.passphrase();
    if (!passphrase) return pass(passphrase);
    unlock.emplace<crypto::UnlockPassphrase>(*passphrase);
  }
  auto content = crypto::open_file(crypto::FileKind::connection, out.sealed, unlock);
  if (!content) return pass(content);
  out.content = std::move(*content);
  return out;
}

Result<Secret> open_for_us(const Profile& profile, ByteView sealed) {
  return crypto::open_file(crypto::FileKind::connection, sealed,
                           crypto::UnlockSealKey{profile.keys().seal});
}

Result<void> check_protection(const FileProtection& protection) {
  const auto recipients = recipients_of(protection);
  if (!recipients) return std::unexpected(recipients.error());
  return {};
}

Result<Bytes> seal_as(crypto::FileKind kind, ByteView content,
                      const FileProtection& protection) {
  const auto recipients = recipients_of(protection);
  if (!recipients) return std::unexpected(recipients.error());
  crypto::FileLock lock = crypto::ForAnyone{};
  if (!recipients->empty()) {
    lock.emplace<crypto::ForRecipients>(*recipients);
  } else if (protection.passphrase) {
    lock.emplace<crypto::WithPassphrase>(*protection.passphrase);
  } else {
    assert(protection.unsealed);  // never for want of anything better
  }
  return crypto::seal_file(kind, lock, content, system_entropy());
}

Result<Bytes> seal_connection_file(const Secret& content, const ExportOptions& options) {
  auto sealed = seal_as(crypto::FileKind::connection, content.view(), options.protection);
  if (sealed && options.armor) return to_bytes(crypto::armor(*sealed));
  return sealed;
}

std::string card_text(const crypto::Card& card) {
  return std::string(card_prefix) + to_base64url(wire::encode(card));
}

Result<crypto::Card> parse_card_text(const std::string& text) {
  const auto bytes = text.starts_with(card_prefix)
                         ? from_base64url(std::string_view(text).substr(card_prefix.size()))
                         : std::nullopt;
  auto card = wire::decode_card(bytes.value_or(Bytes()));
  if (!bytes || (!card && card.error().is(wire::Errc::malformed))) {
    return fail(crypto::Errc::card_invalid,
                "This is no card. Ask the other person for the line that `sotto id` prints.");
  }
  return card;
}

}  // namespace sotto::node
