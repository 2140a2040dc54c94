#include "node/forwarding_words.h"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <charconv>

#include "base/text.h"
#include "node/commands.h"
#include "node/target_text.h"
#include "wire/forward_frame.h"

namespace sotto::node {
namespace {

constexpr std::string_view unix_prefix = "unix:";
constexpr std::uint16_t first_port = 1025;
constexpr std::size_t words_limit = 64;  // of either kind

std::unexpected<Error> no_exposure(std::string_view text, std::string_view why) {
  return fail(Errc::forward_syntax,
              "--expose takes NAME=HOST:PORT, such as web=127.0.0.1:8080, or NAME=unix:PATH, "
              "not '" +
                  displayable(text) + "': " + std::string(why));
}

std::unexpected<Error> no_forward(std::string_view text, std::string_view why) {
  return fail(Errc::forward_syntax,
              "--forward takes PORT:NAME, such as 8080:web, or ADDRESS:PORT:NAME, not '" +
                  displayable(text) + "': " + std::string(why));
}

constexpr std::string_view about_names =
    "a name has 1 to 32 small letters, digits and hyphens.";

Result<Exposure> parse_exposure(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos) return no_exposure(text, "there is no '='.");
  Exposure out{text.substr(0, equals), net::UnixPath()};
  if (!wire::is_service_name(out.name)) return no_exposure(text, about_names);
  const std::string target = text.substr(equals + 1);
  if (target.starts_with(unix_prefix)) {
    net::UnixPath path{target.substr(unix_prefix.size())};
    if (path.path.empty()) return no_exposure(text, "the path is empty.");
    out.target = std::move(path);
    return out;
  }
  auto address = parse_address(target);
  if (!address || !*address) return no_exposure(text, "that is no HOST:PORT.");
  out.target = std::move(**address);
  return out;
}

// An IP literal without its brackets.
std::optional<std::string> parse_bind(std::string_view text) {
  const bool bracketed = text.starts_with('[') && text.ends_with(']');
  if (bracketed) text = text.substr(1, text.size() - 2);
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(std::string(text), error);
  if (error || address.is_v6() != bracketed) return std::nullopt;
  return address.to_string();
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return port;
}

Result<Forward> parse_forward(const std::string& text) {
  Forward out;
  const std::size_t last = text.rfind(':');
  if (last == std::string::npos) return no_forward(text, "there is no ':'.");
  out.name = text.substr(last + 1);
  if (!wire::is_service_name(out.name)) return no_forward(text, about_names);
  std::string_view front = std::string_view(text).substr(0, last);
  if (const std::size_t colon = front.rfind(':'); colon != std::string_view::npos) {
    const auto bind = parse_bind(front.substr(0, colon));
    if (!bind) return no_forward(text, "the address is no IP address ([...] around IPv6).");
    out.bind = *bind;
    front = front.substr(colon + 1);
  }
  const auto port = parse_port(front);
  if (!port || (*port != 0 && *port < first_port)) {
    return no_forward(text, "a port is 1025 to 65535, or 0 for any.");
  }
  out.port = *port;
  return out;
}

bool stays_here(const net::ServiceAddress& target) {
  const auto* address = std::get_if<net::HostPort>(&target);
  return address == nullptr || net::is_loopback(address->host);
}

}  // namespace

Result<std::vector<Exposure>> parse_exposures(const std::vector<std::string>& words) {
  std::vector<Exposure> out;
  if (words.size() > words_limit) {
    return fail(Errc::forward_syntax, "--expose may be given 64 times at most.");
  }
  for (const std::string& word : words) {
    auto exposure = parse_exposure(word);
    if (!exposure) return pass(exposure);
    if (std::ranges::find(out, exposure->name, &Exposure::name) != out.end()) {
      return no_exposure(word, "the name is given twice.");
    }
    out.push_back(std::move(*exposure));
  }
  return out;
}

Result<std::vector<Forward>> parse_forwards(const std::vector<std::string>& words) {
  std::vector<Forward> out;
  if (words.size() > words_limit) {
    return fail(Errc::forward_syntax, "--forward may be given 64 times at most.");
  }
  for (const std::string& word : words) {
    auto forward = parse_forward(word);
    if (!forward) return pass(forward);
    const bool twice = std::ranges::any_of(out, [&](const Forward& other) {
      return other.port != 0 && other.port == forward->port && other.bind == forward->bind;
    });
    if (twice) return no_forward(word, "the port is given twice.");
    out.push_back(std::move(*forward));
  }
  return out;
}

Result<void> check_exposures(const std::vector<std::string>& expose) {
  auto exposures = parse_exposures(expose);
  if (!exposures) return pass(exposures);
  return {};
}

Result<void> check_forwards(const std::vector<std::string>& forward) {
  auto forwards = parse_forwards(forward);
  if (!forwards) return pass(forwards);
  return {};
}

Result<void> check_under_tor(const std::vector<Exposure>& exposures) {
  for (const Exposure& exposure : exposures) {
    if (stays_here(exposure.target)) continue;
    return fail(Errc::needs_tor,
                "This room was promised to Tor: it can expose addresses of this machine only, "
                "such as 127.0.0.1:8080, [::1]:8080 or unix:PATH, not " +
                    displayable(net::to_string(exposure.target)) + ".");
  }
  return {};
}

}  // namespace sotto::node
