#include "crypto/sha3.h"

#include <new>
#include <openssl/evp.h>

namespace sotto::crypto {

Hash32 sha3_256(std::initializer_list<ByteView> parts) {
  Bytes message;
  for (const ByteView part : parts) append(message, part);
  Hash32 out;
  // Fails for want of memory only: the algorithm is in OpenSSL's default provider.
  if (EVP_Digest(message.data(), message.size(), raw(MutableBytes(out)), nullptr,
                 EVP_sha3_256(), nullptr) != 1) {
    throw std::bad_alloc();
  }
  return out;
}

}  // namespace sotto::crypto
