#include "crypto/sas.h"

#include <algorithm>
#include <cstdint>

#include "base/big_endian.h"

namespace sotto::crypto {
namespace {

constexpr std::string_view commit_label = "sotto sas commit 1";
constexpr std::string_view sas_label = "sotto sas 1";

constexpr unsigned emoji_bits = 6;
constexpr unsigned number_bits = 13;
constexpr int smallest_number = 1000;  // so that each has four digits

constexpr std::array<SasEmoji, 64> emoji_table{{
    {"🐶", "Dog"},       {"🐱", "Cat"},        {"🦁", "Lion"},      {"🐎", "Horse"},
    {"🦄", "Unicorn"},   {"🐷", "Pig"},        {"🐘", "Elephant"},  {"🐰", "Rabbit"},
    {"🐼", "Panda"},     {"🐓", "Rooster"},    {"🐧", "Penguin"},   {"🐢", "Turtle"},
    {"🐟", "Fish"},      {"🐙", "Octopus"},    {"🦋", "Butterfly"}, {"🌷", "Flower"},
    {"🌳", "Tree"},      {"🌵", "Cactus"},     {"🍄", "Mushroom"},  {"🌏", "Globe"},
    {"🌙", "Moon"},      {"☁️", "Cloud"},       {"🔥", "Fire"},      {"🍌", "Banana"},
    {"🍎", "Apple"},     {"🍓", "Strawberry"}, {"🌽", "Corn"},      {"🍕", "Pizza"},
    {"🎂", "Cake"},      {"❤️", "Heart"},       {"😀", "Smiley"},    {"🤖", "Robot"},
    {"🎩", "Hat"},       {"👓", "Glasses"},    {"🔧", "Spanner"},   {"🎅", "Santa"},
    {"👍", "Thumbs Up"}, {"☂️", "Umbrella"},    {"⌛", "Hourglass"}, {"⏰", "Clock"},
    {"🎁", "Gift"},      {"💡", "Light Bulb"}, {"📕", "Book"},      {"✏️", "Pencil"},
    {"📎", "Paperclip"}, {"✂️", "Scissors"},    {"🔒", "Lock"},      {"🔑", "Key"},
    {"🔨", "Hammer"},    {"☎️", "Telephone"},   {"🏁", "Flag"},      {"🚂", "Train"},
    {"🚲", "Bicycle"},   {"✈️", "Aeroplane"},   {"🚀", "Rocket"},    {"🏆", "Trophy"},
    {"⚽", "Ball"},      {"🎸", "Guitar"},     {"🎺", "Trumpet"},   {"🔔", "Bell"},
    {"⚓", "Anchor"},    {"🎧", "Headphones"}, {"📁", "Folder"},    {"📌", "Pin"},
}};

// Part `index` of the big-endian integer in `bytes` (at most 8), cut into `bits` from the top.
std::size_t part(ByteView bytes, std::size_t index, unsigned bits) {
  std::array<std::byte, 8> top{};
  std::ranges::copy(bytes, top.begin());
  return static_cast<std::size_t>(load_be<std::uint64_t>(top) << (index * bits) >> (64 - bits));
}

}  // namespace

SasCommitment sas_commit(const SasNonce& ra) {
  return SasCommitment(blake2b_256({as_bytes(commit_label), ra.view()}));
}

bool sas_opens(const SasCommitment& commitment, const SasNonce& ra) {
  return sas_commit(ra) == commitment;
}

Sas Sas::derive(const Inputs& inputs) {
  const Hash64 hash = blake2b_512({as_bytes(sas_label), inputs.handshake_hash,
                                   as_bytes("joiner"), inputs.joiner.view(), as_bytes("host"),
                                   inputs.host.view(), inputs.ra.view(), inputs.rb.view()});
  Sas sas;
  std::ranges::copy_n(hash.begin(), static_cast<std::ptrdiff_t>(sas.bytes_.size()),
                      sas.bytes_.begin());
  return sas;
}

std::array<std::size_t, 7> Sas::emoji() const {
  std::array<std::size_t, 7> out{};
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = part(ByteView(bytes_).first(6), i, emoji_bits);
  }
  return out;
}

std::array<int, 3> Sas::numbers() const {
  std::array<int, 3> out{};
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = static_cast<int>(part(ByteView(bytes_).last(5), i, number_bits)) + smallest_number;
  }
  return out;
}

const std::array<SasEmoji, 64>& sas_emoji() {
  return emoji_table;
}

}  // namespace sotto::crypto
