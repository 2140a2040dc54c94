#include "room/deposit.h"

#include <algorithm>
#include <cassert>

#include "base/big_endian.h"
#include "crypto/aead.h"
#include "wire/limits.h"

namespace sotto::room {
namespace {

constexpr std::size_t nonce_bytes = 24;
constexpr std::size_t header_bytes = 4;
constexpr std::size_t clear_bytes = nonce_bytes + header_bytes + crypto::tag_bytes;
constexpr std::size_t prefix_bytes = 4;  // part, parts, length
constexpr std::size_t overhead = clear_bytes + crypto::tag_bytes + prefix_bytes;
constexpr std::size_t longest_part = wire::deposit_sizes.back() - overhead;
// An introduction and a message, with their lengths.
constexpr std::size_t content_limit = wire::room_frame_limit + 1024;
static_assert(parts_limit * longest_part >= content_limit);

bool is_deposit_size(std::size_t size) {
  return std::ranges::find(wire::deposit_sizes, size) != wire::deposit_sizes.end();
}

crypto::Nonce24 nonce_of(ByteView deposit) {
  crypto::Nonce24 nonce;
  std::ranges::copy(deposit.first(nonce_bytes), nonce.begin());
  return nonce;
}

Bytes header_ad(const crypto::Ed25519PublicKey& mailbox) {
  Bytes ad = to_bytes("sotto deposit header 1");
  append(ad, mailbox.view());
  return ad;
}

Bytes body_ad(const crypto::Ed25519PublicKey& mailbox, ByteView deposit) {
  Bytes ad = to_bytes("sotto deposit body 1");
  append(ad, mailbox.view());
  append(ad, deposit.first(clear_bytes));
  return ad;
}

// The smallest deposit that holds so much.
std::size_t size_for(std::size_t bytes) {
  return *std::ranges::find_if(wire::deposit_sizes,
                               [&](std::size_t size) { return size - overhead >= bytes; });
}

Bytes seal_part(store::ChainRow& chain, const crypto::Ed25519PublicKey& mailbox,
                const DepositPart& part, Entropy& entropy) {
  Bytes deposit(size_for(part.bytes.size()));
  const MutableBytes all(deposit);
  entropy.fill(all.first(nonce_bytes));
  const crypto::Nonce24 nonce = nonce_of(deposit);
  std::byte header[header_bytes];
  store_be<std::uint32_t>(header, chain.next);
  crypto::xchacha20poly1305_encrypt(chain.header_key, nonce, header_ad(mailbox), header,
                                    all.subspan(nonce_bytes, header_bytes + crypto::tag_bytes));
  Bytes body(deposit.size() - clear_bytes - crypto::tag_bytes);
  body[0] = std::byte{part.part};
  body[1] = std::byte{part.parts};
  store_be<std::uint16_t>(MutableBytes(body).subspan(2),
                          static_cast<std::uint16_t>(part.bytes.size()));
  std::ranges::copy(part.bytes, body.begin() + prefix_bytes);
  const crypto::SymmetricKey key = advance(chain);
  crypto::xchacha20poly1305_encrypt(key, nonce, body_ad(mailbox, deposit), body,
                                    all.subspan(clear_bytes));
  return deposit;
}

}  // namespace

std::vector<Bytes> seal_deposits(store::ChainRow& chain,
                                 const crypto::Ed25519PublicKey& mailbox, ByteView content,
                                 Entropy& entropy) {
  const std::size_t parts = (content.size() + longest_part - 1) / longest_part;
  assert(parts >= 1 && parts <= parts_limit);
  std::vector<Bytes> deposits;
  for (std::size_t i = 0; i < parts; ++i) {
    const ByteView rest = content.subspan(i * longest_part);
    const DepositPart part{static_cast<std::uint8_t>(i), static_cast<std::uint8_t>(parts),
                           to_bytes(rest.first(std::min(rest.size(), longest_part)))};
    deposits.push_back(seal_part(chain, mailbox, part, entropy));
  }
  return deposits;
}

std::optional<std::uint32_t> index_of(const store::ChainRow& chain,
                                      const crypto::Ed25519PublicKey& mailbox,
                                      ByteView deposit) {
  if (!is_deposit_size(deposit.size())) return std::nullopt;
  std::byte header[header_bytes];
  const auto opened = crypto::xchacha20poly1305_decrypt(
      chain.header_key, nonce_of(deposit), header_ad(mailbox),
      deposit.subspan(nonce_bytes, header_bytes + crypto::tag_bytes), header);
  if (!opened) return std::nullopt;
  return load_be<std::uint32_t>(header);
}

std::optional<DepositPart> open_deposit(const crypto::SymmetricKey& message_key,
                                        const crypto::Ed25519PublicKey& mailbox,
                                        ByteView deposit) {
  if (!is_deposit_size(deposit.size())) return std::nullopt;
  Bytes body(deposit.size() - clear_bytes - crypto::tag_bytes);
  const auto opened = crypto::xchacha20poly1305_decrypt(message_key, nonce_of(deposit),
                                                        body_ad(mailbox, deposit),
                                                        deposit.subspan(clear_bytes), body);
  if (!opened) return std::nullopt;
  DepositPart part{
      std::to_integer<std::uint8_t>(body[0]), std::to_integer<std::uint8_t>(body[1]), {}};
  const std::size_t length = load_be<std::uint16_t>(ByteView(body).subspan(2));
  const ByteView rest = ByteView(body).subspan(prefix_bytes);
  if (part.part >= part.parts || part.parts > parts_limit || length > rest.size()) {
    return std::nullopt;
  }
  const bool padded = std::ranges::all_of(rest.subspan(length),
                                          [](std::byte byte) { return byte == std::byte{}; });
  if (!padded) return std::nullopt;
  part.bytes = to_bytes(rest.first(length));
  return part;
}

Bytes encode(const std::optional<crypto::Card>& author, ByteView encoded_message) {
  Bytes content;
  const auto add = [&](ByteView frame) {
    append_be<std::uint32_t>(content, static_cast<std::uint32_t>(frame.size()));
    append(content, frame);
  };
  if (author) add(wire::encode(wire::RoomFrame(wire::Introduction{*author})));
  add(wire::frame_of_message(encoded_message));
  return content;
}

Result<OfflineMessage> decode_offline_message(ByteView content) {
  const auto malformed = [] {
    return fail(wire::Errc::malformed,
                "What waited in the mailbox is not what a sotto leaves there. Ask its author "
                "to update sotto.");
  };
  OfflineMessage out;
  bool said = false;
  while (!said) {
    if (content.size() < 4) return malformed();
    const std::size_t length = load_be<std::uint32_t>(content);
    content = content.subspan(4);
    if (length > content.size()) return malformed();
    auto frame = wire::decode_room_frame(content.first(length));
    if (!frame) return pass(frame);
    content = content.subspan(length);
    if (auto* introduction = std::get_if<wire::Introduction>(&*frame);
        introduction != nullptr && !out.author) {
      out.author = std::move(introduction->card);
    } else if (auto* message = std::get_if<wire::Message>(&*frame)) {
      out.message = std::move(*message);
      said = true;
    } else {
      return malformed();
    }
  }
  if (!content.empty()) return malformed();
  return out;
}

}  // namespace sotto::room
