// What a control port sends: whole or in pieces it is the same, and no limit is passed.
#include <cstdint>

#include "round_trip.h"
#include "tor/reply.h"

namespace {

using namespace sotto;

// Everything that came before an error, as text; one line more when there was one.
std::string told(ByteView input, std::size_t piece) {
  tor::ReplyParser parser({.line_bytes = 200, .lines = 16, .reply_bytes = 1000});
  std::string out;
  while (!input.empty()) {
    const ByteView part = input.first(std::min(piece, input.size()));
    input = input.subspan(part.size());
    const auto replies = parser.feed(part);
    if (!replies) return out + "error";
    for (const tor::Reply& reply : *replies) {
      require(!reply.lines.empty() && reply.lines.size() <= 16);
      out += std::to_string(reply.status) + "\n";
      std::size_t bytes = 0;
      for (const tor::ReplyLine& line : reply.lines) {
        require(line.text.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos);
        bytes += line.text.size() + line.data.value_or("").size();
        out += line.text + "\n" + line.data.value_or("none") + "\n";
      }
      require(bytes <= 1000);
    }
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto input = std::as_bytes(std::span(data, size));
  const std::string by_byte = told(input, 1);
  const std::string by_three = told(input, 3);
  // The larger pieces lose what came whole in the piece that has the error.
  if (by_byte.ends_with("error")) {
    require(by_three.ends_with("error"));
  } else {
    require(by_byte == by_three);
  }
  return 0;
}
