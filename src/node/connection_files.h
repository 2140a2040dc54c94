// Connection files on disk: reading, opening, sealing, writing.
#pragma once
#include <filesystem>
#include <string>

#include "crypto/sealed_file.h"
#include "node/commands.h"
#include "node/files.h"
#include "room/invitation.h"
#include "wire/connection_file.h"

namespace sotto::node {

struct ReadFile {
  Bytes sealed;
  crypto::LockKind lock;
  std::optional<Secret> content;  // unless it is sealed for a card
};

// Reads `file`, which may hold a URI as well, ("-": standard input), armored or not, and opens
// it if that takes no profile. file_io, crypto's errors.
Result<ReadFile> read_connection_file(const std::string& file, const FileKeys& keys);

// Opens a file that is sealed for the card of `profile`.  crypto's errors.
Result<Secret> open_for_us(const Profile& profile, ByteView sealed);

// A sealed file of this kind, locked as `protection` says.  card.invalid; crypto's
// file_over_limit.
Result<Bytes> seal_as(crypto::FileKind kind, ByteView content,
                      const FileProtection& protection);

// Whether a file can be locked so.  To be asked before anything is changed.  card.invalid,
// too_many_cards.
Result<void> check_protection(const FileProtection& protection);

// The bytes of the file: sealed as `options` say, armored if they do.  card.invalid.
Result<Bytes> seal_connection_file(const Secret& content, const ExportOptions& options);

std::string card_text(const crypto::Card& card);                // "sotto-card:..."
Result<crypto::Card> parse_card_text(const std::string& text);  // crypto's card_invalid

}  // namespace sotto::node
