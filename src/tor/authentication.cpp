#include "tor/authentication.h"

#include <algorithm>
#include <cassert>

#include "base/encoding.h"
#include "base/text.h"
#include "crypto/hmac_sha256.h"
#include "tor/quoting.h"

namespace sotto::tor {
namespace {

// The keys of the two hashes, fixed by control-spec section 3.24.
constexpr std::string_view server_key =
    "Tor safe cookie authentication server-to-controller hash";
constexpr std::string_view client_key =
    "Tor safe cookie authentication controller-to-server hash";

// Tor writes hex in upper case.
std::optional<Bytes> from_any_hex(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return from_hex(text);
}

}  // namespace

Command Authentication::start() {
  assert(state_ == State::idle);
  state_ = State::asking;
  return protocol_info();
}

Result<Authentication::Next> Authentication::on_reply(const Reply& reply) {
  switch (state_) {
    case State::asking: {
      auto info = ProtocolInfo::read(reply);
      if (!info) return pass(info);
      info_ = std::move(*info);
      if (!info_.safe_cookie || info_.cookie_file.empty()) return choose_without_cookie();
      state_ = State::needs_cookie;
      return ReadCookie{info_.cookie_file};
    }
    case State::challenged:
      return answer_challenge(reply);
    case State::answering:
      if (!reply.ok()) return refused(reply);
      state_ = State::done;
      return Done{};
    case State::idle:
    case State::needs_cookie:
    case State::done:
      break;
  }
  assert(!"no command is under way");
  std::abort();
}

Result<Authentication::Next> Authentication::choose_without_cookie() {
  if (info_.hashed_password && !password_.empty()) {
    with_password_ = true;
    return authenticate(take_secret(to_hex(password_.view())), "password");
  }
  if (info_.null) {
    state_ = State::answering;
    return Command("AUTHENTICATE");
  }
  if (info_.hashed_password) {
    return fail(Errc::control_password,
                "Tor's control port wants a password. Give the one whose hash is "
                "HashedControlPassword in its torrc.");
  }
  return fail(Errc::control_auth,
              "Tor's control port offers no way to authenticate that sotto uses. Set "
              "CookieAuthentication 1 in its torrc, or let sotto run a tor of its own.");
}

Result<Authentication::Next> Authentication::cookie(Secret bytes) {
  assert(state_ == State::needs_cookie);
  if (bytes.size() != cookie_bytes) {
    return fail(Errc::control_cookie,
                "Tor's cookie file " + displayable(info_.cookie_file) + " has " +
                    std::to_string(bytes.size()) +
                    " bytes and should have 32. It is not tor's, or tor is just starting: try "
                    "again.");
  }
  cookie_ = std::move(bytes);
  nonce_ = entropy_.bytes<32>();
  state_ = State::challenged;
  Command challenge("AUTHCHALLENGE");
  challenge.word("SAFECOOKIE").word(to_hex(nonce_));
  return challenge;
}

Result<Authentication::Next> Authentication::cookie_unreadable(std::string_view reason) {
  assert(state_ == State::needs_cookie);
  if (info_.null || (info_.hashed_password && !password_.empty())) {
    return choose_without_cookie();
  }
  return fail(Errc::control_cookie,
              "Tor's cookie file " + displayable(info_.cookie_file) +
                  " cannot be read: " + displayable(reason) +
                  ". Put your user into the group that may read it (debian-tor on Debian, then "
                  "log in again), or let sotto run a tor of its own.");
}

// 250 AUTHCHALLENGE SERVERHASH=64 hex digits SERVERNONCE=64 hex digits
Result<Authentication::Next> Authentication::answer_challenge(const Reply& reply) {
  if (!reply.ok()) return refused(reply);
  auto arguments = Arguments::parse(reply.last());
  if (!arguments) return pass(arguments);
  const std::string* keyword = arguments->word(0);
  const auto hash = from_any_hex(arguments->value("SERVERHASH"));
  const auto server_nonce = from_any_hex(arguments->value("SERVERNONCE"));
  if (keyword == nullptr || *keyword != "AUTHCHALLENGE" || !hash || hash->size() != 32 ||
      !server_nonce || server_nonce->size() != 32) {
    return fail(Errc::control_reply,
                "Tor's control port answered AUTHCHALLENGE without a hash and a nonce. Check "
                "that it is tor's ControlPort.");
  }
  const auto expected =
      crypto::hmac_sha256(as_bytes(server_key), {cookie_.view(), nonce_, *server_nonce});
  if (!crypto::equal_constant_time(*hash, expected)) {
    return fail(Errc::control_forged,
                "What listens on the control port does not know the cookie in " +
                    displayable(info_.cookie_file) +
                    ", so it is not the tor that wrote it. Nothing was told to it. Find out "
                    "which program listens there.");
  }
  const auto ours =
      crypto::hmac_sha256(as_bytes(client_key), {cookie_.view(), nonce_, *server_nonce});
  cookie_ = {};
  return authenticate(take_secret(to_hex(ours)), "cookie hash");
}

Authentication::Next Authentication::authenticate(const Secret& hex, std::string_view name) {
  state_ = State::answering;
  Command out("AUTHENTICATE");
  out.secret("", hex, name);
  return out;
}

std::unexpected<Error> Authentication::refused(const Reply& reply) const {
  const std::string tors =
      " (" + std::to_string(reply.status) + " " + displayable(reply.last()) + ")";
  if (with_password_) {
    return fail(Errc::control_password,
                "Tor's control port did not take the password" + tors +
                    ". Give the one whose hash is HashedControlPassword in its torrc.");
  }
  return fail(Errc::control_auth,
              "Tor's control port did not let us in" + tors +
                  ". Check CookieAuthentication and CookieAuthFile in its torrc, or let sotto "
                  "run a tor of its own.");
}

}  // namespace sotto::tor
