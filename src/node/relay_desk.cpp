#include "node/relay_desk.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "node/relay_errors.h"
#include "transport/errors.h"

namespace sotto::node {
namespace {

namespace asio = boost::asio;

// The connection is of no more use: it broke, lies, or wants what is said first only.
bool ends_it(const Error& error) {
  return error.is(RelayErrc::lost) || error.is(RelayErrc::silent) ||
         error.is(RelayErrc::protocol) || error.is(RelayErrc::token) ||
         error.is(RelayErrc::draining) || error.is(wire::Errc::version);
}

}  // namespace

// A place in the queue, given up when it is destroyed: also by who was cancelled meanwhile.
class RelayDesk::Turn {
 public:
  explicit Turn(RelayDesk& desk)
      : desk_(desk),
        at_(desk.turns_.emplace(desk.turns_.end(), desk.executor_,
                                asio::steady_timer::time_point::max())) {}
  ~Turn() {
    // In mid-question: nobody knows what the next answer would be about.
    if (asking) desk_.connection_.reset();
    desk_.turns_.erase(at_);
    if (!desk_.turns_.empty()) desk_.turns_.front().cancel();
    desk_.rest();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  Async<void> come() {
    while (&desk_.turns_.front() != &*at_) {
      co_await at_->async_wait(asio::as_tuple(asio::use_awaitable));
      const auto state = co_await asio::this_coro::cancellation_state;
      if (state.cancelled() != asio::cancellation_type::none) {
        co_return fail(transport::Errc::closed, "The request was given up.");
      }
    }
    co_return Result<void>();
  }

  bool asking = false;

 private:
  RelayDesk& desk_;
  std::list<asio::steady_timer>::iterator at_;
};

RelayDesk::RelayDesk(asio::any_io_executor executor, RelayPlace place)
    : executor_(std::move(executor)), place_(std::move(place)), idle_(executor_) {}

RelayDesk::~RelayDesk() = default;

void RelayDesk::close() {
  if (turns_.empty()) {
    connection_.reset();
  } else if (connection_) {
    connection_->close();
  }
}

// Once nobody asks, for a while, the connection ends.
void RelayDesk::rest() {
  if (!turns_.empty() || !connection_) return;
  idle_.expires_after(place_.timing.idle);
  idle_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
    const auto self = weak.lock();
    if (!error && self && self->turns_.empty()) self->connection_.reset();
  });
}

Async<RelayAnswer> RelayDesk::ask(wire::RelayAction action,
                                  const crypto::Ed25519KeyPair* owner) {
  const auto self = shared_from_this();
  Turn turn(*this);
  const auto come = co_await turn.come();
  if (!come) co_return std::unexpected(come.error());
  idle_.cancel();
  const bool was_kept = connection_ != nullptr;
  turn.asking = true;
  auto answer = co_await ask_now(action, owner);
  // A relay ends what was silent for long, and may have been restarted meanwhile.
  if (was_kept && !answer && answer.error().is(RelayErrc::lost)) {
    answer = co_await ask_now(action, owner);
  }
  turn.asking = false;
  co_return answer;
}

Async<RelayAnswer> RelayDesk::ask_now(const wire::RelayAction& action,
                                      const crypto::Ed25519KeyPair* owner) {
  if (!connection_) {
    auto opened = co_await RelayConnection::open(executor_, place_);
    if (!opened) co_return std::unexpected(opened.error());
    connection_ = std::move(*opened);
  }
  auto answer = co_await connection_->ask(action, owner);
  if (!answer && ends_it(answer.error())) connection_.reset();
  co_return answer;
}

}  // namespace sotto::node
