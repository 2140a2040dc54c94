#include "node/countdown.h"

#include <algorithm>
#include <string>
#include <utility>

namespace sotto::node {
namespace {

using std::chrono::ceil;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

std::string duration_text(milliseconds duration) {
  if (duration >= hours(2)) return std::to_string(ceil<hours>(duration).count()) + " h";
  if (duration >= minutes(2)) return std::to_string(ceil<minutes>(duration).count()) + " min";
  return std::to_string(ceil<seconds>(duration).count()) + " s";
}

}  // namespace

std::vector<milliseconds> warnings_before(milliseconds duration) {
  constexpr milliseconds last{10'000};
  const milliseconds first = std::min(duration / 5, milliseconds(60'000));
  if (first <= last) return {first};
  return {first, last};
}

NoticeEvent ending_notice(milliseconds left) {
  return {"room.ending", "The room closes in " + duration_text(left) + "."};
}

Countdown::Countdown(boost::asio::any_io_executor executor, milliseconds duration,
                     OnWarning on_warning, std::function<void()> on_end)
    : timer_(std::move(executor)),
      end_(std::chrono::steady_clock::now() + duration),
      warnings_(warnings_before(duration)),
      on_warning_(std::move(on_warning)),
      on_end_(std::move(on_end)) {
  std::ranges::reverse(warnings_);
  wait_for_next();
}

void Countdown::wait_for_next() {
  timer_.expires_at(warnings_.empty() ? end_ : end_ - warnings_.back());
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    if (warnings_.empty()) {
      // The owner may destroy this while it hears of the end.
      const auto on_end = std::exchange(on_end_, nullptr);
      return on_end();
    }
    const milliseconds left = warnings_.back();
    warnings_.pop_back();
    on_warning_(left);
    wait_for_next();
  });
}

}  // namespace sotto::node
