#include "node/tor_session.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "base/log.h"
#include "crypto/hash.h"
#include "net/socks_dial.h"

namespace sotto::node {

namespace asio = boost::asio;

namespace {

constexpr milliseconds shutdown_limit{2'000};

}  // namespace

std::shared_ptr<TorSession> TorSession::over(asio::any_io_executor executor,
                                             std::shared_ptr<net::TorControl> control,
                                             net::TorEndpoint at, Whose whose,
                                             milliseconds limit) {
  std::shared_ptr<TorSession> session(
      new TorSession(std::move(executor), std::move(control), std::move(at), whose, limit));
  const std::weak_ptr<TorSession> weak = session;
  session->control_->set_handlers(
      [weak](const tor::Event& event) {
        const auto self = weak.lock();
        if (self && self->on_event_) self->on_event_(event);
      },
      [weak](const Error& why) {
        if (const auto self = weak.lock()) self->lose(why);
      });
  return session;
}

TorSession::TorSession(asio::any_io_executor executor, std::shared_ptr<net::TorControl> control,
                       net::TorEndpoint at, Whose whose, milliseconds limit)
    : executor_(std::move(executor)),
      control_(std::move(control)),
      at_(std::move(at)),
      whose_(whose),
      limit_(limit) {}

TorSession::~TorSession() {
  control_->close();
}

void TorSession::set_handlers(OnEvent on_event, OnLost on_lost) {
  on_event_ = std::move(on_event);
  if (lost_) return on_lost(*lost_);
  on_lost_ = std::move(on_lost);
}

void TorSession::forget_handlers() {
  on_event_ = nullptr;
  on_lost_ = nullptr;
}

void TorSession::lose(const Error& why) {
  if (lost_) return;
  lost_ = why;
  control_->close();
  if (own_) own_->give_up_turn();
  // Whoever is told may drop the handlers.
  const OnLost on_lost = std::exchange(on_lost_, nullptr);
  if (on_lost) on_lost(why);
}

void TorSession::keep(std::unique_ptr<OwnTor> own) {
  own_ = std::move(own);
  socks = own_->socks();
  same_user = true;
  own_->set_on_end([this](const Error& why) { lose(why); });
}

Async<void> TorSession::stop(milliseconds drain, SteadyTime deadline) {
  forget_handlers();
  if (!own_) {
    if (!lost_) co_await take_back_keys();
    control_->close();
    co_return Result<void>();
  }
  if (!lost_ && used_) {
    asio::steady_timer drained(executor_, drain);
    co_await drained.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  if (!lost_) co_await control_->ask(tor::signal(tor::Signal::shutdown), shutdown_limit);
  co_return co_await own_->stop(deadline);
}

Async<tor::Reply> TorSession::ask(tor::Command command) {
  if (lost_) co_return std::unexpected(*lost_);
  const auto control = control_;
  co_return co_await control->ask(std::move(command), limit_);
}

// A tor that goes on without us needs them no more.
Async<void> TorSession::take_back_keys() {
  const auto keys = std::exchange(keys_, {});
  for (const auto& [id, key] : keys) {
    const auto address = tor::OnionAddress::parse_id(id);
    const auto reply =
        co_await control_->ask(tor::client_auth_remove(*address), shutdown_limit);
    if (!reply) co_return std::unexpected(reply.error());
  }
  co_return Result<void>();
}

// Both are on their way before tor answers the first: a stream that came in between would find
// no service, and take its circuit, with all that runs over it, down.
Async<tor::Reply> TorSession::ask_to_replace(tor::OnionAddress address, tor::Command add) {
  if (lost_) co_return std::unexpected(*lost_);
  const auto control = control_;
  auto removing = control->ask(tor::del_onion(address), limit_);
  auto adding = control->ask(std::move(add), limit_);
  const auto removed = co_await std::move(removing);
  if (removed) {
    const auto read = tor::read_del_onion(*removed);
    if (!read && !read.error().is(tor::Errc::onion_unknown)) {
      log(LogLevel::warning, read.error().text());
    }
  }
  co_return co_await std::move(adding);
}

Async<bool> TorSession::put(tor::OnionService service) {
  const tor::OnionAddress address(service.key->public_key);
  if (!has_proof_of_work) service.proof_of_work.reset();
  bool replace = services_.contains(address.id());
  // At most: without the defence, and in the place of what is there already.
  for (int attempt = 0;; ++attempt) {
    auto command = tor::add_onion(service);
    if (!command) co_return std::unexpected(command.error());
    auto asked =
        replace ? ask_to_replace(address, std::move(*command)) : ask(std::move(*command));
    auto reply = co_await std::move(asked);
    if (!reply) co_return std::unexpected(reply.error());
    const auto added = tor::read_add_onion(std::move(*reply), service);
    if (added) break;
    services_.erase(address.id());
    const bool no_defence = added.error().is(tor::Errc::pow_unsupported);
    const bool taken = added.error().is(tor::Errc::onion_collision);
    if (attempt == 2 || !(no_defence || (taken && !replace))) {
      co_return std::unexpected(added.error());
    }
    if (no_defence) {
      has_proof_of_work = false;
      service.proof_of_work.reset();
    }
    replace = taken;
  }
  services_.insert(address.id());
  used_ = true;
  co_return service.proof_of_work.has_value();
}

Async<void> TorSession::remove(tor::OnionAddress address) {
  services_.erase(address.id());
  const auto reply = co_await ask(tor::del_onion(address));
  if (!reply) co_return std::unexpected(reply.error());
  auto removed = tor::read_del_onion(*reply);
  if (!removed && removed.error().is(tor::Errc::onion_unknown)) co_return Result<void>();
  co_return removed;
}

Async<bool> TorSession::authorize(tor::OnionAddress address, crypto::X25519SecretKey key) {
  const std::string id = address.id();
  const auto known = keys_.find(id);
  if (known != keys_.end() && crypto::equal_constant_time(known->second.view(), key.view())) {
    co_return false;
  }
  const auto reply = co_await ask(tor::client_auth_add(address, key));
  if (!reply) co_return std::unexpected(reply.error());
  const auto added = tor::read_client_auth_add(*reply);
  if (!added) co_return std::unexpected(added.error());
  keys_.insert_or_assign(id, std::move(key));
  co_return true;
}

void TorSession::distrust(const tor::OnionAddress& address) {
  keys_.erase(address.id());
}

Async<void> TorSession::wake() {
  if (whose_ == Whose::own) co_return Result<void>();  // its torrc lets it not sleep
  auto question = tor::get_info({"dormant"});
  const auto reply = co_await ask(std::move(question));
  if (!reply) co_return std::unexpected(reply.error());
  // A tor that does not know the word does not sleep either.
  const auto values = tor::read_get_info(*reply);
  if (!values || !values->contains("dormant") || values->at("dormant") != "1") {
    co_return Result<void>();
  }
  log(LogLevel::info, "Tor sleeps, because nobody has used it for long: it is woken.");
  const auto woken = co_await ask(tor::signal(tor::Signal::active));
  if (!woken) co_return std::unexpected(woken.error());
  co_return tor::read_ok(*woken);
}

Async<void> TorSession::refresh(tor::OnionAddress address) {
  if (!known_.contains(address.id())) co_return Result<void>();
  auto fetch = tor::fetch_descriptor(address);
  const auto begun = co_await ask(std::move(*fetch));
  if (!begun) co_return std::unexpected(begun.error());
  co_return Result<void>();
}

Async<std::unique_ptr<transport::ByteStream>> TorSession::connect(tor::OnionAddress address,
                                                                  std::uint16_t port,
                                                                  tor::Isolation isolation,
                                                                  SteadyTime deadline) {
  if (lost_) co_return std::unexpected(*lost_);
  auto dialing =
      net::dial_onion(executor_, socks, address, port, std::move(isolation), deadline);
  auto stream = co_await std::move(dialing);
  if (stream) {
    known_.insert(address.id());
    used_ = true;
  }
  co_return stream;
}

}  // namespace sotto::node
