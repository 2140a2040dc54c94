#include "rendezvous/search.h"

namespace sotto::rendezvous {
namespace {

// Which of two complaints to tell: that somebody lies before that something is old.
int weight(const Error& error) {
  if (error.is(Errc::forged)) return 4;
  if (error.is(Errc::blob_invalid)) return 3;
  return error.is(Errc::rolled_back) ? 2 : 1;
}

}  // namespace

Search::Search(const crypto::Ed25519PublicKey& host, crypto::SymmetricKey record_secret,
               std::uint64_t last_seq, WallTime now)
    : host_(host), secret_(std::move(record_secret)), last_seq_(last_seq), now_(now) {
  const std::uint32_t today = day_of(now);
  for (const std::uint32_t day : {today, today - 1, today + 1}) {
    places_.push_back({day, publishing_key(secret_, day).public_key});
  }
}

Result<void> Search::offer(const Place& place, ByteView blob) {
  auto record = resolve(blob, host_, secret_, place.day, last_seq_, now_);
  if (record) {
    if (!best_ || record->seq > best_->seq) best_ = std::move(*record);
    return {};
  }
  const Error& why = record.error();
  if (!trouble_ || weight(why) > weight(*trouble_)) trouble_ = why;
  // Yesterday's key keeps what was published yesterday: that alone is no lie.
  if (why.is(Errc::rolled_back) || why.is(Errc::expired)) return {};
  return std::unexpected(why);
}

Result<std::optional<wire::RendezvousRecord>> Search::result() const {
  if (best_) return best_;
  if (trouble_) return std::unexpected(*trouble_);
  return std::nullopt;
}

}  // namespace sotto::rendezvous
