// `sotto status --watch`.
#include <cerrno>
#include <csignal>
#include <ctime>

#include "node/errors.h"
#include "node/perform.h"
#include "node/rpc_client.h"
#include "node/status.h"

namespace sotto::node {
namespace {

constexpr milliseconds answer_limit{5'000};
constexpr timespec pause{1, 0};

// While it lives, signals that end the process wait until they are asked for: the one that
// looks is not interrupted half-way through a line.
class HeldSignals {
 public:
  HeldSignals() {
    ::sigemptyset(&set_);
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) ::sigaddset(&set_, number);
    hold();
  }
  ~HeldSignals() { release(); }
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;

  void hold() { ::pthread_sigmask(SIG_BLOCK, &set_, &before_); }
  void release() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  // Waits a moment; the signal that has come.
  std::optional<int> rest() const {
    const int number = ::sigtimedwait(&set_, nullptr, &pause);
    return number > 0 ? std::optional(number) : std::nullopt;
  }

 private:
  sigset_t set_{};
  sigset_t before_{};
};

Result<StatusReply> look(Access& access) {
  if (access.profile() != nullptr) return show_status(*access.profile(), {});
  const auto reply = access.owner()->ask("status", Json::Object(), answer_limit);
  if (!reply) return std::unexpected(reply.error());
  return from_json<StatusReply>(*reply);
}

}  // namespace

Result<void> watch_status(Access access, const std::function<Result<Access>()>& reopen,
                          const ShowStatus& show) {
  HeldSignals signals;
  while (true) {
    auto status = look(access);
    if (!status && status.error().is(Errc::rpc_failed)) {
      // A passphrase may have to be asked for, which must be possible to interrupt.
      signals.release();
      auto again = reopen();
      signals.hold();
      if (!again) return pass(again);
      access = std::move(*again);
      status = look(access);
    }
    if (!status) return pass(status);
    const auto goes_on = show(*status);
    if (!goes_on) return std::unexpected(goes_on.error());
    if (!*goes_on) return {};
    if (const auto number = signals.rest()) return std::unexpected(signal_error(*number));
    if (access.owner() != nullptr) continue;
    if (auto attached = access.attach(); !attached) return attached;
  }
}

}  // namespace sotto::node
