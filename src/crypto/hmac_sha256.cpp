#include "crypto/hmac_sha256.h"

#include "crypto/sodium.h"

namespace sotto::crypto {

Hash32 hmac_sha256(ByteView key, std::initializer_list<ByteView> parts) {
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, raw(key), key.size());
  for (const ByteView part : parts) {
    crypto_auth_hmacsha256_update(&state, raw(part), part.size());
  }
  Hash32 out;
  crypto_auth_hmacsha256_final(&state, raw(MutableBytes(out)));
  sodium_memzero(&state, sizeof state);
  return out;
}

}  // namespace sotto::crypto
