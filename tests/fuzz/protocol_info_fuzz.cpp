// The bytes that a control port answers PROTOCOLINFO with, and AUTHCHALLENGE: nothing but
// the right hash may lead to AUTHENTICATE with a cookie.
#include <cstdint>

#include "round_trip.h"
#include "tor/authentication.h"

namespace {

class Zeros final : public sotto::Entropy {
 public:
  void fill(sotto::MutableBytes out) override {
    for (std::byte& b : out) b = std::byte{0};
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sotto;
  tor::ReplyParser parser;
  const auto replies = parser.feed(std::as_bytes(std::span(data, size)));
  if (!replies || replies->empty()) return 0;
  Zeros entropy;
  tor::Authentication authentication(entropy, Secret(as_bytes("password")));
  authentication.start();
  auto next = authentication.on_reply(replies->front());
  if (!next) return 0;
  if (const auto* file = std::get_if<tor::Authentication::ReadCookie>(&*next)) {
    require(file->path.starts_with('/') && !file->path.contains('\0'));
    next = authentication.cookie(Secret(32));
    require(next.has_value());
    if (replies->size() < 2) return 0;
    // With 32 zero bytes for cookie and nonce somebody may still know the hash.
    next = authentication.on_reply((*replies)[1]);
  }
  if (next) {
    require(std::get<tor::Command>(*next).keyword() == "AUTHENTICATE");
  }
  return 0;
}
