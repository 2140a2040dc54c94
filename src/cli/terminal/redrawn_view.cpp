#include "cli/terminal/redrawn_view.h"

#include <algorithm>
#include <array>
#include <poll.h>

#include "cli/message_text.h"

namespace sotto::cli {
namespace {

constexpr milliseconds between_draws{8};  // of what comes by itself
constexpr std::size_t batch_bytes = 1 << 16;

SteadyTime steady_now() {
  return std::chrono::steady_clock::now();
}

milliseconds until(SteadyTime at, SteadyTime now) {
  if (at <= now) return milliseconds(0);
  return std::chrono::ceil<milliseconds>(at - now);
}

}  // namespace

RedrawnView::RedrawnView(Tty tty, Mailbox& mailbox, const Style& style)
    : tty_(std::move(tty)), mailbox_(mailbox), keys_(message_limit), screen_(style) {
  const auto size = tty_.size();
  screen_.resize(size.columns, size.rows);
}

Result<void> RedrawnView::open_editor() {
  auto editor = LineEditor::open(*this, tty_.descriptor());
  if (!editor) return pass(editor);
  editor_ = std::move(*editor);
  return {};
}

void RedrawnView::run() {
  session_->start();
  while (!hung_up_ && !mailbox_.closed()) on_line(editor_->read_line());
  while (!mailbox_.closed()) turn();
  ends_ = true;
  while (mailbox_.run(batch_bytes)) {
  }
  // To be copied from the screen.
  if (!unsent_.empty()) screen_.add("Not sent: " + body(unsent_));
  write(screen_.draw({}, {}) + screen_.erase());
  for (const auto& shown : std::exchange(shown_, {})) shown();
  mailbox_.settle();
  tty_.restore();
}

void RedrawnView::on_line(const LineEditor::Line& line) {
  line_dirty_ = true;
  switch (line.end) {
    case LineEditor::End::line:
      if (!line.text.empty() && !session_->is_asking()) editor_->remember(line.text);
      return session_->on_line(line.text);
    case LineEditor::End::interrupted:
      if (line.text.empty() || session_->is_asking()) return session_->on_interrupt();
      // Arrow up brings back what was taken away.
      return editor_->remember(line.text);
    case LineEditor::End::closed:
      return session_->on_end();
    case LineEditor::End::gone:
      unsent_ = session_->is_asking() ? "" : line.text;
      return;
  }
}

void RedrawnView::show(std::string_view text, std::function<void()> shown) {
  screen_.add(text);
  if (shown) shown_.push_back(std::move(shown));
}

void RedrawnView::show_own(std::uint64_t number, std::string_view text) {
  screen_.add_own(number, text, Tick::queued);
}

bool RedrawnView::set_tick(std::uint64_t number, Tick tick) {
  return screen_.set_tick(number, tick);
}

std::optional<KeyEvent> RedrawnView::next_key() {
  line_dirty_ = true;
  while (!hung_up_ && !mailbox_.closed()) {
    if (auto key = keys_.next()) {
      const auto* paste = std::get_if<Paste>(&*key);
      if (paste != nullptr && paste->cut) {
        screen_.add(
            "sotto: A message has at most 1 MiB: only the beginning of this paste is here.");
      }
      return key;
    }
    turn();
  }
  return std::nullopt;
}

void RedrawnView::turn() {
  const bool more = mailbox_.run(batch_bytes);
  session_->on_time(steady_now());
  const bool drawn = draw_if_due();
  if (drawn && !more) mailbox_.settle();
  const SteadyTime now = steady_now();
  milliseconds pause = until(session_->deadline(), now);
  if (!drawn) pause = std::min(pause, until(drawn_at_ + between_draws, now));
  if (const auto patience = keys_.patience()) {
    const milliseconds left = until(heard_at_ + *patience, now);
    if (left == milliseconds(0)) return keys_.give_up();
    pause = std::min(pause, left);
  }
  wait(more ? milliseconds(0) : pause);
}

void RedrawnView::wait(milliseconds at_most) {
  std::array<pollfd, 3> watched{{{hung_up_ ? -1 : tty_.descriptor(), POLLIN, 0},
                                 {mailbox_.descriptor(), POLLIN, 0},
                                 {tty_.signal_descriptor(), POLLIN, 0}}};
  if (::poll(watched.data(), watched.size(), static_cast<int>(at_most.count())) <= 0) return;
  if (watched[1].revents != 0) mailbox_.drain_descriptor();
  if (watched[2].revents != 0) take_news();
  if (watched[0].revents != 0) read_keys();
}

void RedrawnView::read_keys() {
  const auto bytes = tty_.read();
  if (!bytes) {
    hung_up_ = true;
    return session_->on_hang_up();
  }
  if (bytes->empty()) return;
  heard_at_ = steady_now();
  keys_.feed(*bytes);
}

void RedrawnView::take_news() {
  const Tty::News news = tty_.take_news();
  if (news.asked_to_stop) return suspend();
  if (news.continued) tty_.take_over();
  const auto size = tty_.size();
  screen_.resize(size.columns, size.rows);
  everything_dirty_ = true;
}

// Own keys at once; what comes by itself a few milliseconds later, with what else came.
bool RedrawnView::draw_if_due() {
  const std::string now_status = status();
  const bool news = screen_.has_news() || now_status != status_ || everything_dirty_;
  if (!line_dirty_ && !news) return true;
  const bool at_once = line_dirty_ || everything_dirty_;
  if (!at_once && steady_now() < drawn_at_ + between_draws) return false;
  draw(now_status);
  return true;
}

void RedrawnView::draw(const std::string& now_status) {
  status_ = now_status;
  line_dirty_ = false;
  everything_dirty_ = false;
  const bool written = write(screen_.draw(status_, editor_->line(session_->prompt())));
  drawn_at_ = steady_now();
  const auto shown = std::exchange(shown_, {});
  if (!written) return;
  for (const auto& tell : shown) tell();
}

std::string RedrawnView::status() const {
  return session_->status(screen_.columns() - 1);
}

bool RedrawnView::write(std::string_view bytes) {
  return tty_.write(bytes, ends_ ? -1 : mailbox_.closed_descriptor());
}

void RedrawnView::suspend() {
  write(screen_.erase());
  tty_.suspend();
  const auto size = tty_.size();
  screen_.resize(size.columns, size.rows);
  everything_dirty_ = true;
}

void RedrawnView::clear_screen() {
  write(screen_.clear());
  everything_dirty_ = true;
}

std::optional<std::string> RedrawnView::complete(const std::string& head) {
  return session_->complete(head);
}

}  // namespace sotto::cli
