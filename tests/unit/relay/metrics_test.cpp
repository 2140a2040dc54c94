#include "relay/metrics.h"

#include <gtest/gtest.h>
#include <regex>
#include <set>
#include <sstream>

namespace sotto::relay {
namespace {

// The rules of the text format (prometheus.io, "Exposition formats"), by hand.
TEST(MetricsPage, IsInPrometheusTextFormat) {
  const Metrics metrics;
  std::istringstream page(to_prometheus(metrics, Gauges()));
  const std::regex help("# HELP (sotto_relay_[a-z_]+) [^\\n\\\\]+");
  const std::regex type("# TYPE (sotto_relay_[a-z_]+) (counter|gauge)");
  const std::regex sample("(sotto_relay_[a-z_]+)(\\{[a-z]+=\"[a-z_0-9]+\"\\})? -?[0-9]+");
  std::set<std::string> families;
  std::set<std::string> samples;
  std::string family;
  for (std::string line; std::getline(page, line);) {
    std::smatch match;
    if (std::regex_match(line, match, help)) {
      family = match[1];
      EXPECT_TRUE(families.insert(family).second) << "twice: " << line;
    } else if (std::regex_match(line, match, type)) {
      EXPECT_EQ(match[1], family);
      EXPECT_EQ(match[2] == "counter", family.ends_with("_total")) << line;
    } else {
      ASSERT_TRUE(std::regex_match(line, match, sample)) << line;
      EXPECT_EQ(match[1], family);
      EXPECT_TRUE(samples.insert(match[1].str() + match[2].str()).second) << "twice: " << line;
    }
  }
  EXPECT_GT(families.size(), 20U);
}

TEST(MetricsPage, ShowsWhatWasCounted) {
  Metrics metrics;
  metrics.accepted = 3;
  metrics.requests[8] = 5;  // deposit, as RelayAction has it
  static_assert(
      std::is_same_v<std::variant_alternative_t<8, wire::RelayAction>, wire::RelayDeposit>);
  metrics.refusals[static_cast<std::size_t>(wire::RelayRefusal::quota)] = 2;
  metrics.count(CloseCode::rate);
  Gauges gauges;
  gauges.kept.bytes = 77;
  gauges.draining = true;
  const std::string page = to_prometheus(metrics, gauges);
  for (const char* line :
       {"sotto_relay_connections_total 3", "sotto_relay_requests_total{action=\"deposit\"} 5",
        "sotto_relay_refusals_total{reason=\"quota\"} 2",
        "sotto_relay_closes_total{code=\"4003\"} 1", "sotto_relay_stored_bytes 77",
        "sotto_relay_draining 1"}) {
    EXPECT_NE(page.find("\n" + std::string(line) + "\n"), std::string::npos) << line;
  }
}

// Every code has a reason of its own that fits into a close frame (RFC 6455 section 5.5).
TEST(CloseCodes, HaveReasons) {
  std::set<std::string_view> reasons;
  for (const CloseCode code : all_close_codes) {
    EXPECT_TRUE(reasons.insert(reason_of(code)).second);
    EXPECT_LE(reason_of(code).size(), 123U);
    EXPECT_FALSE(reason_of(code).empty());
  }
}

}  // namespace
}  // namespace sotto::relay
