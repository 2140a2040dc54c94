// How a service of ours finds out whether it can be reached: it connects to itself, over
// circuits of its own, as any other client would.
#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>

#include "node/onion_keeper.h"
#include "node/system.h"

namespace sotto::node {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

constexpr milliseconds soon{3'000};
// Published anew after so many.
constexpr int silences_after_answer = 2;
constexpr int silences_at_first = 8;
constexpr int renewals_before_suspicion = 3;

milliseconds doubled(milliseconds start, int times, milliseconds most) {
  return std::min(start * (1 << std::clamp(times, 0, 16)), most);
}

}  // namespace

// Up to a quarter more or less, so that rooms and machines do not probe in step.
milliseconds OnionKeeper::jittered(milliseconds duration) const {
  const auto share = std::to_integer<int>(tor_->entropy().bytes<1>()[0]);  // 0..255
  return duration * 3 / 4 + duration * share / 512;
}

asio::awaitable<void> OnionKeeper::probe() {
  using namespace asio::experimental::awaitable_operators;
  const auto session = session_;
  auto race = connect_to_itself(session) || until_interrupted();
  const auto first = co_await std::move(race);
  // Interrupted is not unanswered.
  if (closing_ || first.index() == 1 || !is_published() || session->lost()) co_return;
  if (const auto& answer = std::get<0>(first); answer) {
    note_answer();
  } else {
    note_silence(answer.error());
    if (renewals_ >= renewals_before_suspicion) tor_->suspect(*session);
  }
}

asio::awaitable<void> OnionKeeper::until_interrupted() {
  while (!closing_ && is_published() && tor_->session() == session_) {
    co_await changed_.until(SteadyTime::max());
  }
}

Async<void> OnionKeeper::connect_to_itself(std::shared_ptr<TorSession> session) {
  if (parameters_.clients) {
    const auto known = co_await session->authorize(address_, probe_key_.secret.copy());
    if (!known) co_return std::unexpected(known.error());
  }
  const TorTiming& timing = tor_->timing();
  if (fetch_first_) co_await renew_descriptor(session, Clock::now() + timing.probe);
  auto isolation = tor::Isolation::random(tor_->entropy());
  auto connecting =
      session->connect(address_, parameters_.port, std::move(isolation),
                       Clock::now() + doubled(timing.probe, silences_, timing.longest_probe));
  const auto stream = co_await std::move(connecting);
  if (stream) {
    (*stream)->close();
    co_return Result<void>();
  }
  const Error& why = stream.error();
  if (why.is(tor::Errc::auth_missing) || why.is(tor::Errc::auth_wrong)) {
    session->distrust(address_);
  }
  co_return std::unexpected(why);
}

// Else tor uses what it has cached, and knocks for seconds where the service is no more.
asio::awaitable<void> OnionKeeper::renew_descriptor(std::shared_ptr<TorSession> session,
                                                    SteadyTime deadline) {
  auto command = tor::fetch_descriptor(address_, directory_);
  if (!command) command = tor::fetch_descriptor(address_);
  fetched_.reset();
  const auto reply = co_await session->ask(std::move(*command));
  if (!reply || !reply->ok()) co_return;
  while (!fetched_ && !session->lost() && Clock::now() < deadline) {
    co_await changed_.until(deadline);
  }
  if (fetched_ == true) fetch_first_ = false;
}

void OnionKeeper::on_descriptor(const tor::DescriptorEvent& event) {
  using Action = tor::DescriptorEvent::Action;
  if (event.action == Action::uploaded) {
    directory_ = event.directory;
    if (!std::exchange(status_.uploaded, true)) tell();
    timer_.wake();
  } else if (event.action == Action::received) {
    fetched_ = true;
  } else if (event.action == Action::failed && event.reason != "UPLOAD_REJECTED") {
    fetched_ = false;
  }
  changed_.notify();
}

void OnionKeeper::note_answer() {
  status_.reachable = true;
  status_.last_probe = wall_now();
  status_.trouble.reset();
  answered_ = true;
  silences_ = 0;
  renewals_ = 0;
  tor_->settled(*this);
  next_probe_ = Clock::now() + jittered(parameters_.probe_every);
  tell();
  changed_.notify();
}

void OnionKeeper::note_silence(const Error& why) {
  status_.reachable = false;
  status_.last_probe = wall_now();
  status_.trouble = why;
  // Others have waited for it long enough.
  if (++silences_ > 1) tor_->settled(*this);
  next_probe_ = Clock::now() + jittered(pause_after_silence());
  if (!answered_) fetch_first_ = true;
  if (needs_renewal()) {
    ++renewals_;
    ++version_;
  }
  tell();
  changed_.notify();
}

milliseconds OnionKeeper::pause_after_silence() const {
  const TorTiming& timing = tor_->timing();
  return answered_ ? timing.retry_after_answer
                   : doubled(timing.retry, silences_ - 1, timing.longest_retry);
}

bool OnionKeeper::needs_renewal() const {
  if (answered_) return silences_ >= silences_after_answer;
  return silences_ >= silences_at_first &&
         Clock::now() - published_at_ > tor_->timing().renewal * (renewals_ + 1);
}

void OnionKeeper::probe_soon() {
  next_probe_ = std::min(next_probe_, Clock::now() + jittered(soon));
  wake();
}

}  // namespace sotto::node
