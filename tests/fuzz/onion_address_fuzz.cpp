// Addresses as people type them: what is accepted has one spelling, its case aside.
#include <cctype>
#include <cstdint>

#include "round_trip.h"
#include "tor/client_auth.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sotto;
  const std::string text = to_string(std::as_bytes(std::span(data, size)));
  if (const auto endpoint = tor::OnionEndpoint::parse(text)) {
    std::string lower = text;
    for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    const std::string host = endpoint->address.host();
    require(host.size() == 62 && lower.starts_with(host));
    require(tor::OnionAddress::parse(host) == endpoint->address);
    require(!endpoint->port || *endpoint->port != 0);
  }
  if (const auto key = tor::parse_client_auth_line(text)) {
    require(tor::client_auth_line(*key).size() == text.size());
    require(tor::parse_client_auth_line(tor::client_auth_line(*key)) == *key);
  }
  if (const auto line = tor::parse_client_private_line(Secret(as_bytes(text)))) {
    const Secret again = tor::client_private_line(line->address, line->key);
    require(again.size() == text.size());
    require(tor::parse_client_private_line(again).has_value());
  }
  return 0;
}
