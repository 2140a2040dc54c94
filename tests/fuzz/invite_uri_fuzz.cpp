// A URI that is accepted holds the content of a connection file, and says the same when it is
// spelled anew.
#include <cstdint>

#include "round_trip.h"
#include "wire/connection_file.h"
#include "wire/invite_uri.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sotto;
  const auto text = as_text(std::as_bytes(std::span(data, size)));
  const auto content = wire::from_invite_uri(text);
  if (!content) return 0;
  require(wire::is_invite_uri(text));
  require(wire::decode_connection_file(content->view()).has_value());
  const Secret spelled = wire::to_invite_uri(content->view());
  require(spelled.size() <= size);
  const auto again = wire::from_invite_uri(as_text(spelled.view()));
  require(again.has_value() && plain(*again) == plain(*content));
  return 0;
}
