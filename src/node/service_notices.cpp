#include "node/service_notices.h"

#include <utility>

#include "base/text.h"

namespace sotto::node {

ServiceNotices::ServiceNotices(boost::asio::io_context& loop,
                               std::shared_ptr<net::ServiceManager> manager)
    : manager_(std::move(manager)), watchdog_(loop) {
  if (manager_ && manager_->patience()) keep_awake();
}

// Twice in the time after which the manager takes us for hung.
void ServiceNotices::keep_awake() {
  manager_->tell("WATCHDOG=1");
  watchdog_.expires_after(*manager_->patience() / 2);
  watchdog_.async_wait([this](const boost::system::error_code& error) {
    if (!error) keep_awake();
  });
}

void ServiceNotices::ready(const std::string& status_text) {
  if (!manager_) return;
  if (std::exchange(is_ready_, true)) return status(status_text);
  manager_->tell("READY=1\nSTATUS=" + displayable(status_text));
}

void ServiceNotices::status(const std::string& status_text) {
  if (manager_) manager_->tell("STATUS=" + displayable(status_text));
}

void ServiceNotices::stopping() {
  if (manager_) manager_->tell("STOPPING=1\nSTATUS=Leaving.");
}

}  // namespace sotto::node
