#include "node/relay_connection.h"

#include <algorithm>

#include "base/text.h"
#include "node/relay_errors.h"
#include "transport/deadline.h"
#include "transport/errors.h"
#include "transport/message_bytes.h"

namespace sotto::node {
namespace {

using wire::RelayRefusal;

template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};

// Whether `answer` is of the kind that `action` asks for.
bool belongs(const wire::RelayAction& action, const RelayAnswer& answer) {
  return std::visit(
      Overloaded{[&](const wire::RelayOpen&) {
                   return std::holds_alternative<wire::RelaySpliced>(answer);
                 },
                 [&](const wire::RelayTake&) {
                   return std::holds_alternative<wire::RelaySpliced>(answer);
                 },
                 [&](const wire::RelayGet& get) {
                   const auto* found = std::get_if<wire::RelayFound>(&answer);
                   return found != nullptr && found->blob.size() >= get.key.size &&
                          std::ranges::equal(ByteView(found->blob).first(get.key.size),
                                             get.key.view());
                 },
                 [&](const wire::RelayFetch& fetch) {
                   const auto* some = std::get_if<wire::RelayDeposits>(&answer);
                   if (some == nullptr) return false;
                   std::uint64_t last = fetch.after;
                   for (const auto& deposit : some->deposits) {
                     if (deposit.number <= last) return false;
                     last = deposit.number;
                   }
                   return !some->more || !some->deposits.empty();
                 },
                 [&](const auto&) { return std::holds_alternative<wire::RelayDone>(answer); }},
      action);
}

struct Refusal {
  RelayErrc code;
  const char* text;  // after "The relay HOST:PORT "
};

Refusal refusal(RelayRefusal reason) {
  switch (reason) {
    case RelayRefusal::token:
      return {RelayErrc::token,
              "does not take our access token. Ask its operator for one, and name the file "
              "with --relay-token-file."};
    case RelayRefusal::signature:
      return {
          RelayErrc::signature,
          "does not take our signature. Update sotto here and there; if that does not help, "
          "somebody may be between: use another relay."};
    case RelayRefusal::nobody:
      return {RelayErrc::nobody, "says that the other side is not there at the moment."};
    case RelayRefusal::busy:
      return {RelayErrc::busy,
              "has too many who wait for the other side already. Try again in a moment."};
    case RelayRefusal::ticket:
      return {RelayErrc::ticket, "says that whoever waited has gone."};
    case RelayRefusal::unknown:
      return {RelayErrc::unknown, "does not have what was asked for."};
    case RelayRefusal::older:
      return {RelayErrc::older, "has a newer one already."};
    case RelayRefusal::quota:
      return {RelayErrc::quota,
              "keeps no more: what it has for us is full. Use another, or ask its operator."};
    case RelayRefusal::id_reused:
      return {RelayErrc::id_reused, "has other content under this id."};
    case RelayRefusal::rate:
      return {RelayErrc::rate, "hears too much from here. Try again in a minute."};
    case RelayRefusal::draining:
      return {RelayErrc::draining, "is about to stop. Use another meanwhile."};
    case RelayRefusal::store:
      return {RelayErrc::store,
              "cannot store anything: its disk may be full. Tell its operator, or use "
              "another."};
  }
  return {RelayErrc::protocol, "refuses, and does not say why."};
}

std::string sentence(const std::string& relay, std::string_view rest) {
  return "The relay " + displayable(relay) + " " + std::string(rest);
}

}  // namespace

RelayConnection::RelayConnection(boost::asio::any_io_executor executor, RelayPlace place,
                                 RelayChannel channel)
    : timer_(std::move(executor)),
      place_(std::move(place)),
      stream_(std::move(channel.stream)),
      binding_{channel.spki, channel.exporter, {}} {}

RelayConnection::~RelayConnection() {
  close();
}

void RelayConnection::close() noexcept {
  if (stream_) stream_->close();
}

Async<std::unique_ptr<RelayConnection>> RelayConnection::open(
    boost::asio::any_io_executor executor, RelayPlace place) {
  const SteadyTime deadline = std::chrono::steady_clock::now() + place.timing.connect;
  auto channel = co_await place.dial(deadline);
  if (!channel) co_return std::unexpected(channel.error());
  std::unique_ptr<RelayConnection> self(
      new RelayConnection(std::move(executor), std::move(place), std::move(*channel)));
  const auto heard = co_await self->hear_hello(deadline);
  if (!heard) co_return std::unexpected(heard.error());
  co_return self;
}

