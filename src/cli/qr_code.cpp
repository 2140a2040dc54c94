#include "cli/qr_code.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <memory>
#include <qrencode.h>

namespace sotto::cli {
namespace {

constexpr std::size_t most_bytes = 2953;  // version 40, error correction L
constexpr std::size_t quiet_zone = 4;

struct Release {
  void operator()(QRcode* code) const { QRcode_free(code); }
};

// Whether the square is dark, in coordinates that count the quiet zone.
bool dark_at(const QrCode& code, std::size_t x, std::size_t y) {
  const std::size_t end = quiet_zone + code.size();
  if (x < quiet_zone || y < quiet_zone || x >= end || y >= end) return false;
  return code.dark(x - quiet_zone, y - quiet_zone);
}

// Two squares above each other as one letter: "marked" ones are drawn.
const char* half_blocks(bool upper, bool lower) {
  if (upper && lower) return "\xe2\x96\x88";
  if (upper) return "\xe2\x96\x80";
  return lower ? "\xe2\x96\x84" : " ";
}

std::string ascii_text(const QrCode& code, std::size_t side) {
  std::string out;
  for (std::size_t y = 0; y < side; ++y) {
    for (std::size_t x = 0; x < side; ++x) out += dark_at(code, x, y) ? "  " : "##";
    out += '\n';
  }
  return out;
}

}  // namespace

Result<QrCode> QrCode::encode(std::string_view bytes) {
  if (bytes.size() > most_bytes) {
    return fail(Errc::qr_too_large,
                "This is too large for a QR code: " + std::to_string(bytes.size()) + " of " +
                    std::to_string(most_bytes) +
                    " bytes. Give the host fewer addresses with --bind, or "
                    "use a file.");
  }
  const std::unique_ptr<QRcode, Release> made(
      QRcode_encodeData(static_cast<int>(bytes.size()),
                        reinterpret_cast<const unsigned char*>(bytes.data()), 0, QR_ECLEVEL_L));
  if (!made) throw std::bad_alloc();  // the one thing that is left to go wrong
  QrCode out;
  out.size_ = static_cast<std::size_t>(made->width);
  for (std::size_t i = 0; i < out.size_ * out.size_; ++i) {
    out.dark_.push_back((made->data[i] & 1U) != 0);
  }
  return out;
}

QrLook choose_look(bool color, std::string_view locale) {
  std::string name(locale);
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (name.find("utf-8") == std::string::npos && name.find("utf8") == std::string::npos) {
    return QrLook::ascii;
  }
  return color ? QrLook::colored : QrLook::plain;
}

std::string locale_of_environment() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* value = std::getenv(name);
    if (value != nullptr && *value != '\0') return value;
  }
  return "";
}

std::size_t shown_width(const std::string& drawn) {
  std::size_t widest = 0;
  std::size_t width = 0;
  bool escape = false;
  for (const char c : drawn) {
    if (c == '\n') {
      widest = std::max(widest, width);
      width = 0;
    } else if (c == '\x1b') {
      escape = true;
    } else if (escape) {
      escape = c != 'm';
    } else if ((static_cast<unsigned char>(c) & 0xc0U) != 0x80U) {
      ++width;  // the first byte of a letter
    }
  }
  return std::max(widest, width);
}

std::string qr_text(const QrCode& code, QrLook look) {
  const std::size_t side = code.size() + 2 * quiet_zone;
  if (look == QrLook::ascii) return ascii_text(code, side);
  // In colour the dark squares are drawn, black on white.  Without, drawing the light ones is
  // right on a dark screen, which is the more common one; on a light one the code is inverted,
  // which most readers take as well.
  const bool colored = look == QrLook::colored;
  std::string out;
  for (std::size_t y = 0; y < side; y += 2) {
    if (colored) out += "\x1b[38;5;16;48;5;231m";
    for (std::size_t x = 0; x < side; ++x) {
      const bool below_the_end = y + 1 >= side;
      const bool lower = below_the_end ? !colored : dark_at(code, x, y + 1);
      out += half_blocks(dark_at(code, x, y) == colored, lower == colored);
    }
    out += colored ? "\x1b[0m\n" : "\n";
  }
  return out;
}

}  // namespace sotto::cli
