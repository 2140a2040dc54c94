#include "net/lookup.h"

#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <cstring>
#include <memory>
#include <mutex>
#include <netdb.h>
#include <optional>
#include <system_error>
#include <thread>

#include "base/text.h"
#include "transport/errors.h"

namespace sotto::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using transport::Errc;
using Endpoints = std::vector<tcp::endpoint>;

// Names that are waited for at the same time: each costs a thread as long as the resolver
// takes.
constexpr int most_threads = 16;
constexpr std::chrono::milliseconds pause_for_a_thread{50};

std::atomic<int> threads = 0;

bool take_thread() {
  int running = threads;
  while (running < most_threads) {
    if (threads.compare_exchange_weak(running, running + 1)) return true;
  }
  return false;
}

struct Answer {
  int error = 0;  // of getaddrinfo()
  Endpoints endpoints;
};

// What the thread and whoever waits for it share; the caller may go first.
struct Question {
  std::mutex mutex;
  std::optional<asio::any_io_executor> waiting;  // none: nobody does any more
  asio::steady_timer* done = nullptr;            // the loop's alone
  std::optional<Answer> answer;                  // the loop's alone
};

Answer ask_system(const std::string& host, std::uint16_t port) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_ADDRCONFIG;
  addrinfo* found = nullptr;
  Answer answer;
  answer.error = ::getaddrinfo(host.c_str(), nullptr, &wanted, &found);
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    tcp::endpoint endpoint;
    if (one->ai_addrlen > endpoint.capacity()) continue;
    std::memcpy(endpoint.data(), one->ai_addr, one->ai_addrlen);
    endpoint.resize(one->ai_addrlen);
    endpoint.port(port);
    answer.endpoints.push_back(endpoint);
  }
  if (found != nullptr) ::freeaddrinfo(found);
  return answer;
}

void tell(const std::shared_ptr<Question>& question, Answer answer) {
  const std::lock_guard lock(question->mutex);
  if (!question->waiting) return;
  asio::post(*question->waiting, [question, answer = std::move(answer)]() mutable {
    question->answer = std::move(answer);
    if (question->done != nullptr) question->done->cancel();
  });
}

// False when the system has no thread for it.
bool ask(const std::shared_ptr<Question>& question, std::string host, std::uint16_t port) {
  // Signals are the loop's.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  bool begun = true;
  try {
    std::thread([question, host = std::move(host), port] {
      Answer answer = ask_system(host, port);
      --threads;
      tell(question, std::move(answer));
    }).detach();
  } catch (const std::system_error&) {
    --threads;
    begun = false;
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return begun;
}

// From here on the thread's answer is for nobody.
struct Withdraw {
  std::shared_ptr<Question> question;
  explicit Withdraw(std::shared_ptr<Question> of) : question(std::move(of)) {}
  Withdraw(const Withdraw&) = delete;
  Withdraw& operator=(const Withdraw&) = delete;
  ~Withdraw() {
    const std::lock_guard lock(question->mutex);
    question->waiting.reset();
    question->done = nullptr;
  }
};

std::unexpected<Error> too_late(const std::string& host) {
  return fail(Errc::timeout, "No name server answered in time for " + displayable(host) + ".");
}

std::unexpected<Error> ended() {
  return fail(Errc::closed, "The attempt to connect was ended.");
}

}  // namespace

Async<Endpoints> look_up(asio::any_io_executor executor, std::string host, std::uint16_t port,
                         SteadyTime deadline) {
  co_await asio::this_coro::throw_if_cancelled(false);
  asio::steady_timer timer(executor);
  while (!take_thread()) {
    if (std::chrono::steady_clock::now() >= deadline) co_return too_late(host);
    timer.expires_after(pause_for_a_thread);
    const auto [error] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    if (error) co_return ended();
  }
  const auto question = std::make_shared<Question>();
  const Withdraw withdraw(question);
  question->waiting = executor;
  question->done = &timer;
  timer.expires_at(deadline);
  if (!ask(question, host, port)) co_return too_late(host);
  const auto [woken] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
  if (!question->answer) co_return woken ? ended() : too_late(host);
  if (question->answer->error != 0 || question->answer->endpoints.empty()) {
    co_return fail(Errc::name, "The name " + displayable(host) + " does not resolve: " +
                                   ::gai_strerror(question->answer->error) + ".");
  }
  co_return std::move(question->answer->endpoints);
}

}  // namespace sotto::net
