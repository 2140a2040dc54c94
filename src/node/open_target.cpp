#include "node/open_target.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>

#include "base/encoding.h"
#include "base/text.h"
#include "crypto/card.h"
#include "node/dialer.h"
#include "node/errors.h"
#include "node/open_visit.h"
#include "node/rendering.h"
#include "node/room_registry.h"
#include "node/rpc_client.h"
#include "node/system.h"
#include "node/target_text.h"
#include "session/errors.h"
#include "transport/errors.h"

namespace sotto::node {
namespace {

namespace asio = boost::asio;

constexpr milliseconds first_retry{250};
constexpr milliseconds longest_retry{5'000};
// Beyond its own limit, what an owner may take to answer.
constexpr milliseconds owner_slack{15'000};

// While it lives, a signal stops `loop` and is remembered.
class SignalWatch {
 public:
  explicit SignalWatch(asio::io_context& loop)
      : loop_(loop), signals_(loop, SIGINT, SIGTERM, SIGHUP) {
    signals_.async_wait([this](const boost::system::error_code& error, int number) {
      if (error) return;
      signal_ = number;
      loop_.stop();
    });
  }

  // Lets the loop run until then, or a signal comes.
  void wait(milliseconds duration) {
    loop_.restart();
    loop_.run_for(duration);
  }
  Result<void> result() const {
    if (!signal_) return {};
    if (*signal_ == SIGINT) return fail(Errc::interrupted, "Interrupted.");
    return fail(Errc::terminated, "Terminated.");
  }

 private:
  asio::io_context& loop_;
  asio::signal_set signals_;
  std::optional<int> signal_;
};

Result<PeekReply> peek_here(Profile& profile, PeekRequest request) {
  std::optional<Result<PeekReply>> reply;
  Runtime runtime(profile);
  const SignalWatch watch(runtime.loop());
  auto stopped = [&](const std::exception_ptr&, const Result<void>&) { runtime.loop().stop(); };
  auto done = [&](const std::exception_ptr&, Result<PeekReply> result) {
    reply = std::move(result);
    asio::co_spawn(runtime.executor(), runtime.tor().stop(), stopped);
  };
  asio::co_spawn(runtime.executor(), peek_open_room(runtime, std::move(request)),
                 std::move(done));
  runtime.loop().run();
  runtime.store().stop();
  if (auto ended = watch.result(); !ended) return pass(ended);
  return std::move(*reply);
}

Result<PeekReply> peek_at_owner(RpcClient& owner, const PeekRequest& request) {
  const SignalWatch watch(owner.loop());
  const auto reply = owner.ask("peek", to_json(request), request.timeout + owner_slack);
  if (auto ended = watch.result(); !ended) return pass(ended);
  if (!reply) return std::unexpected(reply.error());
  return from_json<PeekReply>(*reply);
}

Result<PeekReply> peek(Access& access, const OpenRequest& open, const TorRequest& tor,
                       milliseconds limit) {
  PeekRequest request;
  request.addresses = open.addresses;
  request.room_id = open.room_id;
  if (open.password) request.password = open.password->copy();
  request.timeout = limit;
  request.tor = tor;
  if (access.owner() != nullptr) return peek_at_owner(*access.owner(), request);
  return peek_here(*access.profile(), std::move(request));
}

// Nobody has answered, so nobody was disturbed: trying again does no harm.
bool may_pass(const Error& error) {
  return error.is(transport::Errc::unreachable) || error.is(transport::Errc::timeout) ||
         error.is(transport::Errc::name);
}

Result<PeekReply> peek_until(Access& access, const OpenRequest& open, const TorRequest& tor,
                             SteadyTime deadline, EventSink& sink) {
  asio::io_context between(1);  // attempts
  SignalWatch watch(between);
  milliseconds pause = first_retry;
  while (true) {
    const auto left =
        std::chrono::duration_cast<milliseconds>(deadline - std::chrono::steady_clock::now());
    auto reply = peek(access, open, tor, std::max(left, milliseconds(1)));
    if (reply || !may_pass(reply.error())) return reply;
    if (std::chrono::steady_clock::now() + pause >= deadline) return reply;
    sink.on_event(ProgressEvent{"join", "retrying", std::nullopt, reply.error().text()},
                  wall_now());
    watch.wait(pause);
    if (auto ended = watch.result(); !ended) return pass(ended);
    pause = std::min(pause * 2, longest_retry);
  }
}

std::unexpected<Error> unknown_room(const std::string& room_id) {
  return fail(Errc::unknown_target,
              "No open room of this machine has the id " + displayable(room_id) +
                  ". Ask its host for the address, and give that instead: HOST:PORT.");
}

// Where the room is that only an id is known of.
Result<void> ask_address(OpenRequest& open, const OpenAnswers& answers) {
  if (!open.addresses.empty()) return {};
  if (!answers.address) return unknown_room(*open.room_id);
  const auto typed = answers.address(*open.room_id);
  if (!typed) return std::unexpected(typed.error());
  const auto there = open_target(*typed);
  if (!there) return std::unexpected(there.error());
  if (!*there || (*there)->room_id) return unknown_room(*open.room_id);
  open.addresses = (*there)->addresses;
  return {};
}

// A host that says nothing without a password may say something with one.
Result<PeekReply> peek_with_password(Access& access, OpenRequest& open, const TorRequest& tor,
                                     const OpenAnswers& answers, SteadyTime deadline,
                                     EventSink& sink) {
  auto reply = peek_until(access, open, tor, deadline, sink);
  const bool is_closed = !reply && reply.error().is(session::Errc::not_open);
  if (!is_closed || open.password || !answers.password) return reply;
  auto password = answers.password();
  if (!password) return pass(password);
  if (password->empty()) return reply;
  open.password = std::move(*password);
  return peek_until(access, open, tor, deadline, sink);
}

std::unexpected<Error> other_fingerprint(const PeekReply& host) {
  return fail(Errc::fingerprint, "The host has the fingerprint " + host.fingerprint +
                                     ", not the one you gave. Nothing was sent. Ask the host "
                                     "over another channel which one is theirs.");
}

// Whether the host is the right one; true: somebody has compared its fingerprint.
Result<bool> confirm(const PeekReply& host, const OpenAnswers& answers,
                     const std::optional<std::string>& expected_fingerprint) {
  if (expected_fingerprint) {
    const auto wanted = crypto::parse_fingerprint(*expected_fingerprint);
    if (!wanted) return std::unexpected(wanted.error());
    if (crypto::to_string(*wanted) != host.fingerprint) return other_fingerprint(host);
    return true;
  }
  if (host.known || answers.trust_new) return host.verified;
  const auto yes = answers.is_right({host.name, host.fingerprint});
  if (!yes) return yes;
  if (!*yes) {
    return fail(Errc::declined,
                "You did not take this host for the right one. Nothing was sent or kept.");
  }
  return true;
}

}  // namespace

Result<std::optional<OpenRequest>> open_target(const std::string& word) {
  OpenRequest open;
  if (const auto id = parse_room_id(word)) {
    open.room_id = to_hex(id->view());
    const auto listed = RoomRegistry().find(*id);
    if (!listed) return std::unexpected(listed.error());
    if (*listed) {
      for (const auto& address : (*listed)->addresses) {
        open.addresses.push_back(net::to_string(address));
      }
    }
    return std::optional(std::move(open));
  }
  if (const auto onion = parse_onion(word)) {
    if (!*onion) return std::unexpected(onion->error());
    open.addresses.push_back((*onion)->address.host() + ":" +
                             std::to_string((*onion)->port.value_or(onion_port)));
    return std::optional(std::move(open));
  }
  const auto address = parse_address(word);
  if (!address) return std::nullopt;
  if (!*address) return std::unexpected(address->error());
  open.addresses.push_back(net::to_string(**address));
  return std::optional(std::move(open));
}

Result<void> settle_open_target(Access& access, OpenRequest& open, const TorRequest& tor,
                                const OpenAnswers& answers,
                                const std::optional<std::string>& expected_fingerprint,
                                milliseconds timeout, EventSink& sink) {
  if (auto found = ask_address(open, answers); !found) return found;
  if (answers.given_password) {
    auto password = answers.given_password();
    if (!password) return pass(password);
    open.password = std::move(*password);
  }
  const SteadyTime deadline = std::chrono::steady_clock::now() + timeout;
  const auto host = peek_with_password(access, open, tor, answers, deadline, sink);
  if (!host) return std::unexpected(host.error());
  const auto verified = confirm(*host, answers, expected_fingerprint);
  if (!verified) return std::unexpected(verified.error());
  open.card = host->card;
  open.verified = *verified;
  if (!*verified) sink.on_event(unverified_host(host->fingerprint), wall_now());
  return {};
}

}  // namespace sotto::node
