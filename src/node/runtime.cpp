#include "node/runtime.h"

#include <boost/asio/co_spawn.hpp>
#include <csignal>

#include "node/errors.h"
#include "node/system.h"

namespace sotto::node {

Runtime::Runtime(Profile& profile, EventSink& sink)
    : profile_(profile),
      sink_(sink),
      loop_(1),
      store_(loop_.get_executor(), profile.database()),
      signals_(loop_, SIGINT, SIGTERM, SIGHUP) {}

bool Runtime::emit(const Event& event) {
  return sink_.on_event(event, wall_now());
}

void Runtime::wait_for_signal() {
  signals_.async_wait([this](const boost::system::error_code& error, int number) {
    if (error) return;
    if (signal_) {
      loop_.stop();
      return;
    }
    signal_ = number;
    on_stop_();
    wait_for_signal();
  });
}

Result<void> Runtime::run(Async<void> main, std::function<void()> on_stop) {
  on_stop_ = std::move(on_stop);
  wait_for_signal();
  std::optional<Result<void>> ended;
  boost::asio::co_spawn(loop_, std::move(main),
                        [this, &ended](const std::exception_ptr& thrown, Result<void> result) {
                          if (thrown) std::rethrow_exception(thrown);
                          ended = std::move(result);
                          signals_.cancel();
                          loop_.stop();
                        });
  loop_.run();
  store_.stop();
  if (signal_) {
    return fail(*signal_ == SIGINT ? Errc::interrupted : Errc::terminated,
                *signal_ == SIGINT ? "Interrupted." : "Terminated.");
  }
  return ended ? *ended : Result<void>();
}

}  // namespace sotto::node
