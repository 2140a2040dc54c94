// A gateway that answers anything.
#include <cstdint>

#include "reach/mapping_message.h"
#include "round_trip.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sotto;
  const auto answer = reach::read_mapping_answer(std::as_bytes(std::span(data, size)));
  if (!answer) {
    require(!answer.error().text().empty());
    return 0;
  }
  require(size <= reach::mapping_message_limit);
  if (const auto* mapped = std::get_if<reach::PcpMapped>(&*answer)) {
    require(!reach::describe_pcp_result(mapped->result).empty());
    require(mapped->lifetime >= seconds(0));
    // What is asked back has to fit into a request.
    const reach::MappingWish wish{mapped->protocol, mapped->internal_port,
                                  mapped->external.port, mapped->lifetime};
    require(reach::pcp_map_request(wish, mapped->nonce, mapped->external.address,
                                   mapped->external.address)
                .size() == 60);
  }
  if (const auto* mapped = std::get_if<reach::NatPmpMapped>(&*answer)) {
    require(!reach::describe_nat_pmp_result(mapped->result).empty());
    require(mapped->lifetime >= seconds(0));
  }
  return 0;
}
