// Padme padding (Nikitin et al., "Reducing Metadata Leakage from Encrypted Files", 2019):
// a length keeps only its leading bits, at most 12 % overhead.
#pragma once
#include "base/bytes.h"
#include "crypto/errors.h"

namespace sotto::crypto {

// The padded length of `length` bytes; at least `length`.
std::size_t padme(std::size_t length);

// length (4, big-endian) | bytes | zeros up to padme(4 + length).
Bytes pad(ByteView bytes);
// Errc::file_damaged for a bad length, non-zero padding or a total that padme() would not give.
Result<Bytes> unpad(ByteView padded);
// The same without a copy: a part of `padded`.
Result<ByteView> unpad_view(ByteView padded);

}  // namespace sotto::crypto
