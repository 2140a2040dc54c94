// Bytes of a keyboard: in one piece and byte by byte they mean the same, and a paste holds
// nothing that steers.
#include <cstdint>
#include <vector>

#include "base/text.h"
#include "cli/terminal/keys.h"
#include "round_trip.h"

namespace {

constexpr std::size_t paste_limit = 100;

std::vector<sotto::cli::KeyEvent> rest_of(sotto::cli::KeyDecoder& decoder) {
  decoder.give_up();
  sotto::require(!decoder.patience());
  std::vector<sotto::cli::KeyEvent> out;
  while (auto event = decoder.next()) out.push_back(std::move(*event));
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sotto;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  cli::KeyDecoder whole(paste_limit);
  whole.feed(bytes);
  const auto events = rest_of(whole);
  cli::KeyDecoder pieces(paste_limit);
  for (const char byte : bytes) pieces.feed({&byte, 1});
  require(rest_of(pieces) == events);
  for (const auto& event : events) {
    if (const auto* c = std::get_if<char32_t>(&event)) require(*c <= 0x10ffff);
    const auto* paste = std::get_if<cli::Paste>(&event);
    if (paste == nullptr) continue;
    require(!paste->text.empty() && is_utf8(paste->text));
    // A byte that is no text becomes three.
    require(paste->text.size() <= 3 * paste_limit);
    for (const char c : paste->text) {
      const auto value = static_cast<unsigned char>(c);
      require(value >= 0x20 || value == '\n' || value == '\t');
    }
  }
  return 0;
}
