#include "cli/terminal/chat.h"

#include <csignal>
#include <unistd.h>

#include "cli/streams.h"
#include "cli/terminal/plain_view.h"
#include "cli/terminal/redrawn_view.h"

namespace sotto::cli {
namespace {

constexpr milliseconds flush_limit{2'000};
constexpr std::size_t event_size = 256;  // bytes, about, besides its text

std::size_t size_of(const node::Event& event) {
  const auto* message = std::get_if<node::MessageEvent>(&event);
  return event_size + (message == nullptr ? 0 : message->text.size());
}

}  // namespace

bool can_chat(const Surroundings& around) {
  return !around.globals.json && !around.globals.no_input && around.input_is_free &&
         ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1;
}

Chat::Chat(const Surroundings& around, bool plain)
    : around_(around),
      plain_(plain || !can_be_redrawn(STDOUT_FILENO)),
      takes_asides_(::isatty(STDERR_FILENO) == 1),
      lines_(around) {}

Chat::~Chat() {
  stop();
}

bool Chat::on_event(const node::Event& event, WallTime now) {
  if (!running_) return lines_.on_event(event, now);
  return pass_on(event, now, {});
}

void Chat::on_message(const node::MessageEvent& message, WallTime now,
                      std::function<void()> shown) {
  if (!running_) return lines_.on_message(message, now, std::move(shown));
  pass_on(message, now, std::move(shown));
}

// Where the terminal did not keep up and events had to be left out, the next one says so.
bool Chat::pass_on(const node::Event& event, WallTime now, std::function<void()> shown) {
  if (!takes_asides_) {
    const auto text = event_text(event, now, around_.style, around_.globals.verbosity);
    if (text && !text->data) lines_.on_event(event, now);
  }
  const std::size_t left_out = left_out_.exchange(0);
  auto job = [this, event, now, shown = std::move(shown), left_out] {
    if (left_out > 0) session_->on_log(left_out_notice(left_out).text);
    session_->on_event(event, now, shown);
  };
  const bool taken = mailbox_.offer(size_of(event), std::move(job));
  if (!taken) left_out_ += left_out + 1;
  return taken;
}

void Chat::flush() {
  if (running_) mailbox_.wait_settled(flush_limit);
  lines_.flush();
}

void Chat::start(std::function<void(node::Wish)> wish) {
  lines_.flush();
  running_ = true;
  if (takes_asides_) pass_log_on();
  thread_ = std::thread([this, wish = std::move(wish)] { run(wish); });
}

void Chat::pass_log_on() {
  redirect_log([this](std::string_view line) {
    auto job = [this, text = std::string(line)] { session_->on_log(text); };
    if (!mailbox_.offer(event_size + line.size(), std::move(job))) ++left_out_;
  });
}

void Chat::stop() {
  if (!running_) return;
  redirect_log({});
  mailbox_.close();
  thread_.join();
  running_ = false;
}

void Chat::run(const std::function<void(node::Wish)>& wish) {
  if (!plain_ && run_redrawn(wish)) return;
  run_plain(wish);
}

// False when there is no terminal to redraw after all.
bool Chat::run_redrawn(const std::function<void(node::Wish)>& wish) {
  auto tty = Tty::open(true);
  if (!tty) return false;
  RedrawnView view(std::move(*tty), mailbox_, around_.style);
  if (auto opened = view.open_editor(); !opened) return false;
  ChatSession session(view, mailbox_, around_.style, around_.globals.verbosity, takes_asides_,
                      wish);
  session_ = &session;
  view.serve(session);
  view.run();
  return true;
}

void Chat::run_plain(const std::function<void(node::Wish)>& wish) {
  auto tty = Tty::open(false);
  if (!tty) {
    wish(node::LeaveRoom{SIGHUP});
    return;
  }
  PlainView view(std::move(*tty), mailbox_);
  ChatSession session(view, mailbox_, around_.style, around_.globals.verbosity, takes_asides_,
                      wish);
  session_ = &session;
  view.serve(session);
  view.run();
}

}  // namespace sotto::cli
