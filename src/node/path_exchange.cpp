#include "node/path_exchange.h"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <span>

#include "wire/limits.h"

namespace sotto::node {
namespace {

constexpr milliseconds look_around{30'000};
// RFC 8445 section 5.1.2.2.
constexpr std::uint32_t host_preference = 126;

std::optional<Bytes> bytes_of(const std::string& host) {
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(host, error);
  if (error) return std::nullopt;
  const auto copy = [](const auto& bytes) { return to_bytes(std::as_bytes(std::span(bytes))); };
  return address.is_v4() ? copy(address.to_v4().to_bytes()) : copy(address.to_v6().to_bytes());
}

// (2^24) type + (2^8) local + (256 - component); the first address is the dearest.
std::uint32_t priority_of(std::size_t index) {
  return (host_preference << 24U) + ((65'535U - static_cast<std::uint32_t>(index)) << 8U) +
         255U;
}

}  // namespace

std::vector<wire::Candidate> tcp_candidates(
    const std::vector<wire::DirectAddress>& addresses,
    const std::vector<wire::DirectAddress>& advertised) {
  std::vector<wire::Candidate> out;
  for (const wire::DirectAddress& address : addresses) {
    auto bytes = bytes_of(address.host);
    if (!bytes || out.size() == wire::candidates_limit) continue;
    const bool given = std::ranges::find(advertised, address) != advertised.end();
    out.push_back({.kind = given ? wire::CandidateKind::mapped : wire::CandidateKind::host,
                   .transport = wire::CandidateTransport::tcp,
                   .address = std::move(*bytes),
                   .port = address.port,
                   .priority = priority_of(out.size()),
                   .foundation = std::to_string(out.size() + 1)});
  }
  return out;
}

PathExchange::PathExchange(boost::asio::any_io_executor executor, Ours ours, Send send)
    : ours_(std::move(ours)), send_(std::move(send)), timer_(std::move(executor)) {}

void PathExchange::look() {
  if (const auto ours = ours_()) {
    if (const auto news = told_.tell(*ours, std::chrono::steady_clock::now())) send_(*news);
  }
  look_later();
}

void PathExchange::look_later() {
  timer_.expires_after(look_around);
  timer_.async_wait([this, alive = std::weak_ptr(alive_)](const auto& error) {
    if (!error && !alive.expired()) look();
  });
}

void PathExchange::hear(wire::Candidates candidates) {
  if (ours_()) heard_.take(std::move(candidates), std::chrono::steady_clock::now());
}

std::vector<wire::Candidate> PathExchange::theirs() {
  return heard_.at(std::chrono::steady_clock::now());
}

}  // namespace sotto::node
