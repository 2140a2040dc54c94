#include "crypto/armor.h"

#include "base/encoding.h"

namespace sotto::crypto {
namespace {

constexpr std::string_view first_line = "-----BEGIN SOTTO FILE-----\n";
constexpr std::string_view last_line = "-----END SOTTO FILE-----\n";
constexpr std::size_t columns = 64;
constexpr std::string_view white_space = " \t\r\n";

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(white_space);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(white_space) - begin + 1);
}

std::string without_carriage_returns(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!text.substr(i).starts_with("\r\n")) out += text[i];
  }
  return out;
}

std::unexpected<Error> not_armor() {
  return fail(Errc::armor_syntax,
              "This armored file is damaged: a line is missing, changed or wrapped. Copy it "
              "again, from the BEGIN line to the END line.");
}

}  // namespace

std::string armor(ByteView bytes) {
  const std::string letters = to_base64(bytes);
  std::string out(first_line);
  for (std::size_t at = 0; at < letters.size(); at += columns) {
    out += std::string_view(letters).substr(at, columns);
    out += '\n';
  }
  out += last_line;
  return out;
}

bool is_armored(std::string_view text) {
  text = trimmed(text);
  return text.starts_with(first_line.substr(0, first_line.size() - 1));
}

Result<Bytes> unarmor(std::string_view text) {
  const std::string lines = without_carriage_returns(trimmed(text)) + '\n';
  if (!lines.starts_with(first_line) || !lines.ends_with(last_line) ||
      lines.size() < first_line.size() + last_line.size()) {
    return not_armor();
  }
  std::string letters =
      lines.substr(first_line.size(), lines.size() - first_line.size() - last_line.size());
  std::erase(letters, '\n');
  auto bytes = from_base64(letters);
  if (!bytes || armor(*bytes) != lines) return not_armor();
  return std::move(*bytes);
}

}  // namespace sotto::crypto
