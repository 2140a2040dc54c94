// What goes over a file channel: its metadata and its messages; and what a file is called.
#include <cstdint>
#include <cstdlib>

#include "round_trip.h"
#include "wire/file_frame.h"
#include "wire/file_name.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto input = std::as_bytes(std::span(data, size));
  sotto::check_round_trip(sotto::wire::decode_file_offer, input);
  sotto::check_round_trip(sotto::wire::decode_file_frame, input);
  const std::string name = sotto::wire::file_name_of(sotto::as_text(input));
  if (!sotto::wire::is_file_name(name) || sotto::wire::file_name_of(name) != name) std::abort();
  return 0;
}
