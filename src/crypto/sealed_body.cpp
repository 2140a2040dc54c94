#include "crypto/sealed_body.h"

#include <algorithm>
#include <cassert>

#include "crypto/padding.h"
#include "crypto/sodium.h"

namespace sotto::crypto {
namespace {

constexpr std::size_t length_bytes = 4;  // pad()'s prefix
constexpr std::size_t chunk_bytes = 65536;
constexpr std::size_t chunk_overhead = crypto_secretstream_xchacha20poly1305_ABYTES;
constexpr std::size_t stream_header_bytes = crypto_secretstream_xchacha20poly1305_HEADERBYTES;

std::size_t chunk_count(std::size_t bytes, std::size_t each) {
  return (bytes + each - 1) / each;
}

std::unexpected<Error> damaged_body() {
  return fail(Errc::file_damaged,
              "This file was changed by somebody who knew how to hide damage. Ask for it again "
              "by another way.");
}

// A secretstream state, wiped at the end.  Both directions start from the same state, so
// init_pull() serves the writer too: init_push() would draw the header from libsodium's own
// randomness instead of the Entropy that we are handed.
class Stream {
 public:
  Stream(const SymmetricKey& key, ByteView header) {
    assert(header.size() == stream_header_bytes);
    crypto_secretstream_xchacha20poly1305_init_pull(&state_, raw(header), raw(key.view()));
  }
  ~Stream() { sodium_memzero(&state_, sizeof state_); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // Writes plaintext.size() + chunk_overhead bytes.
  void push(ByteView ad, ByteView plaintext, bool last, MutableBytes out) {
    crypto_secretstream_xchacha20poly1305_push(&state_, raw(out), nullptr, raw(plaintext),
                                               plaintext.size(), raw(ad), ad.size(),
                                               last ? final_tag : message_tag);
  }

  // Writes chunk.size() - chunk_overhead bytes; false unless the chunk is authentic, in its
  // place, and the last exactly when `last`.
  bool pull(ByteView ad, ByteView chunk, bool last, MutableBytes out) {
    unsigned char tag = 0;
    return crypto_secretstream_xchacha20poly1305_pull(&state_, raw(out), nullptr, &tag,
                                                      raw(chunk), chunk.size(), raw(ad),
                                                      ad.size()) == 0 &&
           tag == (last ? final_tag : message_tag);
  }

 private:
  static constexpr unsigned char message_tag =
      crypto_secretstream_xchacha20poly1305_TAG_MESSAGE;
  static constexpr unsigned char final_tag = crypto_secretstream_xchacha20poly1305_TAG_FINAL;
  crypto_secretstream_xchacha20poly1305_state state_;
};

void push_all(Stream&& stream, ByteView ad, ByteView padded, MutableBytes out) {
  while (!padded.empty()) {
    const std::size_t length = std::min(padded.size(), chunk_bytes);
    stream.push(ad, padded.first(length), length == padded.size(), out);
    padded = padded.subspan(length);
    out = out.subspan(length + chunk_overhead);
  }
}

bool pull_all(Stream&& stream, ByteView ad, ByteView chunks, MutableBytes out) {
  while (!chunks.empty()) {
    const std::size_t length = std::min(chunks.size(), chunk_bytes + chunk_overhead);
    if (length < chunk_overhead) return false;
    if (!stream.pull(ad, chunks.first(length), length == chunks.size(), out)) return false;
    chunks = chunks.subspan(length);
    out = out.subspan(length - chunk_overhead);
  }
  return true;
}

}  // namespace

std::size_t sealed_body_bytes(std::size_t content_bytes) {
  const std::size_t padded = padme(length_bytes + content_bytes);
  if (content_bytes <= chunk_bytes) return padded + tag_bytes;
  return stream_header_bytes + padded + chunk_count(padded, chunk_bytes) * chunk_overhead;
}

void seal_body(const SymmetricKey& key, const Nonce24& nonce, ByteView ad, ByteView content,
               Entropy& entropy, MutableBytes out) {
  assert(out.size() == sealed_body_bytes(content.size()));
  Bytes padded = pad(content);
  if (content.size() <= chunk_bytes) {
    xchacha20poly1305_encrypt(key, nonce, ad, padded, out);
  } else {
    const MutableBytes header = out.first(stream_header_bytes);
    entropy.fill(header);
    push_all(Stream(key, header), ad, padded, out.subspan(stream_header_bytes));
  }
  wipe(padded);
}

Result<Secret> open_body(const SymmetricKey& key, const Nonce24& nonce, ByteView ad,
                         ByteView body) {
  Secret padded;
  if (body.size() <= sealed_body_bytes(chunk_bytes)) {
    if (body.size() < tag_bytes) return damaged_body();
    padded = Secret(body.size() - tag_bytes);
    if (!xchacha20poly1305_decrypt(key, nonce, ad, body, padded.mutable_view())) {
      return damaged_body();
    }
  } else {
    const ByteView chunks = body.subspan(stream_header_bytes);
    // A last piece shorter than a chunk's overhead would make `padded` too short for the others.
    const std::size_t last = chunks.size() % (chunk_bytes + chunk_overhead);
    if (last != 0 && last < chunk_overhead) return damaged_body();
    const std::size_t overhead =
        chunk_count(chunks.size(), chunk_bytes + chunk_overhead) * chunk_overhead;
    padded = Secret(chunks.size() - overhead);
    if (!pull_all(Stream(key, body.first(stream_header_bytes)), ad, chunks,
                  padded.mutable_view())) {
      return damaged_body();
    }
  }
  const auto content = unpad_view(padded.view());
  if (!content) return damaged_body();
  return Secret(*content);
}

}  // namespace sotto::crypto
