#include "session/handshake_driver.h"

#include "session/handshake_frame.h"
#include "session/open_driver.h"
#include "transport/deadline.h"
#include "transport/read_exactly.h"

namespace sotto::session {
namespace {

using transport::ByteStream;

constexpr const char* too_slow =
    "The other side did not finish the handshake in time: it is overloaded, or it is no sotto.";

std::unexpected<Error> not_open() {
  return fail(Errc::handshake, "Someone came without a ref, and the room is not open.");
}

Async<Bytes> read_first(ByteStream& stream) {
  Bytes frame(first_frame_bytes);
  const auto read = co_await transport::read_exactly(stream, frame);
  if (!read) co_return std::unexpected(read.error());
  co_return frame;
}

Async<AcceptedLink> accept_by_ref(ByteStream& stream, ByteView first, const HostKeys& host,
                                  RefLookup& lookup, Entropy& entropy) {
  HostHandshake handshake(host.card.identity_pk, host.static_key, entropy);
  const auto hello = handshake.hello(first);
  if (!hello) co_return std::unexpected(hello.error());
  const LinkRef ref = *hello;
  auto psk = co_await lookup.psk_of(ref);
  if (!psk) co_return std::unexpected(psk.error());
  const auto answer = handshake.respond(std::move(*psk));
  if (!answer) co_return std::unexpected(answer.error());
  const auto written = co_await stream.write_all(*answer);
  if (!written) co_return std::unexpected(written.error());
  Bytes frame(handshake_frame_bytes);
  const auto read = co_await transport::read_exactly(stream, frame);
  if (!read) co_return std::unexpected(read.error());
  auto auth = handshake.authenticate(frame);
  if (!auth) co_return std::unexpected(auth.error());
  co_return AcceptedLink{std::move(handshake).finish(), ref, std::move(*auth)};
}

Async<noise::Transport> join(ByteStream& stream, JoinerHandshake& handshake) {
  const auto hello = handshake.start();
  if (!hello) co_return std::unexpected(hello.error());
  auto written = co_await stream.write_all(*hello);
  if (!written) co_return std::unexpected(written.error());
  Bytes frame(handshake_frame_bytes);
  const auto read = co_await transport::read_exactly(stream, frame);
  if (!read) {
    co_return fail(
        Errc::handshake,
        "The host closed the connection without a word: it does not know this "
        "connection file (any more), or another program listens there. Ask for a new "
        "file.");
  }
  const auto answer = handshake.answer(frame);
  if (!answer) co_return std::unexpected(answer.error());
  written = co_await stream.write_all(*answer);
  if (!written) co_return std::unexpected(written.error());
  co_return std::move(handshake).finish();
}

Async<Reception> next_reception(ByteStream& stream, transport::Timer& timer, Link& link) {
  while (true) {
    const auto frame = link.next_frame();
    if (!frame) co_return std::unexpected(frame.error());
    if (*frame) {
      if ((*frame)->type == wire::FrameType::welcome) {
        auto welcome = wire::decode_welcome((*frame)->body);
        if (!welcome) co_return std::unexpected(welcome.error());
        co_return Reception(std::move(*welcome));
      }
      if ((*frame)->type == wire::FrameType::refused) {
        const auto reason = wire::decode_refused((*frame)->body);
        if (!reason) co_return std::unexpected(reason.error());
        co_return Reception(*reason);
      }
      co_return fail(Errc::protocol, "The host began with something other than a welcome.");
    }
    const auto n = co_await stream.read_some(link.space());
    if (!n || *n == 0) {
      co_return fail(Errc::link_lost, "The host closed the connection before its welcome.");
    }
    link.filled(*n, timer.now());
  }
}

}  // namespace

Async<AcceptedLink> accept_link(ByteStream& stream, transport::Timer& timer,
                                const HostKeys& host, RefLookup& lookup, OpenDoor* open_door,
                                Entropy& entropy, const Pace& pace) {
  const SteadyTime start = timer.now();
  const auto first =
      co_await transport::within(read_first(stream), timer, start + pace.hello, too_slow);
  if (!first) co_return std::unexpected(first.error());
  const auto pattern = link_pattern(*first);
  if (!pattern) co_return std::unexpected(pattern.error());
  if (*pattern == LinkPattern::xk_psk3) {
    co_return co_await transport::within(accept_by_ref(stream, *first, host, lookup, entropy),
                                         timer, start + pace.handshake, too_slow);
  }
  if (open_door == nullptr) co_return not_open();
  co_return co_await transport::within(
      accept_at_open_door(stream, timer, *pattern, *first, host, *open_door, entropy), timer,
      start + pace.handshake, too_slow);
}

Async<noise::Transport> connect_link(ByteStream& stream, transport::Timer& timer,
                                     JoinerParameters parameters, Entropy& entropy,
                                     const Pace& pace) {
  JoinerHandshake handshake(std::move(parameters), entropy);
  co_return co_await transport::within(join(stream, handshake), timer,
                                       timer.now() + pace.handshake, too_slow);
}

Async<Reception> read_reception(ByteStream& stream, transport::Timer& timer, Link& link,
                                const Pace& pace) {
  co_return co_await transport::within(next_reception(stream, timer, link), timer,
                                       timer.now() + pace.handshake, too_slow);
}

}  // namespace sotto::session
