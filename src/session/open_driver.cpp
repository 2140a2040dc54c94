#include "session/open_driver.h"

#include "session/password_exchange.h"
#include "transport/deadline.h"
#include "transport/read_exactly.h"

namespace sotto::session {
namespace {

using transport::ByteStream;

constexpr const char* too_slow =
    "The host did not finish the handshake in time: it is overloaded, or it is no sotto.";

// What a stranger is told by silence, for the log of the host.
std::unexpected<Error> other_door() {
  return fail(Errc::handshake,
              "Someone asked to come in as strangers may not: the room is not open that way, "
              "or takes no tries at its password for now.");
}

std::unexpected<Error> closed_without_a_word() {
  return fail(Errc::not_open,
              "The host closed the connection without a word: its room is not open to "
              "strangers, or has a password, or another program listens there. Ask the host, "
              "for the password (--password-file) or for a connection file.");
}

Async<Bytes> read_frame_bytes(ByteStream& stream) {
  Bytes frame(handshake_frame_bytes);
  const auto read = co_await transport::read_exactly(stream, frame);
  if (!read) co_return std::unexpected(read.error());
  co_return frame;
}

// --- the host

struct Exchanged {
  crypto::SymmetricKey psk;
  PasswordBackoff::Try number;
};

Async<Exchanged> exchange_as_host(ByteStream& stream, transport::Timer& timer,
                                  ByteView first_frame, OpenDoor& door, Entropy& entropy) {
  const auto number = door.tries().begin(timer.now());
  if (!number) co_return other_door();
  auto answer = answer_password(*door.password(), first_frame, entropy);
  if (!answer) co_return std::unexpected(answer.error());
  const auto written = co_await stream.write_all(answer->frame);
  if (!written) co_return std::unexpected(written.error());
  co_return Exchanged{std::move(answer->psk), *number};
}

Async<AcceptedLink> finish_as_host(ByteStream& stream, OpenHostHandshake& handshake,
                                   Bytes second) {
  const auto written = co_await stream.write_all(second);
  if (!written) co_return std::unexpected(written.error());
  const auto third = co_await read_frame_bytes(stream);
  if (!third) co_return std::unexpected(third.error());
  auto auth = handshake.authenticate(*third);
  if (!auth) co_return std::unexpected(auth.error());
  co_return AcceptedLink{std::move(handshake).finish(), std::nullopt, std::move(*auth)};
}

// --- the joiner

// The psk of a room with a password; nothing without one.
Async<OpenPsk> exchange_as_joiner(ByteStream& stream, const Secret* password,
                                  Entropy& entropy) {
  if (password == nullptr) co_return OpenPsk();
  PasswordJoiner exchange(*password, entropy);
  const Bytes first = exchange.start();
  const auto written = co_await stream.write_all(first);
  if (!written) co_return std::unexpected(written.error());
  const auto answer = co_await read_frame_bytes(stream);
  if (!answer) co_return std::unexpected(password_refused());
  auto psk = std::move(exchange).finish(*answer);
  if (!psk) co_return std::unexpected(psk.error());
  co_return OpenPsk(std::move(*psk));
}

// Message 1 out, message 2 in.
Async<Bytes> first_two(ByteStream& stream, Bytes first, bool with_password) {
  const auto written = co_await stream.write_all(first);
  if (!written) co_return std::unexpected(written.error());
  auto second = co_await read_frame_bytes(stream);
  if (second) co_return second;
  if (with_password) co_return std::unexpected(password_refused());
  co_return closed_without_a_word();
}

Async<crypto::Card> peek(ByteStream& stream, const Secret* password, Entropy& entropy) {
  auto psk = co_await exchange_as_joiner(stream, password, entropy);
  if (!psk) co_return std::unexpected(psk.error());
  OpenPeek visit(std::move(*psk), entropy);
  const auto second = co_await first_two(stream, visit.start(), password != nullptr);
  if (!second) co_return std::unexpected(second.error());
  co_return visit.read_card(*second);
}

Async<noise::Transport> connect(ByteStream& stream, OpenJoinerParameters& parameters,
                                const Secret* password, Entropy& entropy) {
  auto psk = co_await exchange_as_joiner(stream, password, entropy);
  if (!psk) co_return std::unexpected(psk.error());
  parameters.psk = std::move(*psk);
  OpenJoinerHandshake handshake(std::move(parameters), entropy);
  const auto second = co_await first_two(stream, handshake.start(), password != nullptr);
  if (!second) co_return std::unexpected(second.error());
  const auto third = handshake.answer(*second);
  if (!third) co_return std::unexpected(third.error());
  const auto written = co_await stream.write_all(*third);
  if (!written) co_return std::unexpected(written.error());
  co_return std::move(handshake).finish();
}

}  // namespace

Async<AcceptedLink> accept_at_open_door(ByteStream& stream, transport::Timer& timer,
                                        LinkPattern pattern, ByteView first_frame,
                                        const HostKeys& host, OpenDoor& door,
                                        Entropy& entropy) {
  const bool asks_for_password = pattern == LinkPattern::xx_psk0;
  if (asks_for_password != door.password().has_value()) co_return other_door();
  if (!asks_for_password) {
    OpenHostHandshake handshake(host.card, host.static_key, std::nullopt, entropy);
    auto second = handshake.answer(first_frame);
    if (!second) co_return std::unexpected(second.error());
    co_return co_await finish_as_host(stream, handshake, std::move(*second));
  }
  auto exchanged = co_await exchange_as_host(stream, timer, first_frame, door, entropy);
  if (!exchanged) co_return std::unexpected(exchanged.error());
  OpenHostHandshake handshake(host.card, host.static_key, std::move(exchanged->psk), entropy);
  const auto first = co_await read_frame_bytes(stream);
  if (!first) co_return std::unexpected(first.error());
  auto second = handshake.answer(*first);
  if (!second) co_return std::unexpected(second.error());
  door.tries().was_right(exchanged->number);
  co_return co_await finish_as_host(stream, handshake, std::move(*second));
}

Async<crypto::Card> peek_link(ByteStream& stream, transport::Timer& timer,
                              const Secret* password, Entropy& entropy, const Pace& pace) {
  auto card = co_await transport::within(peek(stream, password, entropy), timer,
                                         timer.now() + pace.handshake, too_slow);
  stream.close();
  co_return card;
}

Async<noise::Transport> connect_open_link(ByteStream& stream, transport::Timer& timer,
                                          OpenJoinerParameters parameters,
                                          const Secret* password, Entropy& entropy,
                                          const Pace& pace) {
  co_return co_await transport::within(connect(stream, parameters, password, entropy), timer,
                                       timer.now() + pace.handshake, too_slow);
}

}  // namespace sotto::session
