#include "cli/terminal/plain_view.h"

#include <algorithm>
#include <array>
#include <poll.h>

#include "cli/message_text.h"

namespace sotto::cli {
namespace {

constexpr std::size_t batch_bytes = 1 << 16;

}  // namespace

void PlainView::run() {
  session_->start();
  while (!mailbox_.closed()) {
    const bool more = mailbox_.run(batch_bytes);
    session_->on_time(std::chrono::steady_clock::now());
    write_all_shown();
    if (!more) mailbox_.settle();
    wait(more);
  }
  while (mailbox_.run(batch_bytes)) {
  }
  write_all_shown();
  mailbox_.settle();
}

void PlainView::show(std::string_view text, std::function<void()> shown) {
  news_ += text;
  news_ += '\n';
  if (shown) shown_.push_back(std::move(shown));
}

void PlainView::write_all_shown() {
  if (news_.empty()) return;
  const bool closed = mailbox_.closed();
  const bool written = tty_.write(news_, closed ? -1 : mailbox_.closed_descriptor());
  news_.clear();
  const auto shown = std::exchange(shown_, {});
  if (!written) return;
  for (const auto& tell : shown) tell();
}

void PlainView::wait(bool more) {
  const auto left = session_->deadline() - std::chrono::steady_clock::now();
  const auto pause =
      more ? milliseconds(0) : std::max(std::chrono::ceil<milliseconds>(left), milliseconds(0));
  std::array<pollfd, 2> watched{
      {{input_ended_ ? -1 : tty_.descriptor(), POLLIN, 0}, {mailbox_.descriptor(), POLLIN, 0}}};
  if (::poll(watched.data(), watched.size(), static_cast<int>(pause.count())) <= 0) return;
  if (watched[1].revents != 0) mailbox_.drain_descriptor();
  if (watched[0].revents != 0) read_lines();
}

void PlainView::read_lines() {
  const auto bytes = tty_.read();
  if (!bytes) {
    input_ended_ = true;
    // Nothing is left to read: Ctrl-D, or a terminal that is gone.
    pollfd terminal{tty_.descriptor(), POLLIN, 0};
    const bool gone = ::poll(&terminal, 1, 0) > 0 && (terminal.revents & POLLHUP) != 0;
    return gone ? session_->on_hang_up() : session_->on_end();
  }
  typed_ += *bytes;
  // A message that is too long is refused as a whole.
  if (typed_.size() > message_limit + 2) typed_.resize(message_limit + 2);
  for (auto end = typed_.find('\n'); end != std::string::npos; end = typed_.find('\n')) {
    const std::string line = typed_.substr(0, end);
    typed_.erase(0, end + 1);
    session_->on_line(line);
  }
}

}  // namespace sotto::cli
