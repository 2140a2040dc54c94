#include "node/live.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/thread_pool.hpp>
#include <csignal>

#include "node/agent.h"
#include "node/errors.h"
#include "node/rpc_client.h"

namespace sotto::node {
namespace {

namespace asio = boost::asio;

// Beyond its own limit, what an owner may take to say that nobody came.
constexpr milliseconds owner_slack{5'000};

Result<ContactInfo> through(RpcClient& owner, const LiveOptions& options,
                            const AskPerson& ask) {
  const milliseconds limit = options.timeout + owner_slack;
  const auto reply =
      owner.ask("compare", to_json(LiveRequest{options.who, options.timeout}), limit);
  if (!reply) return std::unexpected(reply.error());
  const auto shown = from_json<LiveReply>(*reply);
  if (!shown) return std::unexpected(shown.error());
  const auto yes = ask(*shown);
  const ConfirmRequest answer{shown->fingerprint, yes.has_value(), options.timeout};
  const auto confirmed = owner.ask("confirm", to_json(answer), limit);
  if (!yes) return std::unexpected(yes.error());
  if (!confirmed) return std::unexpected(confirmed.error());
  return from_json<ContactInfo>(*confirmed);
}

// While it lives, this thread takes no signals that end or stop the process.
class SignalsElsewhere {
 public:
  SignalsElsewhere() {
    sigset_t set;
    ::sigemptyset(&set);
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP})
      ::sigaddset(&set, number);
    ::pthread_sigmask(SIG_BLOCK, &set, &before_);
  }
  ~SignalsElsewhere() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsElsewhere(const SignalsElsewhere&) = delete;
  SignalsElsewhere& operator=(const SignalsElsewhere&) = delete;

 private:
  sigset_t before_{};
};

asio::awaitable<Result<void>> answer_of(const AskPerson& ask, const LiveReply& shown) {
  co_return ask(shown);
}

Async<ContactInfo> converse(Agent& agent, Agent::ClientId client, const LiveOptions& options,
                            const AskPerson& ask, asio::thread_pool& person) {
  LiveRequest request{options.who, options.timeout};
  const auto shown = co_await agent.compare(client, std::move(request));
  if (!shown) co_return std::unexpected(shown.error());
  // Signals are the question's while it stands: it listens on the other thread.
  const SignalsElsewhere elsewhere;
  auto asked = asio::co_spawn(person, answer_of(ask, *shown), asio::use_awaitable);
  const Result<void> yes = co_await std::move(asked);
  ConfirmRequest answer{shown->fingerprint, yes.has_value(), options.timeout};
  auto confirmed = co_await agent.confirm(client, std::move(answer));
  if (!yes) co_return std::unexpected(yes.error());
  co_return confirmed;
}

// Without an owner: over a connection of this process, for as long as it takes.
Result<ContactInfo> alone(Profile& profile, const LiveOptions& options, const AskPerson& ask) {
  Runtime runtime(profile);
  std::optional<Result<ContactInfo>> verified;
  std::optional<int> signal;
  {
    Agent agent(runtime);
    asio::thread_pool person(1);
    const auto client = agent.attach([](const std::string&, const Json&) { return false; });
    asio::signal_set signals(runtime.loop(), SIGINT, SIGTERM, SIGHUP);
    signals.async_wait([&](const boost::system::error_code& error, int number) {
      if (error) return;
      signal = number;
      agent.give_up(client);
    });
    auto leave = [&](const std::exception_ptr&, Result<ContactInfo> result) {
      verified = std::move(result);
      agent.detach(client);
      agent.close_all();
      asio::co_spawn(
          runtime.executor(), agent.wait_idle(),
          [&](const std::exception_ptr&, const Result<void>&) { runtime.loop().stop(); });
    };
    asio::co_spawn(runtime.executor(), converse(agent, client, options, ask, person),
                   std::move(leave));
    runtime.loop().run();
    runtime.store().stop();
  }
  if (signal && !*verified) {
    return *signal == SIGINT ? Result<ContactInfo>(fail(Errc::interrupted, "Interrupted."))
                             : Result<ContactInfo>(fail(Errc::terminated, "Terminated."));
  }
  return std::move(*verified);
}

}  // namespace

Result<ContactInfo> verify_live(Access& access, const LiveOptions& options,
                                const AskPerson& ask) {
  if (access.owner() != nullptr) return through(*access.owner(), options, ask);
  return alone(*access.profile(), options, ask);
}

}  // namespace sotto::node
