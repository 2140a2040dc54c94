// Commands that speak to a peer: host, join, send.
#include <unistd.h>
#include <utility>

#include "cli/commands.h"
#include "cli/message_text.h"
#include "cli/open_answers.h"
#include "cli/output.h"
#include "cli/passphrase_file.h"
#include "cli/render_event.h"
#include "cli/render_result.h"
#include "cli/streams.h"

namespace sotto::cli {
namespace {

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

// The events of host and join.
class StreamSink : public node::EventSink {
 public:
  explicit StreamSink(const Surroundings& around) : around_(around) {}

  bool on_event(const node::Event& event, WallTime now) override {
    return write(event, now, {});
  }

  void on_message(const node::MessageEvent& message, WallTime now,
                  std::function<void()> shown) override {
    write(message, now, std::move(shown));
  }

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
    const auto text = event_text(event, now, around_.style, around_.globals.verbosity);
    if (!text || repetitions_.is_one(event)) return true;
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
    const node::NoticeEvent notice{
        "output.slow", std::to_string(left_out_) +
                           " events were left out, because nobody read them in time. Messages "
                           "among them come again at the next start."};
    if (around_.globals.json) return event_json(notice, now);
    return event_text(notice, now, around_.style, 0)->line;
  }

  static constexpr milliseconds flush_limit{2'000};

  const Surroundings& around_;
  std::size_t left_out_ = 0;
  Repetitions repetitions_;
  node::ErrorEvent last_error_;
  Output output_;  // last: its thread ends first
};

// `send` keeps standard output for its one result.
class AsideSink : public node::EventSink {
 public:
  explicit AsideSink(int verbosity) : verbosity_(verbosity) {}

  bool on_event(const node::Event& event, WallTime now) override {
    const auto text = event_text(event, now, Style(), verbosity_);
    const bool link = std::holds_alternative<node::LinkEvent>(event) && verbosity_ < 1;
    if (repetitions_.is_one(event)) return true;
    if (text && !text->data && !link) write_all(STDERR_FILENO, text->line);
    return true;
  }

 private:
  int verbosity_;
  Repetitions repetitions_;
};

node::FileKeys file_keys(const Asker& asker,
                         const std::optional<std::string>& passphrase_file) {
  return {[&asker, &passphrase_file] { return asker.invite_passphrase(passphrase_file); }};
}

node::InputKind input_kind(const Surroundings& around) {
  return around.input_is_free ? node::InputKind::lines : node::InputKind::none;
}

// A person at the terminal is told that their words are waited for.
Result<void> announce_typing(const SendCommand& command, const Surroundings& around) {
  if (command.text || ::isatty(STDIN_FILENO) != 1) return {};
  if (!around.asker.interactive()) {
    return fail(Errc::needs_flag, "There is no message: give -m TEXT, or pipe one in.");
  }
  if (around.globals.verbosity >= 0) {
    write_all(STDERR_FILENO, "Type the message; Ctrl-D on a line of its own sends it.\n");
  }
  return {};
}

Result<node::Sent> attempt(const SendCommand& command, const Surroundings& around) {
  if (auto announced = announce_typing(command, around); !announced) return pass(announced);
  auto target = pasted_target(command.target, around);
  if (!target) return pass(target);
  auto texts = message_texts(command, STDIN_FILENO);
  if (!texts) return pass(texts);
  auto access = open_access(around, true);
  if (!access) return pass(access);
  node::SendOptions options;
  options.target = std::move(*target);
  options.keys = file_keys(around.asker, command.invite_passphrase_file);
  options.open = open_answers(command.open, around.asker);
  options.expected_fingerprint = command.fingerprint;
  options.texts = std::move(*texts);
  options.id = command.id;
  options.wait = command.wait;
  options.queue = command.queue;
  options.timeout = command.timeout;
  AsideSink sink(around.globals.verbosity);
  return node::send(*access, options, sink);
}

Result<void> host(const HostCommand& command, const Surroundings& around, StreamSink& sink) {
  node::HostOptions options;
  options.room = command.room;
  options.bind = command.bind;
  options.port = command.port;
  options.port_range = command.port_range;
  options.max_members = command.max_members;
  options.once = command.once;
  options.open = command.open;
  if (command.password_file) {
    auto password = read_passphrase_file(*command.password_file);
    if (!password) return pass(password);
    options.password = std::move(*password);
  }
  options.ttl = command.ttl;
  options.input = input_kind(around);
  if (command.export_file) {
    auto file = export_options(command.room, *command.export_file, around.asker);
    if (!file) return pass(file);
    options.export_file = std::move(*file);
  }
  auto access = open_access(around, true);
  if (!access) return pass(access);
  return node::host(*access, options, sink);
}

Result<void> join(const JoinCommand& command, const Surroundings& around, StreamSink& sink) {
  auto target = pasted_target(command.target, around);
  if (!target) return pass(target);
  auto access = open_access(around, true);
  if (!access) return pass(access);
  node::JoinOptions options;
  options.target = std::move(*target);
  options.keys = file_keys(around.asker, command.invite_passphrase_file);
  options.open = open_answers(command.open, around.asker);
  options.expected_fingerprint = command.fingerprint;
  options.timeout = command.timeout;
  options.input = input_kind(around);
  return node::join(*access, options, sink);
}

}  // namespace

Result<void> run(const HostCommand& command, const Surroundings& around) {
  StreamSink sink(around);
  return sink.conclude(host(command, around, sink));
}

Result<void> run(const JoinCommand& command, const Surroundings& around) {
  StreamSink sink(around);
  return sink.conclude(join(command, around, sink));
}

Result<void> run(const SendCommand& command, const Surroundings& around) {
  auto attempted = attempt(command, around);
  node::Sent sent;
  if (attempted) {
    sent = std::move(*attempted);
  } else {
    sent.status = "cancelled";  // nothing was queued
    sent.error = std::move(attempted.error());
  }
  if (around.globals.json) {
    if (auto printed = print(sent_json(sent)); !printed) return printed;
  } else if (attempted) {
    if (auto printed = print(sent_text(sent, command.target)); !printed) return printed;
  }
  if (sent.error) return std::unexpected(std::move(*sent.error));
  return {};
}

}  // namespace sotto::cli
