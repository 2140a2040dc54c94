#include "crypto/sealed_file.h"

#include <cassert>

#include "base/big_endian.h"
#include "crypto/hash.h"
#include "crypto/sealed_body.h"
#include "crypto/x25519.h"

namespace sotto::crypto {
namespace {

constexpr std::string_view magic = "SOTTO";
constexpr std::byte current_version{1};
constexpr std::size_t prefix_bytes = 8;  // magic | kind | version | kdf
constexpr std::size_t nonce_bytes = 24;
constexpr std::size_t commitment_bytes = 32;
constexpr std::size_t hash_bytes = 32;
constexpr std::size_t wrapped_bytes = SymmetricKey::size + tag_bytes;
constexpr std::size_t stanza_bytes = SealPublicKey::size + wrapped_bytes;

std::unexpected<Error> damaged() {
  return fail(Errc::file_damaged,
              "This file is damaged: bytes are missing or changed. Ask for it again.");
}

std::unexpected<Error> not_sealed() {
  return fail(Errc::not_sealed_file,
              "This is not a file that sotto wrote for this use. Check that you picked the "
              "right one.");
}

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};

// The parts of a file, each a view into it; open_file() works on these.
struct Layout {
  FileHeader header;
  ByteView parameters;  // of the kdf
  ByteView locked;      // the header up to and including the nonce: what keys are derived from
  ByteView nonce;
  ByteView commitment;
  ByteView ad;  // the whole header
  ByteView body;
};

// What follows from the input key K, once it is known.
struct FileKeys {
  SymmetricKey file_key;
  Hash32 commitment;
};

FileKeys file_keys(const SymmetricKey& input_key, ByteView locked) {
  FileKeys keys{derive_key(input_key, "sotto file key 1", locked), {}};
  derive_bytes(input_key, "sotto file commitment 1", locked, keys.commitment);
  return keys;
}

SymmetricKey wrap_key(const SymmetricKey& shared, const SealPublicKey& ephemeral,
                      const SealPublicKey& recipient) {
  Bytes context = to_bytes(ephemeral.view());
  append(context, recipient.view());
  return derive_key(shared, "sotto file wrap 1", context);
}

// Sealing

// A kdf's number and parameters, and the input key that they yield.
struct Lock {
  LockKind kind;
  Bytes parameters;
  SymmetricKey input_key;
};

Result<Lock> lock_with_passphrase(const WithPassphrase& lock, Entropy& entropy) {
  const Salt salt = entropy.bytes<16>();
  auto key = key_from_passphrase(lock.passphrase, salt, lock.parameters);
  if (!key) return pass(key);
  Bytes parameters;
  append_be(parameters, lock.parameters.ops);
  append_be(parameters, lock.parameters.memory_kib);
  append(parameters, salt);
  return Lock{LockKind::passphrase, std::move(parameters), std::move(*key)};
}

Result<Lock> lock_for_recipients(const ForRecipients& lock, Entropy& entropy) {
  assert(!lock.recipients.empty() && lock.recipients.size() <= recipients_limit);
  SymmetricKey input_key(entropy);
  Bytes parameters{static_cast<std::byte>(lock.recipients.size())};
  for (const SealPublicKey& recipient : lock.recipients) {
    const SealKeyPair ephemeral = SealKeyPair::generate(entropy);
    const auto shared = x25519(ephemeral.secret, recipient);
    if (!shared) return std::unexpected(shared.error());
    std::array<std::byte, wrapped_bytes> wrapped;
    xchacha20poly1305_encrypt(wrap_key(*shared, ephemeral.public_key, recipient), Nonce24{}, {},
                              input_key.view(), wrapped);
    append(parameters, ephemeral.public_key.view());
    append(parameters, wrapped);
  }
  return Lock{LockKind::recipients, std::move(parameters), std::move(input_key)};
}

Result<Lock> make_lock(const FileLock& lock, Entropy& entropy) {
  return std::visit(
      Overloaded{
          [](const ForAnyone&) -> Result<Lock> {
            return Lock{LockKind::anyone, {}, SymmetricKey()};
          },
          [&](const WithPassphrase& with) { return lock_with_passphrase(with, entropy); },
          [&](const ForRecipients& with) { return lock_for_recipients(with, entropy); },
          [](const WithKey& with) -> Result<Lock> {
            return Lock{LockKind::key, {}, with.key.copy()};
          },
      },
      lock);
}

// Opening

// Splits off and returns the first `length` bytes; empty when there are fewer.
ByteView take(ByteView& rest, std::size_t length) {
  if (rest.size() < length) return {};
  const ByteView front = rest.first(length);
  rest = rest.subspan(length);
  return front;
}

// The bytes of the kdf's parameters, which `rest` begins with; nothing for an unknown kdf.
std::optional<std::size_t> parameter_bytes(std::byte kdf, ByteView rest) {
  switch (static_cast<LockKind>(kdf)) {
    case LockKind::anyone:
    case LockKind::key:
      return 0;
    case LockKind::passphrase:
      return 4 + 4 + sizeof(Salt);
    case LockKind::recipients:
      if (rest.empty() || rest[0] == std::byte{0}) return std::nullopt;
      return 1 + static_cast<std::size_t>(rest[0]) * stanza_bytes;
  }
  return std::nullopt;
}

// Reads what `parameters` says into `header`.
void describe(ByteView parameters, FileHeader& header) {
  if (header.lock == LockKind::passphrase) {
    header.argon2id = {load_be<std::uint32_t>(parameters),
                       load_be<std::uint32_t>(parameters.subspan(4))};
  } else if (header.lock == LockKind::recipients) {
    header.recipients = static_cast<std::size_t>(parameters[0]);
  }
}

Result<Layout> parse(ByteView file) {
  if (!as_text(file).starts_with(magic)) return not_sealed();
  if (file.size() < prefix_bytes + hash_bytes) return damaged();
  const ByteView content = file.first(file.size() - hash_bytes);
  if (!equal_constant_time(blake2b_256({content}), file.last(hash_bytes))) return damaged();

  const auto kind = static_cast<FileKind>(file[5]);
  if (kind < FileKind::connection || kind > FileKind::store_key) return not_sealed();
  if (file[6] != current_version) {
    return fail(Errc::file_version,
                "This file is from a newer sotto. Install that version, or ask for a file from "
                "this one.");
  }

  ByteView rest = content.subspan(prefix_bytes);
  const auto length = parameter_bytes(file[7], rest);
  if (!length) return damaged();
  Layout layout{};
  layout.header.kind = kind;
  layout.header.lock = static_cast<LockKind>(file[7]);
  if (rest.size() < *length + nonce_bytes + commitment_bytes + sizeof(std::uint64_t)) {
    return damaged();
  }
  layout.parameters = take(rest, *length);
  layout.nonce = take(rest, nonce_bytes);
  layout.locked = content.first(content.size() - rest.size());
  layout.commitment = take(rest, commitment_bytes);
  const auto body_bytes = load_be<std::uint64_t>(take(rest, sizeof(std::uint64_t)));
  if (body_bytes != rest.size()) return damaged();
  layout.ad = content.first(content.size() - rest.size());
  layout.body = rest;

  describe(layout.parameters, layout.header);
  if (layout.header.lock == LockKind::passphrase) {
    if (auto checked = check_limits(layout.header.argon2id); !checked) return pass(checked);
  }
  return layout;
}

std::unexpected<Error> wrong_key(LockKind lock) {
  switch (lock) {
    case LockKind::passphrase:
      return fail(Errc::file_locked,
                  "The passphrase does not open this file. Check it, or ask whoever made the "
                  "file for it.");
    case LockKind::recipients:
      return fail(
          Errc::file_locked,
          "This file is sealed to somebody's card. Open it with the profile that it was "
          "made for.");
    case LockKind::key:
      return fail(Errc::file_locked,
                  "This key does not open this file. Use the key file that lies beside it.");
    case LockKind::anyone:
      break;
  }
  return fail(Errc::file_locked, "This file has no lock. Open it without a passphrase or key.");
}

Result<SymmetricKey> unlock_with_passphrase(const Layout& layout, const Secret& passphrase) {
  Salt salt;
  std::ranges::copy(layout.parameters.last(salt.size()), salt.begin());
  return key_from_passphrase(passphrase, salt, layout.header.argon2id);
}

// The stanzas do not say whose they are: tries each.
Result<SymmetricKey> unlock_with_seal_key(const Layout& layout, const SealKeyPair& ours) {
  ByteView stanzas = layout.parameters.subspan(1);
  while (!stanzas.empty()) {
    const auto ephemeral = *SealPublicKey::from(take(stanzas, SealPublicKey::size));
    const ByteView wrapped = take(stanzas, wrapped_bytes);
    const auto shared = x25519(ours.secret, ephemeral);
    if (!shared) continue;
    SymmetricKey input_key;
    if (xchacha20poly1305_decrypt(wrap_key(*shared, ephemeral, ours.public_key), Nonce24{}, {},
                                  wrapped, input_key.mutable_view())) {
      return input_key;
    }
  }
  return fail(Errc::file_not_for_us,
              "This file is sealed to other cards than yours. Ask for one made with the card "
              "that `sotto id` shows.");
}

Result<SymmetricKey> input_key(const Layout& layout, const FileUnlock& unlock) {
  // FileUnlock's alternatives stand in the order of LockKind.
  if (unlock.index() != static_cast<std::size_t>(layout.header.lock)) {
    return wrong_key(layout.header.lock);
  }
  return std::visit(
      Overloaded{
          [](const UnlockAnyone&) -> Result<SymmetricKey> { return SymmetricKey(); },
          [&](const UnlockPassphrase& with) {
            return unlock_with_passphrase(layout, with.passphrase);
          },
          [&](const UnlockSealKey& with) { return unlock_with_seal_key(layout, with.key); },
          [](const UnlockKey& with) -> Result<SymmetricKey> { return with.key.copy(); },
      },
      unlock);
}

}  // namespace

