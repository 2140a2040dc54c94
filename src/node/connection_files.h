// Connection files on disk: reading, opening, sealing, writing.
#pragma once
#include <filesystem>
#include <string>

#include "crypto/sealed_file.h"
#include "node/commands.h"
#include "room/invitation.h"
#include "wire/connection_file.h"

namespace sotto::node {

struct OpenedFile {
  wire::ConnectionFile content;
  crypto::LockKind lock;
};

// Reads `file` ("-": standard input), armored or not, and opens it.  Errors: file_io, crypto's,
// wire's.
Result<OpenedFile> read_connection_file(const Profile& profile, const std::string& file,
                                        const FileKeys& keys);

// Errc::file_exists unless `force` or "-".  To be asked before anything is changed.
Result<void> check_writable(const std::filesystem::path& file, bool force);

// The bytes of the file: sealed as `options` say, armored if they do.  card.invalid.
Result<Bytes> seal_connection_file(const wire::ConnectionFile& content,
                                   const ExportOptions& options);

// Writes with mode 0600, whole or not at all; "-" is standard output.  file_io.
Result<void> write_file(const std::filesystem::path& file, ByteView bytes);

std::string card_text(const crypto::Card& card);                // "sotto-card:..."
Result<crypto::Card> parse_card_text(const std::string& text);  // crypto's card_invalid

}  // namespace sotto::node
