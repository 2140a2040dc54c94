// What happens, as lines on the standard streams: the events of host, join and listen.
#pragma once
#include <unistd.h>
#include <utility>

#include "cli/commands.h"
#include "cli/output.h"
#include "cli/render_event.h"

namespace sotto::cli {

// Says the same trouble once, however often it is tried again.
class Repetitions {
 public:
  bool is_one(const node::Event& event) {
    const auto* progress = std::get_if<node::ProgressEvent>(&event);
    if (progress == nullptr) {
      if (std::holds_alternative<node::LinkEvent>(event)) last_phase_.clear();
      return false;
    }
    return std::exchange(last_phase_, progress->phase) == progress->phase;
  }

 private:
  std::string last_phase_;
};

// Says that somebody did not keep up and so many events had to be left out.
inline node::NoticeEvent left_out_notice(std::size_t count) {
  return {"output.slow",
          std::to_string(count) +
              " events were left out, because nobody read them in time. Messages "
              "among them come again at the next start."};
}

// The events of host and join.
class StreamSink : public node::EventSink {
 public:
  explicit StreamSink(const Surroundings& around)
      : around_(around),
        aside_style_(around.globals.color == ColorChoice::always || ::isatty(STDERR_FILENO) == 1
                         ? around.style
                         : Style()) {}

  bool on_event(const node::Event& event, WallTime now) override {
    return write(event, now, {});
  }

  void on_message(const node::MessageEvent& message, WallTime now,
                  std::function<void()> shown) override {
    write(message, now, std::move(shown));
  }

  void pause() override { output_.pause(); }
  void flush() override { output_.flush(flush_limit); }

  // Tells why the command ended, where no event has.  A signal is no error to whoever sent it.
  Result<void> conclude(Result<void> done) {
    if (done || !around_.globals.json || exit_code(done.error()) >= 128) return done;
    const Error& error = done.error();
    const bool told = last_error_.code == error.name() && last_error_.text == error.text();
    if (!told) on_event(node::ErrorEvent{error.name(), error.text()}, wall_clock());
    flush();
    return done;
  }

 private:
  bool write(const node::Event& event, WallTime now, std::function<void()> written) {
    if (const auto* error = std::get_if<node::ErrorEvent>(&event)) last_error_ = *error;
    if (around_.globals.json) {
      return put(STDOUT_FILENO, event_json(event, now), now, std::move(written));
    }
    auto text = event_text(event, now, around_.style, around_.globals.verbosity);
    if (!text || repetitions_.is_one(event)) return true;
    if (!text->data) text = event_text(event, now, aside_style_, around_.globals.verbosity);
    const int descriptor = text->data ? STDOUT_FILENO : STDERR_FILENO;
    return put(descriptor, text->line, now, std::move(written));
  }

  // Where somebody did not keep up and events had to be left out, the next one says so.
  bool put(int descriptor, std::string line, WallTime now, std::function<void()> written) {
    if (left_out_ > 0 && output_.write(descriptor, left_out(now))) left_out_ = 0;
    const bool taken = output_.write(descriptor, std::move(line), std::move(written));
    if (!taken) ++left_out_;
    return taken;
  }

  std::string left_out(WallTime now) const {
    const node::NoticeEvent notice = left_out_notice(left_out_);
    if (around_.globals.json) return event_json(notice, now);
    return event_text(notice, now, around_.style, 0)->line;
  }

  static constexpr milliseconds flush_limit{2'000};

  const Surroundings& around_;
  const Style aside_style_;
  std::size_t left_out_ = 0;
  Repetitions repetitions_;
  node::ErrorEvent last_error_;
  Output output_;  // last: its thread ends first
};

}  // namespace sotto::cli
