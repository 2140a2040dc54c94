#include "wire/record_blob.h"

#include <cassert>

#include "base/big_endian.h"
#include "crypto/sign.h"
#include "wire/fields.h"

namespace sotto::wire {
namespace {

constexpr Structure structure{"The published record", "Publish it again."};
constexpr std::string_view label = "sotto record blob 1";

// Where things are in a blob.
constexpr std::size_t pk_bytes = crypto::Ed25519PublicKey::size;
constexpr std::size_t head_bytes = pk_bytes + sizeof(std::uint64_t);
static_assert(head_bytes + record_sealed_bytes + crypto::Signature::size == record_blob_bytes);

}  // namespace

Bytes sign_record_blob(const crypto::Ed25519KeyPair& publishing_key, std::uint64_t seq,
                       ByteView sealed) {
  assert(sealed.size() == record_sealed_bytes);
  Bytes blob;
  blob.reserve(record_blob_bytes);
  append(blob, publishing_key.public_key.view());
  append_be(blob, seq);
  append(blob, sealed);
  const crypto::Signature signature =
      crypto::sign(publishing_key, {as_bytes(label), ByteView(blob).subspan(pk_bytes)});
  append(blob, signature.view());
  return blob;
}

Result<RecordBlob> open_record_blob(ByteView blob) {
  FieldReader in(structure);
  in.check(blob.size() == record_blob_bytes, "size", "is not 996 bytes");
  if (in.failed()) return in.finish(RecordBlob());
  const RecordBlob record{
      .publishing_key = *crypto::Ed25519PublicKey::from(blob.first(pk_bytes)),
      .seq = load_be<std::uint64_t>(blob.subspan(pk_bytes)),
      .sealed = blob.subspan(head_bytes, record_sealed_bytes)};
  const ByteView covered = blob.subspan(pk_bytes, sizeof(std::uint64_t) + record_sealed_bytes);
  const auto signature = crypto::Signature::from(blob.last(crypto::Signature::size));
  const auto genuine =
      crypto::verify(record.publishing_key, {as_bytes(label), covered}, *signature);
  in.check(genuine.has_value(), "signature", "does not hold");
  return in.finish(record);
}

}  // namespace sotto::wire
