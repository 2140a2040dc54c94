// QR codes on a terminal (ISO/IEC 18004, by libqrencode).
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "cli/errors.h"

namespace sotto::cli {

// The squares of a code, without the quiet zone around it.
class QrCode {
 public:
  // Of these bytes, with as little redundancy as there is: screens have no scratches.
  // Errc::qr_too_large for more than 2953 bytes.
  static Result<QrCode> encode(std::string_view bytes);

  std::size_t size() const { return size_; }
  bool dark(std::size_t x, std::size_t y) const { return dark_[y * size_ + x]; }

 private:
  std::size_t size_ = 0;
  std::vector<bool> dark_;
};

// How squares are drawn.
enum class QrLook {
  colored,  // half blocks, black on white whatever the terminal's colours are
  plain,    // half blocks, for what takes no colours: light squares are drawn
  ascii,    // "##" for a light square
};

// What suits an output with these colours and this locale: LC_ALL, LC_CTYPE or LANG, the first
// that is set.
QrLook choose_look(bool color, std::string_view locale);
// The locale as the environment has it.
std::string locale_of_environment();

// Columns of a terminal that the widest line takes.
std::size_t shown_width(const std::string& drawn);

// Lines, each with its end, a quiet zone of four squares around the code.
std::string qr_text(const QrCode& code, QrLook look);

}  // namespace sotto::cli