Result<Bytes> seal_file(FileKind kind, const FileLock& lock, ByteView content,
                        Entropy& entropy) {
  if (content.size() > content_limit) {
    return fail(Errc::file_too_large,
                "This is more than the 1 GiB that one sealed file holds. Leave something out.");
  }
  auto made = make_lock(lock, entropy);
  if (!made) return pass(made);
  const Nonce24 nonce = entropy.bytes<nonce_bytes>();
  const std::size_t body_bytes = sealed_body_bytes(content.size());

  Bytes file = to_bytes(magic);
  file.reserve(prefix_bytes + made->parameters.size() + nonce_bytes + commitment_bytes +
               sizeof(std::uint64_t) + body_bytes + hash_bytes);
  file.push_back(static_cast<std::byte>(kind));
  file.push_back(current_version);
  file.push_back(static_cast<std::byte>(made->kind));
  append(file, made->parameters);
  append(file, nonce);
  const FileKeys keys = file_keys(made->input_key, file);
  append(file, keys.commitment);
  append_be<std::uint64_t>(file, body_bytes);

  const std::size_t header_bytes = file.size();
  file.resize(header_bytes + body_bytes);
  seal_body(keys.file_key, nonce, ByteView(file).first(header_bytes), content, entropy,
            MutableBytes(file).subspan(header_bytes));
  append(file, blake2b_256({file}));
  return file;
}

Result<FileHeader> inspect_file(ByteView file) {
  auto layout = parse(file);
  if (!layout) return pass(layout);
  return layout->header;
}

Result<Secret> open_file(FileKind kind, ByteView file, const FileUnlock& unlock) {
  auto layout = parse(file);
  if (!layout) return pass(layout);
  if (layout->header.kind != kind) return not_sealed();
  auto key = input_key(*layout, unlock);
  if (!key) return pass(key);
  const FileKeys keys = file_keys(*key, layout->locked);
  if (!equal_constant_time(keys.commitment, layout->commitment)) {
    const LockKind lock = layout->header.lock;
    // The other two locks hold their own key, so only a forger can have made it wrong.
    const bool is_ours_to_get_wrong = lock == LockKind::passphrase || lock == LockKind::key;
    return is_ours_to_get_wrong ? wrong_key(lock) : damaged();
  }
  Nonce24 nonce;
  std::ranges::copy(layout->nonce, nonce.begin());
  return open_body(keys.file_key, nonce, layout->ad, layout->body);
}

}  // namespace sotto::crypto
