#include "node/connection_files.h"

#include <cassert>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/encoding.h"
#include "base/text.h"
#include "crypto/armor.h"
#include "node/descriptor.h"
#include "node/errors.h"
#include "node/system.h"
#include "store/errors.h"
#include "wire/card.h"
#include "wire/limits.h"

namespace sotto::node {
namespace {

constexpr std::string_view card_prefix = "sotto-card:";

std::unexpected<Error> io_failure(const std::string& what, const std::string& file) {
  if (errno == ENOSPC || errno == EDQUOT) {
    return fail(store::Errc::full, "There is no space left to write " + displayable(file) +
                                       ". Make room, then try again.");
  }
  return fail(Errc::file_io,
              "Cannot " + what + " " + displayable(file) + ": " + std::strerror(errno) + ".");
}

Result<Bytes> read_all(int descriptor, const std::string& file) {
  Bytes out;
  std::array<std::byte, std::size_t{16} * 1024> buffer;
  while (true) {
    const ssize_t n = ::read(descriptor, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return io_failure("read", file);
    if (n == 0) return out;
    append(out, ByteView(buffer).first(static_cast<std::size_t>(n)));
    if (out.size() > wire::connection_file_limit) {
      return fail(crypto::Errc::not_sealed_file,
                  displayable(file) +
                      " is far too large for a connection file. Is it another "
                      "file?");
    }
  }
}

Result<Bytes> read_file(const std::string& file) {
  if (file == "-") return read_all(STDIN_FILENO, "standard input");
  const Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (descriptor.get() < 0) return io_failure("open", file);
  return read_all(descriptor.get(), file);
}

Result<std::vector<crypto::SealPublicKey>> recipients_of(const FileProtection& protection) {
  if (protection.for_cards.size() > crypto::recipients_limit) {
    return fail(Errc::too_many_cards, "One connection file can be locked for " +
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

Result<void> write_all(int descriptor, ByteView bytes, const std::string& file) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(descriptor, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return io_failure("write", file);
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  return {};
}

}  // namespace

Result<ReadFile> read_connection_file(const std::string& file, const FileKeys& keys) {
  auto bytes = read_file(file);
  if (!bytes) return pass(bytes);
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

Result<void> check_writable(const std::filesystem::path& file, bool force) {
  std::error_code ignored;
  if (file == "-" || force || !std::filesystem::exists(file, ignored)) return {};
  return fail(Errc::file_exists, displayable(file.string()) +
                                     " exists already. Choose another name, or --force to "
                                     "replace it.");
}

Result<void> check_protection(const FileProtection& protection) {
  const auto recipients = recipients_of(protection);
  if (!recipients) return std::unexpected(recipients.error());
  return {};
}

Result<Bytes> seal_connection_file(const Secret& content, const ExportOptions& options) {
  const auto recipients = recipients_of(options.protection);
  if (!recipients) return std::unexpected(recipients.error());
  crypto::FileLock lock = crypto::ForAnyone{};
  if (!recipients->empty()) {
    lock.emplace<crypto::ForRecipients>(*recipients);
  } else if (options.protection.passphrase) {
    lock.emplace<crypto::WithPassphrase>(*options.protection.passphrase);
  } else {
    assert(options.protection.unsealed);  // never for want of anything better
  }
  auto sealed =
      crypto::seal_file(crypto::FileKind::connection, lock, content.view(), system_entropy());
  if (sealed && options.armor) return to_bytes(crypto::armor(*sealed));
  return sealed;
}

// Beside the target, synced, then renamed over it: whoever reads sees the whole file or none.
Result<void> write_file(const std::filesystem::path& file, ByteView bytes) {
  if (file == "-") return write_all(STDOUT_FILENO, bytes, "standard output");
  const std::string beside =
      file.string() + "." + to_hex(system_entropy().bytes<6>()) + ".part";
  const Descriptor descriptor(
      ::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (descriptor.get() < 0) return io_failure("write", file.string());
  auto written = write_all(descriptor.get(), bytes, file.string());
  if (written && ::fsync(descriptor.get()) != 0) written = io_failure("write", file.string());
  if (written && ::rename(beside.c_str(), file.c_str()) != 0) {
    written = io_failure("write", file.string());
  }
  if (!written) ::unlink(beside.c_str());
  return written;
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
