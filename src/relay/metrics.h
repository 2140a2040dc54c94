// What the relay counts, and how Prometheus reads it (text format 0.0.4, docs/decisions/046).
// Counters may be raised by any thread.  No label names a person, a slot or an address.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <string>

#include "relay/close_code.h"
#include "relay/usage.h"
#include "wire/relay_message.h"

namespace sotto::relay {

using Counter = std::atomic<std::uint64_t>;

inline constexpr std::array all_close_codes{
    CloseCode::normal,  CloseCode::protocol_error, CloseCode::not_binary,
    CloseCode::too_big, CloseCode::failure,        CloseCode::draining,
    CloseCode::full,    CloseCode::token,          CloseCode::connections,
    CloseCode::rate,    CloseCode::late,           CloseCode::replaced};

struct Metrics {
  Counter accepted;         // connections
  Counter dropped;          // of them, before TLS: nothing was said to them
  Counter half_open_ended;  // of them, that did not finish TLS and WebSocket
  std::array<Counter, std::variant_size_v<wire::RelayAction>> requests;
  std::array<Counter, static_cast<std::size_t>(wire::RelayRefusal::store) + 1> refusals;
  std::array<Counter, all_close_codes.size()> closes;
  Counter splices;
  Counter spliced_bytes;
  Counter store_errors;
  Counter reloads;
  Counter failed_reloads;

  void count(CloseCode code);
};

// What is so at this moment.
struct Gauges {
  std::uint64_t connections = 0;
  std::uint64_t half_open = 0;
  std::uint64_t listening_slots = 0;
  std::uint64_t waiting_visitors = 0;
  std::uint64_t splices = 0;
  std::uint64_t resident_bytes = 0;
  Usage kept;
  std::int64_t certificate_expires = 0;  // seconds since 1970
  std::int64_t started = 0;              // the same
  bool draining = false;
};

std::string to_prometheus(const Metrics& metrics, const Gauges& gauges);

}  // namespace sotto::relay
