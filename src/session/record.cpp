#include "session/record.h"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "base/big_endian.h"
#include "session/errors.h"

namespace sotto::session {
namespace {

constexpr const char* record_changed =
    "A record was changed or lost on its way; the link is dropped.";

constexpr std::size_t small_buffer = record_header_bytes + record_sizes[1];
constexpr std::size_t bulk_buffer = 2 * (record_header_bytes + record_sizes.back());

std::size_t record_size_for(std::size_t frames) {
  return *std::ranges::lower_bound(record_sizes, frames + noise::tag_bytes);
}

void rekey_when_due(noise::CipherState& cipher, std::uint64_t& records) {
  if (++records % records_per_key == 0) cipher.rekey();
}

}  // namespace

RecordSealer::RecordSealer(noise::CipherState cipher) : cipher_(std::move(cipher)) {}

std::size_t RecordSealer::room() const {
  const std::size_t left = record_payload_limit - used_;
  return left <= wire::frame_header_bytes ? 0 : left - wire::frame_header_bytes;
}

MutableBytes RecordSealer::add(wire::FrameType type, std::size_t body_bytes) {
  assert(body_bytes <= room());
  const std::size_t at = record_header_bytes + used_;
  used_ += wire::frame_header_bytes + body_bytes;
  const std::size_t needed = record_header_bytes + record_size_for(used_);
  if (buffer_.size() < needed) buffer_.resize(needed);
  buffer_[at] = static_cast<std::byte>(type);
  store_be(MutableBytes(buffer_).subspan(at + 1), static_cast<std::uint16_t>(body_bytes));
  return MutableBytes(buffer_).subspan(at + wire::frame_header_bytes, body_bytes);
}

Result<ByteView> RecordSealer::seal() {
  assert(!empty());
  const std::size_t size = record_size_for(used_);
  const MutableBytes message = MutableBytes(buffer_).subspan(record_header_bytes, size);
  const MutableBytes plaintext = message.first(size - noise::tag_bytes);
  std::ranges::fill(plaintext.subspan(used_), std::byte{0});
  const auto sealed = cipher_.encrypt_with_ad({}, plaintext, message);
  if (!sealed) return std::unexpected(sealed.error());
  store_be(MutableBytes(buffer_), static_cast<std::uint16_t>(size));
  used_ = 0;
  rekey_when_due(cipher_, records_);
  return ByteView(buffer_).first(record_header_bytes + size);
}

RecordOpener::RecordOpener(noise::CipherState cipher)
    : cipher_(std::move(cipher)), buffer_(small_buffer) {}

MutableBytes RecordOpener::space() {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ >= record_header_bytes) {
    const std::size_t record = record_header_bytes + load_be<std::uint16_t>(ByteView(buffer_));
    if (record > buffer_.size()) buffer_.resize(bulk_buffer);
  }
  return MutableBytes(buffer_).subspan(end_);
}

void RecordOpener::filled(std::size_t bytes) {
  assert(bytes <= buffer_.size() - end_);
  end_ += bytes;
}

Result<std::optional<ByteView>> RecordOpener::next() {
  const std::size_t available = end_ - begin_;
  if (available < record_header_bytes) return std::nullopt;
  const std::size_t size = load_be<std::uint16_t>(ByteView(buffer_).subspan(begin_));
  if (!std::ranges::binary_search(record_sizes, size)) {
    return fail(Errc::link_lost, "The peer sent a record of a size that does not exist.");
  }
  if (available < record_header_bytes + size) return std::nullopt;
  const MutableBytes message =
      MutableBytes(buffer_).subspan(begin_ + record_header_bytes, size);
  const auto opened = cipher_.decrypt_with_ad({}, message, message);
  if (!opened) {
    return fail(Errc::link_lost, record_changed);
  }
  begin_ += record_header_bytes + size;
  rekey_when_due(cipher_, records_);
  return ByteView(message).first(*opened);
}

bool is_tampering(const Error& why) {
  return why.is(Errc::link_lost) && why.text() == record_changed;
}

}  // namespace sotto::session
