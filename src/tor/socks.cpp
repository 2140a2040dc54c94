#include "tor/socks.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

#include "base/big_endian.h"
#include "base/encoding.h"

namespace sotto::tor {
namespace {

constexpr std::byte version{5};
constexpr std::byte user_and_password{2};
constexpr std::byte none_acceptable{0xff};
constexpr std::byte credentials_version{1};

struct ReplyMeaning {
  std::uint8_t reply;
  Errc code;
  std::string_view text;
};

constexpr ReplyMeaning meanings[] = {
    {0x01, Errc::socks_failed,
     "Tor could not connect and did not say why. Is it bootstrapped? Look into its log."},
    {0x02, Errc::socks_forbidden,
     "Tor's configuration does not allow this connection. Look for SocksPolicy and the flags "
     "of "
     "SocksPort in its torrc."},
    {0x03, Errc::socks_unreachable,
     "Tor has no network to reach the onion service by. Check that this machine is online."},
    {0x04, Errc::socks_unreachable,
     "Tor could not reach the onion service. Is the host running?"},
    {0x05, Errc::socks_refused,
     "The onion service is there, but nothing answers on this port of it. Check the port, or "
     "wait until the host has started."},
    {0x06, Errc::socks_timeout, "Tor gave up waiting for the onion service. Try again."},
    {0x07, Errc::socks_unsupported,
     "The SOCKS port does not know how to connect. Check that it is tor's SocksPort."},
    {0x08, Errc::socks_unsupported,
     "The SOCKS port takes no names. Check that it is tor's SocksPort."},
    {0xf0, Errc::descriptor_missing,
     "Tor found no descriptor of the onion service: the host is not there, or its service is "
     "only seconds old. Is it running? Is this machine's clock right?"},
    {0xf1, Errc::descriptor_invalid,
     "Tor found a descriptor of the onion service that it cannot use. Update tor, and ask the "
     "host to do the same."},
    {0xf2, Errc::introduction,
     "The onion service did not answer at its introduction points. Is the host running?"},
    {0xf3, Errc::rendezvous,
     "Tor could not meet the onion service at a rendezvous point. Try again."},
    {0xf4, Errc::auth_missing,
     "The onion service admits only who has a key for it, and tor was given none. Join with "
     "the "
     "connection file, which has the key."},
    {0xf5, Errc::auth_wrong,
     "The onion service does not admit this key: the connection file was revoked, or is for "
     "another room. Ask the host for a new one."},
    {0xf6, Errc::bad_address, "Tor does not take this onion address. Copy it again."},
    {0xf7, Errc::introduction_timeout,
     "No introduction point of the onion service answered in time. Try again."},
};

std::unexpected<Error> no_socks(const std::string& what) {
  return fail(Errc::socks_protocol, "What answers on the SOCKS port is not tor: " + what +
                                        ". Check that the port or socket is tor's SocksPort.");
}

void append_short(Bytes& out, std::string_view text) {
  assert(!text.empty() && text.size() <= 255);
  append_be(out, static_cast<std::uint8_t>(text.size()));
  append(out, as_bytes(text));
}

}  // namespace

Isolation Isolation::random(Entropy& entropy) {
  return {to_hex(entropy.bytes<16>()), to_hex(entropy.bytes<16>())};
}

SocksConnect::SocksConnect(const OnionAddress& address, std::uint16_t port,
                           const Isolation& isolation)
    : SocksConnect(address.host(), port, isolation) {}

SocksConnect::SocksConnect(std::string host, std::uint16_t port, const Isolation& isolation)
    : name_(std::move(host)), port_(port), isolation_(isolation) {
  assert(port != 0);
}

Bytes SocksConnect::start() {
  assert(state_ == State::idle);
  state_ = State::method;
  return {version, std::byte{1}, user_and_password};
}

Result<Bytes> SocksConnect::on_bytes(ByteView bytes) {
  assert(state_ != State::idle);
  append(received_, bytes);
  Bytes out;
  while (state_ != State::done) {
    const auto stepped = step(out);
    if (!stepped) return std::unexpected(stepped.error());
    if (!*stepped) break;
    // Tor answers one thing at a time: more would be an answer to what was not said.
    if (state_ != State::done && !received_.empty()) {
      return no_socks("it answered before it was asked");
    }
  }
  return out;
}

Error SocksConnect::on_close() const {
  return {
      Errc::socks_closed,
      "Tor closed the SOCKS connection before it answered: it ended, or was restarted. Start "
      "it again, or look into its log."};
}

Bytes SocksConnect::take_rest() {
  assert(done());
  return std::exchange(received_, {});
}

void SocksConnect::consume(std::size_t bytes) {
  received_.erase(received_.begin(), received_.begin() + static_cast<std::ptrdiff_t>(bytes));
}

Result<bool> SocksConnect::step(Bytes& out) {
  switch (state_) {
    case State::method:
      return take_method(out);
    case State::credentials:
      return take_credentials(out);
    default:
      return take_reply();
  }
}

// 05 | method
Result<bool> SocksConnect::take_method(Bytes& out) {
  if (!received_.empty() && received_[0] != version) {
    return no_socks("it does not speak SOCKS5");
  }
  if (received_.size() < 2) return false;
  if (received_[1] != user_and_password) {
    if (received_[1] != none_acceptable) return no_socks("it chose what was not offered");
    return fail(Errc::socks_isolation,
                "The SOCKS port takes no user and password, by which tor keeps the circuits of "
                "different contacts apart. Nothing was sent. Use tor's own SocksPort.");
  }
  consume(2);
  append_be(out, static_cast<std::uint8_t>(credentials_version));
  append_short(out, isolation_.user);
  append_short(out, isolation_.password);
  state_ = State::credentials;
  return true;
}

// 01 | status
Result<bool> SocksConnect::take_credentials(Bytes& out) {
  if (!received_.empty() && received_[0] != credentials_version) {
    return no_socks("it answered user and password with something else");
  }
  if (received_.size() < 2) return false;
  if (received_[1] != std::byte{0}) {
    return fail(
        Errc::socks_isolation,
        "The SOCKS port refused the user and password by which tor keeps the circuits of "
        "different contacts apart. Nothing was sent. Use tor's own SocksPort.");
  }
  consume(2);
  append(out, Bytes{version, std::byte{1}, std::byte{0}, std::byte{3}});
  append_short(out, name_);
  append_be(out, port_);
  state_ = State::reply;
  return true;
}

// 05 | reply | 00 | kind | address | port (2)
Result<bool> SocksConnect::take_reply() {
  if (!received_.empty() && received_[0] != version) {
    return no_socks("its answer is of another version");
  }
  if (received_.size() < 2) return false;
  if (received_[1] != std::byte{0}) {
    return std::unexpected(reply_error(static_cast<std::uint8_t>(received_[1])));
  }
  if (received_.size() < 5) return false;
  if (received_[2] != std::byte{0}) return no_socks("a byte of its answer should be zero");
  std::size_t address_bytes = 0;
  switch (static_cast<std::uint8_t>(received_[3])) {
    case 1:
      address_bytes = 4;
      break;
    case 3:
      address_bytes = 1 + static_cast<std::size_t>(received_[4]);
      break;
    case 4:
      address_bytes = 16;
      break;
    default:
      return no_socks("its answer has an address of no kind that there is");
  }
  const std::size_t size = 4 + address_bytes + 2;
  if (received_.size() < size) return false;
  consume(size);
  state_ = State::done;
  return true;
}

Error reply_error(std::uint8_t reply) {
  assert(reply != 0);
  const auto found = std::ranges::find(meanings, reply, &ReplyMeaning::reply);
  if (found != std::end(meanings)) return {found->code, std::string(found->text)};
  return {Errc::socks_protocol, "The SOCKS port answered with the unknown reply " +
                                    std::to_string(reply) +
                                    ". Check that it is tor's SocksPort, or update sotto."};
}

// 01, F0, F2, F3 and F7; and 03, 04 and 06, which are what the same troubles become on a
// SocksPort without ExtendedErrors.
bool worth_retrying(const Error& error) {
  static constexpr std::array retried{Errc::socks_failed,        Errc::socks_unreachable,
                                      Errc::socks_timeout,       Errc::descriptor_missing,
                                      Errc::introduction,        Errc::rendezvous,
                                      Errc::introduction_timeout};
  return std::ranges::any_of(retried, [&](Errc code) { return error.is(code); });
}

}  // namespace sotto::tor
