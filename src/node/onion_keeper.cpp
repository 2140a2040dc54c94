#include "node/onion_keeper.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <utility>

#include "base/log.h"
#include "transport/errors.h"

namespace sotto::node {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

Error closed() {
  return {transport::Errc::closed, "The onion service was taken down."};
}

}  // namespace

OnionKeeper::OnionKeeper(std::shared_ptr<TorKeeper> tor, Parameters parameters)
    : tor_(std::move(tor)),
      parameters_(std::move(parameters)),
      address_(parameters_.key.public_key),
      probe_key_(crypto::X25519KeyPair::generate(tor_->entropy())),
      timer_(tor_->executor()),
      changed_(tor_->executor()),
      publish_pause_(tor_->timing().publish_pause) {}

void OnionKeeper::start() {
  asio::co_spawn(tor_->executor(), run(shared_from_this()), asio::detached);
}

asio::awaitable<void> OnionKeeper::run(std::shared_ptr<OnionKeeper> self) {
  while (!self->closing_) co_await self->step();
  co_await self->take_down();
  self->ended_ = true;
  self->changed_.notify();
}

// The next thing that there is to do.
asio::awaitable<void> OnionKeeper::step() {
  const auto session = tor_->session();
  if (session_ && session != session_) unpublish();
  if (!session) {
    co_await timer_.wait_until(SteadyTime::max());
  } else if (!session_ && !tor_->may_publish(*this)) {
    co_await timer_.wait_until(SteadyTime::max());
  } else if (!is_published()) {
    co_await publish(session);
  } else if (const SteadyTime due = published_at_ + tor_->timing().upload;
             !status_.uploaded && Clock::now() < due) {
    co_await timer_.wait_until(due);
  } else if (Clock::now() < next_probe_) {
    co_await timer_.wait_until(next_probe_);
  } else {
    co_await probe();
  }
}

bool OnionKeeper::is_published() const {
  return session_ != nullptr && published_ == version_;
}

// What was true of the service while tor had it.
void OnionKeeper::unpublish() {
  tor_->settled(*this);
  session_.reset();
  published_ = 0;
  status_.uploaded = false;
  status_.reachable = false;
  tell();
  changed_.notify();
}

tor::OnionService OnionKeeper::describe() const {
  tor::OnionService out;
  out.key = crypto::Ed25519KeyPair{parameters_.key.secret.copy(), parameters_.key.public_key};
  out.ports.push_back({parameters_.port, parameters_.target});
  if (parameters_.clients) {
    out.clients = *parameters_.clients;
    out.clients.push_back(probe_key_.public_key);
  }
  if (parameters_.proof_of_work) out.proof_of_work.emplace();
  return out;
}

asio::awaitable<void> OnionKeeper::publish(std::shared_ptr<TorSession> session) {
  const int version = version_;
  const bool knew_defence = session->has_proof_of_work;
  status_.uploaded = false;
  directory_.clear();
  fetch_first_ = true;
  auto putting = session->put(describe());
  const auto put = co_await std::move(putting);
  if (closing_) co_return;
  if (!put) {
    not_added_ = put.error();
    status_.trouble = put.error();
    log(LogLevel::warning, "The onion service is not published: " + put.error().text());
    tell();
    changed_.notify();
    // Whether tor has what it had before is not known.
    published_ = 0;
    tor_->settled(*this);
    co_await timer_.wait_until(Clock::now() + publish_pause_);
    publish_pause_ = std::min(publish_pause_ * 2, tor_->timing().longest_publish_pause);
    co_return;
  }
  if (knew_defence && !session->has_proof_of_work) {
    tor_->tell({tor::Errc::pow_unsupported,
                "This tor has no proof-of-work defence for onion services of ours: floods of "
                "introductions are not slowed down. Update it to 0.4.9.2 or later."});
  }
  session_ = session;
  published_ = version;
  published_at_ = Clock::now();
  publish_pause_ = tor_->timing().publish_pause;
  not_added_.reset();
  next_probe_ = published_at_;
  answered_ = false;
  silences_ = 0;
  status_.reachable = false;
  status_.trouble.reset();
  status_.proof_of_work = *put;
  tell();
  changed_.notify();
}

asio::awaitable<void> OnionKeeper::take_down() {
  const auto session = std::exchange(session_, nullptr);
  if (session && !session->lost() && !tor_->over()) {
    const auto removed = co_await session->remove(address_);
    if (!removed) log(LogLevel::info, removed.error().text());
  }
  tor_->withdraw(*this);
  unpublish();
}

Async<void> OnionKeeper::reachable(SteadyTime deadline) {
  const auto self = shared_from_this();
  if (closing_) co_return std::unexpected(closed());
  const auto ready = co_await tor_->ready(deadline);
  if (!ready) co_return std::unexpected(ready.error());
  while (!closing_) {
    if (status_.reachable && is_published()) co_return Result<void>();
    if (Clock::now() >= deadline) {
      std::string text = "The onion service does not answer through Tor yet. ";
      if (status_.trouble) text += status_.trouble->text() + " ";
      co_return fail(tor::Errc::not_published,
                     text + "Give it longer with --timeout; `sotto status` shows how it is.");
    }
    co_await changed_.until(deadline);
  }
  co_return std::unexpected(closed());
}

Async<void> OnionKeeper::set_clients(std::vector<crypto::X25519PublicKey> clients) {
  const auto self = shared_from_this();
  if (closing_) co_return std::unexpected(closed());
  parameters_.clients = std::move(clients);
  status_.reachable = false;
  const int wanted = ++version_;
  wake();
  // Published later while there is no tor; refused is said.
  while (!closing_ && session_ && published_ < wanted) {
    if (published_ == 0 && not_added_) co_return std::unexpected(*not_added_);
    co_await changed_.until(SteadyTime::max());
  }
  co_return Result<void>();
}

OnionStatus OnionKeeper::status() const {
  OnionStatus out = status_;
  out.address = address_.host();
  out.port = parameters_.port;
  out.clients = parameters_.clients ? parameters_.clients->size() : 0;
  return out;
}

void OnionKeeper::tell() {
  if (parameters_.on_change && !closing_) parameters_.on_change(status());
}

Async<void> OnionKeeper::close() {
  const auto self = shared_from_this();
  closing_ = true;
  wake();
  // What is left then goes on by itself, and ends with tor at the latest.
  const SteadyTime limit = Clock::now() + tor_->timing().farewell;
  while (!ended_ && Clock::now() < limit) co_await changed_.until(limit);
  co_return Result<void>();
}

void OnionKeeper::wake() {
  timer_.wake();
  changed_.notify();
}

void OnionKeeper::abandon() noexcept {
  closing_ = true;
  wake();
}

}  // namespace sotto::node
