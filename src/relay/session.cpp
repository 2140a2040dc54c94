#include "relay/session.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace sotto::relay {
namespace {

namespace asio = boost::asio;
using wire::RelayRefusal;

constexpr auto plainly = asio::as_tuple(asio::use_awaitable);

// Messages that wait for a client that does not read: more, and it is left.
constexpr std::size_t outbox_limit = 256;
// A ticket that was taken at the last moment: its taker is on the way.
constexpr seconds grace{5};

WebSocketLimits limits_of(const Limits& limits) {
  WebSocketLimits out;
  out.handshake = limits.handshake;
  return out;
}

}  // namespace

Session::Session(House& house, Switchboard::Arrival arrival, const AddressBlock& block,
                 WebSocket::Socket socket)
    : house_(house),
      arrival_(arrival),
      socket_(
          std::make_shared<WebSocket>(std::move(socket), *house.tls, limits_of(house.limits))),
      deadline_(socket_->executor()),
      host_(socket_->executor()) {
  visitor_.block = block;
}

asio::awaitable<void> Session::run() {
  const auto self = shared_from_this();
  const auto shaken = co_await socket_->handshake();
  house_.switchboard.stands(arrival_.id, visitor_.block);
  if (shaken) {
    co_await converse();
  } else {
    ++house_.metrics.half_open_ended;
  }
  deadline_.cancel();
  if (!taken_) house_.switchboard.depart(arrival_.id, visitor_.block);
}

asio::awaitable<void> Session::converse() {
  if (arrival_.entry == Switchboard::Entry::over_block) {
    house_.journal.write_seldom_of(visitor_.block,
                                   {.level = LogLevel::warning,
                                    .code = "limit",
                                    .text = "An address block has as many connections as it "
                                            "may have; more are refused."},
                                   steady_now());
    co_return co_await close(CloseCode::connections);
  }
  if (arrival_.entry == Switchboard::Entry::full || house_.memory_full) {
    co_return co_await close(CloseCode::full);
  }
  if (house_.draining) co_return co_await close(CloseCode::draining);
  visitor_.binding = socket_->binding();
  visitor_.binding.nonce = wire::RelayNonce::random(house_.entropy);
  const bool token_wanted = house_.tokens.load() != nullptr;
  const wire::RelayMessage hello =
      wire::RelayHello{.nonce = visitor_.binding.nonce, .token_wanted = token_wanted};
  Bytes greeting = encode(hello);
  co_await write(std::move(greeting));
  set_deadline(house_.limits.first_request);
  while (!broken_) {
    const auto message = co_await socket_->read_message();
    deadline_.cancel();
    if (!message) co_return;
    auto request = wire::decode_relay_request(*message);
    if (!request) co_return co_await close(CloseCode::protocol_error);
    if (!co_await answer(std::move(*request))) co_return;
    if (!listening_) set_deadline(house_.limits.between_requests);
  }
}

Session::Work Session::answer(wire::RelayRequest request) {
  ++house_.metrics.requests[request.action.index()];
  const std::uint32_t number = request.number;
  const auto tokens = house_.tokens.load();
  const bool rate_holds = house_.switchboard.take_request(visitor_.block, steady_now());
  const auto allowed = check(visitor_, request, tokens.get(), rate_holds, *house_.store);
  if (!allowed) {
    const Verdict verdict = allowed.error();
    if (verdict.refusal && !co_await refuse(number, *verdict.refusal)) co_return false;
    if (verdict.close) co_await close(*verdict.close);
    co_return !verdict.close;
  }
  if (house_.draining) co_return co_await refuse(number, RelayRefusal::draining);
  if (is_kept(request.action)) co_return co_await keep_it(std::move(request));
  if (const auto* wanted = std::get_if<wire::RelayListen>(&request.action)) {
    co_return co_await listen(number, *wanted);
  }
  if (const auto* wanted = std::get_if<wire::RelayOpen>(&request.action)) {
    co_return co_await open(number, *wanted);
  }
  co_return co_await take(number, std::get<wire::RelayTake>(request.action));
}

Session::Work Session::keep_it(wire::RelayRequest request) {
  const std::uint32_t number = request.number;
  Kept kept = co_await keep(*house_.store, std::move(request.action), visitor_.payer,
                            house_.limits, wall_now());
  if (kept.error) {
    ++house_.metrics.store_errors;
    house_.journal.write_seldom({.level = LogLevel::error,
                                 .code = "store",
                                 .text = kept.error->text(),
                                 .fields = {{"error", kept.error->name()}}},
                                steady_now());
  }
  co_return co_await reply(number, std::move(kept.reply));
}

Session::Work Session::reply(std::uint32_t number, Reply what) {
  if (const auto* no = std::get_if<wire::RelayRefused>(&what)) {
    ++house_.metrics.refusals[static_cast<std::size_t>(no->reason)];
  }
  const wire::RelayMessage message =
      wire::RelayReply{.number = number, .kind = std::move(what)};
  Bytes bytes = encode(message);
  co_await write(std::move(bytes));
  co_return !broken_;
}

Session::Work Session::refuse(std::uint32_t number, RelayRefusal reason) {
  return reply(number, refused(reason));
}

Session::Work Session::listen(std::uint32_t number, const wire::RelayListen& request) {
  const auto listening = house_.switchboard.listen(request.slot, arrival_.id);
  if (!listening.granted) co_return co_await refuse(number, RelayRefusal::quota);
  if (listening.replaced) listening.replaced->end(CloseCode::replaced);
  listening_ = true;
  Reply done = wire::RelayDone();
  co_return co_await reply(number, std::move(done));
}

