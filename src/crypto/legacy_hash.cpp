#include "crypto/legacy_hash.h"

#include <new>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace sotto::crypto {
namespace {

Bytes joined(std::initializer_list<ByteView> parts) {
  Bytes all;
  for (const ByteView part : parts) append(all, part);
  return all;
}

}  // namespace

// Both fail for want of memory only: the algorithms are in OpenSSL's default provider.
Sha1 hmac_sha1(ByteView key, std::initializer_list<ByteView> parts) {
  const Bytes message = joined(parts);
  Sha1 out;
  const void* const written =
      HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()), raw(message), message.size(),
           raw(MutableBytes(out)), nullptr);
  if (written == nullptr) throw std::bad_alloc();
  return out;
}

Md5 md5(std::initializer_list<ByteView> parts) {
  const Bytes message = joined(parts);
  Md5 out;
  if (EVP_Digest(message.data(), message.size(), raw(MutableBytes(out)), nullptr, EVP_md5(),
                 nullptr) != 1) {
    throw std::bad_alloc();
  }
  return out;
}

}  // namespace sotto::crypto
