#include "relay/metrics.h"

#include <algorithm>
#include <string_view>

namespace sotto::relay {
namespace {

constexpr std::array<std::string_view, std::variant_size_v<wire::RelayAction>> actions{
    "listen",       "open",          "take",    "put",   "get",        "delete",
    "open_mailbox", "close_mailbox", "deposit", "fetch", "acknowledge"};

constexpr std::array<std::string_view, static_cast<std::size_t>(wire::RelayRefusal::store) + 1>
    refusals{"",      "token", "signature", "nobody", "busy",     "ticket", "unknown",
             "older", "quota", "id_reused", "rate",   "draining", "store"};

// One family after the other, each under its help and type.
class Page {
 public:
  void family(std::string_view name, std::string_view type, std::string_view help) {
    name_ = "sotto_relay_" + std::string(name);
    out_ += "# HELP " + name_ + " " + std::string(help) + "\n";
    out_ += "# TYPE " + name_ + " " + std::string(type) + "\n";
  }
  void value(auto number, std::string_view label = {}, std::string_view of = {}) {
    out_ += name_;
    if (!label.empty()) {
      out_ += "{" + std::string(label) + "=\"" + std::string(of) + "\"}";
    }
    out_ += " " + std::to_string(number) + "\n";
  }
  void counter(std::string_view name, const Counter& counter, std::string_view help) {
    family(name, "counter", help);
    value(counter.load());
  }
  void gauge(std::string_view name, auto number, std::string_view help) {
    family(name, "gauge", help);
    value(number);
  }
  std::string text() && { return std::move(out_); }

 private:
  std::string name_;
  std::string out_;
};

void counters(Page& page, const Metrics& metrics) {
  page.counter("connections_total", metrics.accepted, "Connections that came.");
  page.counter("dropped_connections_total", metrics.dropped,
               "Of these, ended at once: too many from one address block, or no room.");
  page.counter("unfinished_handshakes_total", metrics.half_open_ended,
               "Of these, ended before TLS and WebSocket stood.");
  page.family("requests_total", "counter", "Requests by what they asked for.");
  for (std::size_t i = 0; i < actions.size(); ++i) {
    page.value(metrics.requests[i].load(), "action", actions[i]);
  }
  page.family("refusals_total", "counter", "Requests refused, by the reason.");
  for (std::size_t i = 1; i < refusals.size(); ++i) {
    page.value(metrics.refusals[i].load(), "reason", refusals[i]);
  }
  page.family("closes_total", "counter",
              "Connections that the relay closed, by the close code.");
  for (std::size_t i = 0; i < all_close_codes.size(); ++i) {
    const auto code = std::to_string(static_cast<int>(all_close_codes[i]));
    page.value(metrics.closes[i].load(), "code", code);
  }
  page.counter("splices_total", metrics.splices, "Pairs that were spliced.");
  page.counter("spliced_bytes_total", metrics.spliced_bytes,
               "Bytes that went through splices, both ways.");
  page.counter("store_errors_total", metrics.store_errors,
               "Failures of the store or its disk.");
  page.counter("reloads_total", metrics.reloads, "Certificates and tokens read again.");
  page.counter("failed_reloads_total", metrics.failed_reloads,
               "Reloads that changed nothing because of an error.");
}

}  // namespace

void Metrics::count(CloseCode code) {
  const auto at = std::ranges::find(all_close_codes, code);
  ++closes[static_cast<std::size_t>(at - all_close_codes.begin())];
}

std::string to_prometheus(const Metrics& metrics, const Gauges& gauges) {
  Page page;
  counters(page, metrics);
  page.gauge("connections", gauges.connections, "Connections now.");
  page.gauge("half_open_connections", gauges.half_open,
             "Of these, on which TLS or WebSocket does not stand yet.");
  page.gauge("listening_slots", gauges.listening_slots, "Slots that somebody listens on.");
  page.gauge("waiting_visitors", gauges.waiting_visitors, "Visitors that wait for their host.");
  page.gauge("splices", gauges.splices, "Pairs that are spliced now.");
  page.gauge("resident_bytes", gauges.resident_bytes, "Memory of the process.");
  page.gauge("records", gauges.kept.records, "Records in the directory.");
  page.gauge("mailboxes", gauges.kept.mailboxes, "Mailboxes.");
  page.gauge("deposits", gauges.kept.deposits, "Deposits that wait.");
  page.gauge("stored_bytes", gauges.kept.bytes, "Bytes of records and deposits.");
  page.gauge("certificate_expires_timestamp_seconds", gauges.certificate_expires,
             "When the certificate expires.");
  page.gauge("start_timestamp_seconds", gauges.started, "When the relay was started.");
  page.gauge("draining", gauges.draining ? 1 : 0, "1 once it was told to end.");
  return std::move(page).text();
}

}  // namespace sotto::relay
