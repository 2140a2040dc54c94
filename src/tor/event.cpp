#include "tor/event.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <limits>
#include <utility>

#include "base/text.h"

namespace sotto::tor {
namespace {

std::unexpected<Error> incomplete(const std::string& name) {
  return fail(Errc::control_reply,
              "Tor sent the event " + displayable(name) +
                  " without what belongs to it. Check that the port is tor's ControlPort.");
}

std::optional<Severity> severity_of(const std::string& word) {
  if (word == "NOTICE") return Severity::notice;
  if (word == "WARN") return Severity::warning;
  if (word == "ERR") return Severity::error;
  return std::nullopt;
}

template <class Value, std::size_t N>
Value lookup(const std::array<std::pair<std::string_view, Value>, N>& table,
             std::string_view word, Value other) {
  for (const auto& [name, value] : table) {
    if (name == word) return value;
  }
  return other;
}

// severity "BOOTSTRAP" PROGRESS=n TAG=word SUMMARY="text" [WARNING="text" REASON=word COUNT=n
// RECOMMENDATION=word HOSTID="id" HOSTADDR="address:port"]
Result<Bootstrap> read_bootstrap(Severity severity, const Arguments& arguments) {
  const auto progress = number(arguments.value("PROGRESS"), 100);
  if (!progress) return incomplete("BOOTSTRAP");
  Bootstrap out;
  out.severity = severity;
  out.progress = static_cast<int>(*progress);
  out.tag = arguments.value("TAG");
  out.summary = arguments.value("SUMMARY");
  out.warning = arguments.value("WARNING");
  out.reason = arguments.value("REASON");
  out.count =
      number(arguments.value("COUNT"), std::numeric_limits<std::uint64_t>::max()).value_or(0);
  out.recommendation = arguments.value("RECOMMENDATION");
  const std::string* address = arguments.find("HOSTADDR");
  out.host = address != nullptr ? *address : arguments.value("HOSTID");
  return out;
}

// severity "CLOCK_SKEW" SKEW=[+|-]seconds SOURCE=...
Result<ClockSkew> read_clock_skew(const Arguments& arguments) {
  const std::string text = arguments.value("SKEW");
  const bool behind = text.starts_with('-');
  const bool has_sign = behind || text.starts_with('+');
  constexpr std::uint64_t most = std::numeric_limits<std::int32_t>::max();
  const auto size = number(std::string_view(text).substr(has_sign ? 1 : 0), most);
  if (!size) return incomplete("CLOCK_SKEW");
  const std::chrono::seconds skew(static_cast<std::int64_t>(*size));
  return ClockSkew{behind ? -skew : skew, arguments.value("SOURCE")};
}

Result<Event> read_status(const std::string& name, Arguments arguments) {
  const std::string* level = arguments.word(1);
  const std::string* action = arguments.word(2);
  const auto severity = level == nullptr ? std::nullopt : severity_of(*level);
  if (!severity || action == nullptr) return incomplete(name);
  if (*action == "BOOTSTRAP") return read_bootstrap(*severity, arguments);
  if (*action == "CLOCK_SKEW") return read_clock_skew(arguments);
  std::string copy = *action;
  return StatusEvent{*severity, name == "STATUS_CLIENT", std::move(copy), std::move(arguments)};
}

// "HS_DESC" action address auth-type directory [descriptor id] [REASON=word] ...
Result<Event> read_descriptor(const Arguments& arguments) {
  using Action = DescriptorEvent::Action;
  static constexpr std::array<std::pair<std::string_view, Action>, 7> actions{{
      {"REQUESTED", Action::requested},
      {"UPLOAD", Action::upload},
      {"RECEIVED", Action::received},
      {"UPLOADED", Action::uploaded},
      {"CREATED", Action::created},
      {"IGNORE", Action::ignore},
      {"FAILED", Action::failed},
  }};
  const std::string* action = arguments.word(1);
  const std::string* address = arguments.word(2);
  const std::string* directory = arguments.word(4);
  if (action == nullptr || address == nullptr) return incomplete("HS_DESC");
  DescriptorEvent out;
  out.action = lookup(actions, *action, Action::other);
  if (*address != "UNKNOWN") {
    auto parsed = OnionAddress::parse_id(*address);
    if (!parsed) return incomplete("HS_DESC");
    out.address = *parsed;
  }
  if (directory != nullptr) out.directory = *directory;
  out.reason = arguments.value("REASON");
  return out;
}

// "CIRC" id status [path] [PURPOSE=word] [HS_STATE=word] [REASON=word] ...
Result<Event> read_circuit(const Arguments& arguments) {
  using Status = CircuitEvent::Status;
  static constexpr std::array<std::pair<std::string_view, Status>, 6> statuses{{
      {"LAUNCHED", Status::launched},
      {"BUILT", Status::built},
      {"GUARD_WAIT", Status::guard_wait},
      {"EXTENDED", Status::extended},
      {"FAILED", Status::failed},
      {"CLOSED", Status::closed},
  }};
  const std::string* id = arguments.word(1);
  const std::string* status = arguments.word(2);
  if (id == nullptr || status == nullptr) return incomplete("CIRC");
  return CircuitEvent{*id, lookup(statuses, *status, Status::other), arguments.value("PURPOSE"),
                      arguments.value("HS_STATE"), arguments.value("REASON")};
}

Result<Event> read_liveness(const Arguments& arguments) {
  const std::string* state = arguments.word(1);
  if (state == nullptr || (*state != "UP" && *state != "DOWN")) {
    return incomplete("NETWORK_LIVENESS");
  }
  return NetworkLiveness{*state == "UP"};
}

}  // namespace

Result<Event> read_event(const Reply& reply) {
  assert(reply.is_event() && !reply.lines.empty());
  const std::string& line = reply.lines.front().text;
  const std::string name = line.substr(0, line.find(' '));
  const bool status = name == "STATUS_CLIENT" || name == "STATUS_GENERAL";
  if (!status && name != "HS_DESC" && name != "CIRC" && name != "NETWORK_LIVENESS") {
    return OtherEvent{name};
  }
  auto arguments = Arguments::parse(line);
  if (!arguments) return pass(arguments);
  if (status) return read_status(name, std::move(*arguments));
  if (name == "HS_DESC") return read_descriptor(*arguments);
  if (name == "CIRC") return read_circuit(*arguments);
  return read_liveness(*arguments);
}

Result<Bootstrap> read_bootstrap_phase(std::string_view value) {
  auto arguments = Arguments::parse(value);
  if (!arguments) return pass(arguments);
  const std::string* level = arguments->word(0);
  const std::string* action = arguments->word(1);
  const auto severity = level == nullptr ? std::nullopt : severity_of(*level);
  if (!severity || action == nullptr || *action != "BOOTSTRAP") return incomplete("BOOTSTRAP");
  return read_bootstrap(*severity, *arguments);
}

std::string describe(const Bootstrap& bootstrap) {
  std::string out = "Tor is at " + std::to_string(bootstrap.progress) + " % (" +
                    displayable(bootstrap.summary) + ")";
  if (bootstrap.warning.empty()) return out + ".";
  out += ", stuck: " + displayable(bootstrap.warning);
  if (!bootstrap.host.empty()) out += " at " + displayable(bootstrap.host);
  if (!bootstrap.reason.empty()) out += " (" + displayable(bootstrap.reason) + ")";
  if (bootstrap.count > 1) out += ", " + std::to_string(bootstrap.count) + " times";
  return out + ".";
}

std::string describe(const ClockSkew& skew) {
  const auto size = skew.skew < skew.skew.zero() ? -skew.skew : skew.skew;
  const auto hours = std::chrono::duration_cast<std::chrono::hours>(size);
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(size - hours);
  const auto rest = size - hours - minutes;
  std::string amount;
  if (hours.count() > 0) amount += std::to_string(hours.count()) + " h ";
  if (minutes.count() > 0) amount += std::to_string(minutes.count()) + " min ";
  if (hours.count() == 0) amount += std::to_string(rest.count()) + " s ";
  return "This machine's clock is " + amount +
         (skew.skew < skew.skew.zero() ? "behind" : "ahead of") +
         " what tor's network says. Set it, for example with timedatectl.";
}

}  // namespace sotto::tor
