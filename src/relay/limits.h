// What a relay gives to whom (docs/relay.md): the operator sets most of it.
#pragma once
#include <cstddef>
#include <cstdint>

#include "base/time.h"
#include "relay/token_bucket.h"

namespace sotto::relay {

struct Limits {
  // --- connections
  std::size_t connections = 0;  // all together; 0: as many as there are file descriptors
  std::size_t connections_a_block = 512;
  std::size_t half_open = 1024;  // that have not finished TLS and WebSocket: the oldest goes
  std::uint64_t memory = std::uint64_t{1} << 30;  // bytes of this process
  milliseconds handshake{10'000};                 // TLS and WebSocket
  milliseconds first_request{10'000};
  milliseconds between_requests{120'000};  // unless it listens
  milliseconds drain{30'000};              // what splices get when the relay ends

  // --- rates
  Rate requests_a_block{.a_second = 100, .burst = 500};
  Rate bytes_a_block{};  // bytes through splices
  Rate bytes_a_slot{};
  Rate visits_a_slot{.a_second = 20, .burst = 64};  // RelayOpen
  std::size_t splices_a_slot = 256;
  std::size_t slots_a_connection = 64;

  // --- what is kept.  A payer is a token's owner, or an address block.
  std::uint64_t stored_bytes = std::uint64_t{4} << 30;  // all together
  std::size_t records_a_payer = 10'000;
  std::size_t mailboxes_a_payer = 1'000;
  std::size_t deposits_a_payer = 10'000;
  std::uint64_t deposited_bytes_a_payer = std::uint64_t{64} << 20;
  std::size_t deposits_a_mailbox = 1'000;
  std::uint64_t deposited_bytes_a_mailbox = std::uint64_t{16} << 20;
};

inline constexpr std::chrono::days mailbox_lifetime{7};
inline constexpr std::chrono::days deposit_lifetime{7};
inline constexpr std::chrono::days record_lifetime{3};

}  // namespace sotto::relay
