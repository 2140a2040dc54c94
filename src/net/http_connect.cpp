#include "net/http_connect.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/text.h"
#include "net/errors.h"

namespace sotto::net {
namespace {

constexpr std::size_t answer_limit = 16384;  // bytes of all header lines

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// The three digits of "HTTP/1.x NNN[ reason]" (RFC 9112 section 4).
std::optional<int> status_of(std::string_view line) {
  constexpr std::string_view version = "HTTP/1.";
  constexpr std::size_t digits = version.size() + 2;  // behind the minor version and a space
  if (!line.starts_with(version) || line.size() < digits + 3) return std::nullopt;
  if (!is_digit(line[digits - 2]) || line[digits - 1] != ' ') return std::nullopt;
  if (line.size() > digits + 3 && line[digits + 3] != ' ') return std::nullopt;
  const std::string_view status = line.substr(digits, 3);
  if (!std::ranges::all_of(status, is_digit)) return std::nullopt;
  return (status[0] - '0') * 100 + (status[1] - '0') * 10 + (status[2] - '0');
}

// Where the empty line ends that ends the header; npos: it has not come.
std::size_t end_of_header(std::string_view text) {
  for (std::size_t at = text.find('\n'); at != text.npos; at = text.find('\n', at + 1)) {
    std::string_view next = text.substr(at + 1);
    if (next.starts_with('\n')) return at + 2;
    if (next.starts_with("\r\n")) return at + 3;
  }
  return text.npos;
}

}  // namespace

HttpConnect::HttpConnect(std::string target, std::string proxy,
                         const std::optional<ProxyUser>& user)
    : target_(std::move(target)), proxy_(displayable(proxy)) {
  if (!user) return;
  Secret pair(user->name.size() + 1 + user->password.size());
  auto out = std::ranges::copy(as_bytes(user->name), pair.mutable_view().begin()).out;
  *out++ = std::byte{':'};
  std::ranges::copy(user->password.view(), out);
  std::string text = to_base64(pair.view());
  credentials_ = Secret(as_bytes(text));
  wipe(std::as_writable_bytes(std::span(text)));
}

Secret HttpConnect::start() {
  std::string text = "CONNECT " + target_ + " HTTP/1.1\r\nHost: " + target_ + "\r\n";
  if (!credentials_.empty()) {
    text += "Proxy-Authorization: Basic ";
    text += as_text(credentials_.view());
    text += "\r\n";
  }
  text += "\r\n";
  Secret request(as_bytes(text));
  wipe(std::as_writable_bytes(std::span(text)));
  return request;
}

Result<bool> HttpConnect::on_bytes(ByteView bytes) {
  append(received_, bytes);
  return take_answer();
}

Result<bool> HttpConnect::take_answer() {
  while (true) {
    const std::string_view text = as_text(received_);
    const std::size_t end = end_of_header(text);
    if (end == text.npos || end > answer_limit) {
      if (text.size() <= answer_limit && (text.size() < 5 || text.starts_with("HTTP/"))) {
        return false;
      }
      return no_proxy();
    }
    std::string_view line = text.substr(0, text.find('\n'));
    if (line.ends_with('\r')) line.remove_suffix(1);
    const auto judged = judge(line);
    if (!judged) return judged;
    received_.erase(received_.begin(), received_.begin() + static_cast<std::ptrdiff_t>(end));
    if (*judged && !received_.empty()) return no_proxy();
    if (*judged) return true;
  }
}

std::unexpected<Error> HttpConnect::no_proxy() const {
  return fail(DialErrc::proxy_protocol, "What answers at " + proxy_ +
                                            " is no HTTP proxy. Check the host and port of "
                                            "--proxy.");
}

// True: the tunnel is there.  False: an interim answer.
Result<bool> HttpConnect::judge(std::string_view line) const {
  const auto status = status_of(line);
  if (!status || *status < 100) return no_proxy();
  if (*status < 200 && *status != 101) return false;
  if (*status >= 200 && *status < 300) return true;
  if (*status == 407) {
    return fail(DialErrc::proxy_auth,
                credentials_.empty()
                    ? "The proxy " + proxy_ +
                          " wants a user and a password. Give them in --proxy: "
                          "http://USER:PASSWORD@HOST:PORT."
                    : "The proxy " + proxy_ +
                          " does not take the user and password of --proxy (sotto knows Basic "
                          "authentication alone). Check them.");
  }
  constexpr std::size_t reason_at = 9;  // "HTTP/1.1 "
  return fail(DialErrc::proxy_refused,
              "The proxy " + proxy_ + " does not connect to " + displayable(target_) +
                  ": it answers " + displayable(line.substr(reason_at, 80)) +
                  ". Ask whoever runs it to allow CONNECT to that port, or "
                  "use a relay on port 443.");
}

Error HttpConnect::on_close() const {
  return {DialErrc::proxy_protocol,
          "The proxy " + proxy_ +
              " hung up before it answered. Check the host and port of "
              "--proxy, and that it is an HTTP proxy."};
}

}  // namespace sotto::net