// What it says is not what it may say: not another word is believed.
std::unexpected<Error> RelayConnection::lies(const std::string& how) {
  close();
  return fail(RelayErrc::protocol,
              sentence(place_.name, how + ". It is broken, or it lies: use another."));
}

Async<void> RelayConnection::hear_hello(SteadyTime deadline) {
  auto waiting = transport::within(
      read(), timer_, deadline,
      sentence(place_.name, "took the connection and says nothing. Use another."));
  const auto message = co_await std::move(waiting);
  if (!message && message.error().is(transport::Errc::timeout)) {
    close();
    co_return fail(RelayErrc::silent, message.error().text());
  }
  if (!message) co_return std::unexpected(message.error());
  const auto* hello = std::get_if<wire::RelayHello>(&*message);
  if (hello == nullptr) co_return lies("does not begin with a greeting");
  binding_.nonce = hello->nonce;
  token_wanted_ = hello->token_wanted;
  co_return Result<void>();
}

Async<wire::RelayMessage> RelayConnection::read() {
  const auto bytes = co_await stream_->read_message();
  if (!bytes) {
    close();
    co_return fail(RelayErrc::lost,
                   sentence(place_.name, "has ended the connection: " + bytes.error().text()));
  }
  auto message = wire::decode_relay_message(*bytes);
  if (!message && message.error().is(wire::Errc::version)) {
    close();
    co_return std::unexpected(message.error());
  }
  if (!message) co_return lies("says what cannot be understood");
  co_return std::move(*message);
}

Async<RelayAnswer> RelayConnection::ask(wire::RelayAction action,
                                        const crypto::Ed25519KeyPair* owner) {
  if (token_wanted_ && asked_ == 0 && place_.token.empty()) {
    co_return fail(RelayErrc::token,
                   sentence(place_.name,
                            "serves those alone who have an access token. Ask its operator for "
                            "one, and name the file with --relay-token-file."));
  }
  wire::RelayRequest request;
  request.number = ++asked_;
  if (token_wanted_ && asked_ == 1) request.access_token = place_.token;
  request.action = std::move(action);
  if (owner != nullptr) wire::sign(request, binding_, *owner);
  const SteadyTime deadline = timer_.now() + place_.timing.answer;
  auto exchanging = transport::within(exchange(std::move(request)), timer_, deadline,
                                      sentence(place_.name, "does not answer. Use another."));
  auto answer = co_await std::move(exchanging);
  if (!answer && answer.error().is(transport::Errc::timeout)) {
    close();
    co_return fail(RelayErrc::silent, answer.error().text());
  }
  co_return answer;
}

Async<RelayAnswer> RelayConnection::exchange(wire::RelayRequest request) {
  const Bytes bytes = wire::encode(request);
  const auto written = co_await stream_->write_message(bytes);
  if (!written) {
    close();
    co_return fail(RelayErrc::lost, sentence(place_.name, "has ended the connection: " +
                                                              written.error().text()));
  }
  auto message = co_await read();
  if (!message) co_return std::unexpected(message.error());
  auto* reply = std::get_if<wire::RelayReply>(&*message);
  if (reply == nullptr) co_return lies("says something else than the answer");
  if (reply->number != request.number) co_return lies("answers another question");
  if (const auto* refused = std::get_if<wire::RelayRefused>(&reply->kind)) {
    const Refusal why = refusal(refused->reason);
    co_return fail(why.code, sentence(place_.name, why.text));
  }
  if (!belongs(request.action, reply->kind)) co_return lies("gives an answer of another kind");
  co_return std::move(reply->kind);
}

Async<wire::RelayTicket> RelayConnection::incoming() {
  auto message = co_await read();
  if (!message) co_return std::unexpected(message.error());
  const auto* incoming = std::get_if<wire::RelayIncoming>(&*message);
  if (incoming == nullptr) co_return lies("answers what was not asked");
  co_return incoming->ticket;
}

std::unique_ptr<transport::ByteStream> RelayConnection::spliced(
    std::unique_ptr<RelayConnection> connection) {
  return transport::as_byte_stream(std::move(connection->stream_));
}

Async<std::unique_ptr<transport::ByteStream>> relay_splice(
    boost::asio::any_io_executor executor, RelayPlace place, wire::RelayAction action) {
  auto connection = co_await RelayConnection::open(std::move(executor), std::move(place));
  if (!connection) co_return std::unexpected(connection.error());
  const auto answer = co_await (*connection)->ask(std::move(action), nullptr);
  if (!answer) co_return std::unexpected(answer.error());
  co_return RelayConnection::spliced(std::move(*connection));
}

}  // namespace sotto::node
