#include "session/link_driver.h"

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>

#include "transport/deadline.h"

namespace sotto::session {
namespace {

using transport::ByteStream;
using transport::Timer;

constexpr milliseconds goodbye_limit{2'000};
constexpr milliseconds farewell_limit{500};

struct Run {
  ByteStream& stream;
  Link& link;
  Session& session;
  std::uint64_t link_no;
  Timer& timer;
  std::function<void()> on_events;
  std::optional<SteadyTime> writing_since;
  std::optional<Error> broken;  // the peer broke the protocol: only our goodbye is left to say

  // Null once a newer link carries the session.
  Session* current() const { return session.link_no() == link_no ? &session : nullptr; }

  Result<void> take_frames() {
    while (true) {
      const auto frame = link.next_frame();
      if (!frame) return std::unexpected(frame.error());
      if (!*frame) return {};
      if (auto taken = session.on_frame(**frame, timer.now()); !taken) return taken;
    }
  }
};

// Leaves the goodbye to the writer: cutting short a record that is half written would make it
// unreadable.
Async<void> break_off(Run& run, Error why) {
  run.broken = why;
  run.link.say_goodbye(wire::GoodbyeReason::protocol_error);
  run.timer.wake();
  co_await run.timer.sleep_until(run.timer.now() + goodbye_limit);
  co_return std::unexpected(std::move(why));
}

Async<void> read_loop(Run& run) {
  while (true) {
    const auto taken = run.take_frames();
    // What arrived before a goodbye still counts.
    run.on_events();
    if (!taken && taken.error().is(Errc::protocol)) {
      co_return co_await break_off(run, taken.error());
    }
    if (!taken) co_return std::unexpected(taken.error());
    run.timer.wake();
    const auto n = co_await run.stream.read_some(run.link.space());
    if (!n) co_return fail(Errc::link_lost, n.error().text());
    if (*n == 0) co_return fail(Errc::link_lost, "The connection was closed.");
    run.link.filled(*n, run.timer.now());
  }
}

Async<void> write_loop(Run& run) {
  while (true) {
    Session* const source = run.current();
    if (source == nullptr) run.link.say_goodbye(wire::GoodbyeReason::replaced);
    const auto alive = run.link.on_time(source, run.timer.now());
    if (!alive) co_return std::unexpected(alive.error());
    const auto record = run.link.produce(source, run.timer.now());
    if (!record) co_return std::unexpected(record.error());
    if (!record->empty()) {
      run.writing_since = run.timer.now();
      const auto written = co_await run.stream.write_all(*record);
      run.writing_since.reset();
      if (!written) co_return fail(Errc::link_lost, written.error().text());
      continue;
    }
    if (run.link.said_goodbye()) co_return Result<void>();
    co_await run.timer.wait_until(run.link.deadline(source));
  }
}

// A writer that is stuck in write_all cannot watch the clock: this ends the link when one write
// goes on and the peer is silent, or when it goes on for as long as a record may take.
Async<void> watch_loop(Run& run) {
  const LinkTiming& timing = run.link.timing();
  while (true) {
    const SteadyTime now = run.timer.now();
    SteadyTime limit = now + timing.lost_after;
    if (const auto since = run.writing_since) {
      limit = std::min(std::max(*since, run.link.last_heard()) + timing.lost_after,
                       *since + timing.record_within());
    }
    if (now >= limit) {
      co_return fail(Errc::link_lost, "The other side does not take what it is sent.");
    }
    co_await run.timer.sleep_until(limit);
  }
}

Async<void> read_to_end(ByteStream& stream) {
  Bytes ignored(4096);
  while (true) {
    const auto n = co_await stream.read_some(ignored);
    if (!n || *n == 0) co_return Result<void>();
  }
}

// Lets the peer hear our goodbye: closing with unread bytes would reset the connection before.
Async<void> await_end(ByteStream& stream, Timer& timer) {
  co_await transport::within(read_to_end(stream), timer, timer.now() + farewell_limit, "");
  co_return Result<void>();
}

}  // namespace

Async<void> run_link(ByteStream& stream, Link& link, Session& session, std::uint64_t link_no,
                     Timer& timer, std::function<void()> on_events) {
  using namespace boost::asio::experimental::awaitable_operators;
  Run run{stream,       link,        session, link_no, timer, std::move(on_events),
          std::nullopt, std::nullopt};
  auto all = read_loop(run) || write_loop(run) || watch_loop(run);
  auto ended = co_await std::move(all);
  auto result = std::visit([](Result<void>& end) { return std::move(end); }, ended);
  if (result) co_await await_end(stream, timer);
  stream.close();
  if (run.broken) co_return std::unexpected(std::move(*run.broken));
  co_return result;
}

Async<void> finish_link(ByteStream& stream, Link& link, Timer& timer) {
  while (true) {
    const auto record = link.produce(nullptr, timer.now());
    if (!record || record->empty()) break;
    const auto written = co_await transport::within(stream.write_all(*record), timer,
                                                    timer.now() + goodbye_limit,
                                                    "The other side takes no more.");
    if (!written) break;
  }
  co_await await_end(stream, timer);
  stream.close();
  co_return Result<void>();
}

}  // namespace sotto::session
