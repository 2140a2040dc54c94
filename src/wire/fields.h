// What the decoders of this room share: parse within a limit, take the fields out one by one,
// and say which of them was wrong.  Internal to wire/, as are the protobuf classes it names.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/secret.h"
#include "base/time.h"
#include "crypto/card.h"
#include "wire/errors.h"

namespace sotto::proto {
class Card;
}

namespace sotto::wire {

// How error texts speak of what is decoded.
struct Structure {
  std::string_view name;  // "The connection file"
  std::string_view cure;  // a sentence: "Ask the host for a new one."
};

// For whatever a live peer sends.
inline constexpr std::string_view peer_cure =
    "Update sotto on both sides; if that does not help, the other side is faulty.";

// Takes fields out of one message and remembers the first that is wrong, so that a decoder
// reads as a list of its fields.  After a wrong field the rest is read in vain, which does no
// harm.
class FieldReader {
 public:
  explicit FieldReader(const Structure& structure) : structure_(structure) {}

  template <class Proto>
  void parse(Proto& message, ByteView bytes, std::size_t limit) {
    check_count("size in bytes", bytes.size(), limit);
    if (failed()) return;
    if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
      malformed("structure", "is damaged");
    }
  }

  // Exactly T::size bytes: a FixedBytes or a SecretKey.
  template <class T>
  T fixed(std::string_view field, const std::string& bytes) {
    std::optional<T> value = T::from(as_bytes(bytes));
    if (value) return std::move(*value);
    wrong_length(field, bytes.size(), T::size);
    return {};
  }

  // 1..last, for an enum without gaps.
  template <class E>
  E choice(std::string_view field, std::int64_t value, E last) {
    if (value < 1 || value > static_cast<std::int64_t>(last)) malformed(field, "is unknown");
    return static_cast<E>(value);
  }

  std::string name(std::string_view field, std::string value);  // is_name() (base/text.h)
  std::string text(std::string_view field, std::string value, std::size_t limit);  // UTF-8
  std::string host(std::string_view field, std::string value);       // DirectAddress::host
  std::string relay_url(std::string_view field, std::string value);  // RelaySlot::url
  std::string onion_address(std::string_view field,
                            std::string value);  // 56 letters | ".onion"
  std::uint16_t port(std::string_view field, std::uint32_t value);
  WallTime time(std::string_view field, std::uint64_t unix_ms);
  crypto::Card card(std::string_view field, const proto::Card& message);

  void check_version(std::uint32_t version);
  void check_count(std::string_view field, std::size_t count, std::size_t limit);
  // Any other rule: `complaint` follows the name of the field in the error text.
  void check(bool holds, std::string_view field, std::string_view complaint) {
    if (!holds) malformed(field, complaint);
  }

  bool failed() const { return error_.has_value(); }

  // What was read, or the first thing that was wrong.
  template <class T>
  Result<T> finish(T value) {
    if (error_) return std::unexpected(std::move(*error_));
    return value;
  }

 private:
  void malformed(std::string_view field, std::string_view complaint);
  void wrong_length(std::string_view field, std::size_t length, std::size_t expected);
  void remember(Error error);

  Structure structure_;
  std::optional<Error> error_;
};

template <class Proto>
Bytes serialize(const Proto& message) {
  Bytes out(message.ByteSizeLong());
  message.SerializeWithCachedSizesToArray(raw(MutableBytes(out)));
  return out;
}

template <class Proto>
Secret serialize_secret(const Proto& message) {
  Secret out(message.ByteSizeLong());
  message.SerializeWithCachedSizesToArray(raw(out.mutable_view()));
  return out;
}

// Keys sit in a protobuf message as plain strings: this message has them wiped by `wipe_keys`
// before it is freed.
template <class Proto, void (*wipe_keys)(Proto&)>
class Wiped {
 public:
  Wiped() = default;
  Wiped(const Wiped&) = delete;
  Wiped& operator=(const Wiped&) = delete;
  ~Wiped() { wipe_keys(message_); }

  Proto& operator*() { return message_; }
  Proto* operator->() { return &message_; }

 private:
  Proto message_;
};

inline void wipe_text(std::string& text) {
  wipe(std::as_writable_bytes(std::span(text.data(), text.size())));
}

// A card inside another message (card.cpp).
void write_card(const crypto::Card& card, proto::Card& out);
Result<crypto::Card> read_card(const proto::Card& message);

}  // namespace sotto::wire