Session::Work Session::open(std::uint32_t number, const wire::RelayOpen& request) {
  const auto visit = house_.switchboard.open(request.slot, arrival_.id, steady_now());
  if (!visit) co_return co_await refuse(number, visit.error());
  opening_ = number;
  host_.expires_after(Slots::ticket_lifetime);
  visit->host->invite(visit->ticket);
  co_await host_.async_wait(plainly);
  if (!taken_ && !house_.switchboard.withdraw(visit->ticket)) {
    host_.expires_after(grace);
    co_await host_.async_wait(plainly);
  }
  opening_ = 0;
  if (!taken_) co_return co_await refuse(number, RelayRefusal::nobody);
  co_return false;
}

asio::awaitable<std::shared_ptr<WebSocket>> Session::be_taken() {
  if (opening_ == 0 || broken_) co_return nullptr;
  const std::uint32_t number = opening_;
  taken_ = true;
  spliced_ = true;
  house_.switchboard.leave_slots(arrival_.id);
  host_.cancel();
  co_await all_written();
  Reply spliced = wire::RelaySpliced();
  const bool said = co_await reply(number, std::move(spliced));
  if (!said) socket_->close();
  co_return socket_;
}

Session::Work Session::take(std::uint32_t number, const wire::RelayTake& request) {
  auto taken = house_.switchboard.take(request.ticket, steady_now());
  if (!taken) co_return co_await refuse(number, taken.error());
  const auto visitor = taken->visitor;
  auto coming = visitor->be_taken();
  const auto its_socket = co_await asio::co_spawn(visitor->socket_->executor(),
                                                  std::move(coming), asio::use_awaitable);
  if (!its_socket) {
    house_.switchboard.splice_ended(taken->slot);
    co_return co_await refuse(number, RelayRefusal::ticket);
  }
  house_.switchboard.leave_slots(arrival_.id);
  spliced_ = true;
  co_await all_written();
  Reply spliced = wire::RelaySpliced();
  const bool said = co_await reply(number, std::move(spliced));
  if (said) {
    ++house_.metrics.splices;
    SpliceEnd ours{socket_, meter(taken->slot)};
    SpliceEnd theirs{its_socket, visitor->meter(taken->slot)};
    co_await splice(std::move(ours), std::move(theirs));
  } else {
    visitor->end(CloseCode::normal);
  }
  house_.switchboard.splice_ended(taken->slot);
  house_.switchboard.depart(visitor->arrival_.id, visitor->visitor_.block);
  co_return false;
}

Meter Session::meter(const wire::SlotId& slot) {
  return [&house = house_, block = visitor_.block, slot](std::size_t bytes) {
    house.metrics.spliced_bytes += bytes;
    return house.switchboard.count_bytes(block, slot, bytes, steady_now());
  };
}

// --- writing: one message after the other, whoever they are from

asio::awaitable<void> Session::write(Bytes message) {
  if (outbox_.size() >= outbox_limit) {
    broken_ = true;
    socket_->close();
  }
  if (broken_) co_return;
  outbox_.push_back(std::move(message));
  if (!writing_) co_await write_waiting();
}

asio::awaitable<void> Session::write_waiting() {
  const auto self = shared_from_this();
  writing_ = true;
  while (!outbox_.empty() && !broken_) {
    const Bytes message = std::move(outbox_.front());
    outbox_.pop_front();
    const auto written = co_await socket_->write_message(message);
    if (!written) broken_ = true;
  }
  writing_ = false;
}

// What another coroutine writes goes out before what comes next.
asio::awaitable<void> Session::all_written() {
  asio::steady_timer nap(socket_->executor());
  while (writing_) {
    nap.expires_after(milliseconds(1));
    co_await nap.async_wait(plainly);
  }
}

void Session::invite(const wire::RelayTicket& ticket) {
  asio::post(socket_->executor(), [self = shared_from_this(), ticket] {
    if (self->spliced_) return;
    Bytes message = encode(wire::RelayMessage(wire::RelayIncoming{ticket}));
    asio::co_spawn(self->socket_->executor(), self->write(std::move(message)), asio::detached);
  });
}

// --- ends

void Session::set_deadline(milliseconds time) {
  deadline_.expires_after(time);
  deadline_.async_wait([self = shared_from_this()](const boost::system::error_code& cancelled) {
    if (!cancelled) self->begin_close(CloseCode::late);
  });
}

asio::awaitable<void> Session::close(CloseCode code) {
  const auto self = shared_from_this();
  house_.metrics.count(code);
  const auto closed = co_await socket_->close(code, std::string(reason_of(code)));
  if (!closed) socket_->close();
}

void Session::begin_close(CloseCode code) {
  asio::co_spawn(socket_->executor(), close(code), asio::detached);
}

void Session::end(CloseCode code) {
  asio::post(socket_->executor(),
             [self = shared_from_this(), code] { self->begin_close(code); });
}

void Session::end_unless_spliced(CloseCode code) {
  asio::post(socket_->executor(), [self = shared_from_this(), code] {
    if (!self->spliced_) self->begin_close(code);
  });
}

void Session::abort() {
  asio::post(socket_->executor(), [self = shared_from_this()] { self->socket_->close(); });
}

}  // namespace sotto::relay
