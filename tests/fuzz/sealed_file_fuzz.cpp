// The input as a file, and as a file without its final hash, so that a fuzzer gets past it.
// Keys are fixed; the corpus holds files that they open.  Passphrases are left out: Argon2id
// would take all the time.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "crypto/hash.h"
#include "crypto/sealed_file.h"

namespace {

using namespace sotto;

crypto::SealKeyPair seal_key() {
  return crypto::SealKeyPair::from(*crypto::SealSecretKey::from(Bytes(32, std::byte{0x5e})));
}

void open_with(ByteView file, crypto::FileKind kind, const crypto::FileUnlock& unlock) {
  const auto content = crypto::open_file(kind, file, unlock);
  if (content && content->size() > file.size()) std::abort();
}

void inspect_and_open(ByteView file) {
  static const crypto::SealKeyPair ours = seal_key();
  static const auto key = *crypto::SymmetricKey::from(Bytes(32, std::byte{0x7e}));
  const auto header = crypto::inspect_file(file);
  if (!header) {
    const auto content =
        crypto::open_file(crypto::FileKind::connection, file, crypto::UnlockAnyone{});
    if (content || content.error().code() != header.error().code()) std::abort();
    return;
  }
  open_with(file, header->kind, crypto::UnlockAnyone{});
  open_with(file, header->kind, crypto::UnlockSealKey{ours});
  open_with(file, header->kind, crypto::UnlockKey{key});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes = std::as_bytes(std::span(data, size));
  inspect_and_open(bytes);
  Bytes hashed = to_bytes(bytes);
  append(hashed, crypto::blake2b_256({bytes}));
  inspect_and_open(hashed);
  return 0;
}
