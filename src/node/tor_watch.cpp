#include "node/tor_watch.h"

namespace sotto::node {

TorWatch::TorWatch(TorManager& manager, std::function<void(const Event&)> tell)
    : manager_(manager), manager_lives_(manager.alive()), tell_(std::move(tell)) {
  manager_.subscribe(*this);
}

TorWatch::~TorWatch() {
  if (!manager_lives_.expired()) manager_.unsubscribe(*this);
}

void TorWatch::on_bootstrap(const tor::Bootstrap& at) {
  tell_(ProgressEvent{"tor", at.done() ? "ready" : "bootstrapping", at.progress,
                      at.stuck() ? describe(at) : at.summary});
}

void TorWatch::on_tor_lost(const Error& why) {
  // Not the end of anything: it comes back, and what could not leave waits.
  tell_(NoticeEvent{why.name(), why.text()});
}

void TorWatch::on_tor_back() {
  tell_(NoticeEvent{"tor.back", "Tor is connected again."});
}

void TorWatch::on_tor_notice(const Error& what) {
  tell_(NoticeEvent{what.name(), what.text()});
}

}  // namespace sotto::node
