// Commands that speak to a peer: host, listen, join, send.
#include <filesystem>
#include <unistd.h>
#include <utility>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/message_text.h"
#include "cli/open_answers.h"
#include "cli/passphrase_file.h"
#include "cli/progress_line.h"
#include "cli/render_event.h"
#include "cli/render_result.h"
#include "cli/stream_sink.h"
#include "cli/streams.h"
#include "cli/terminal/chat.h"

namespace sotto::cli {
namespace {

// `send` keeps standard output for its one result.
class AsideSink : public node::EventSink {
 public:
  explicit AsideSink(int verbosity) : verbosity_(verbosity), progress_(verbosity == 0) {}

  bool on_event(const node::Event& event, WallTime now) override {
    const auto* const progress = std::get_if<node::ProgressEvent>(&event);
    if (progress != nullptr && progress->task == "file") {
      progress_.show(displayable(progress->phase) + " " + displayable(progress->detail));
    }
    const auto text = event_text(event, now, Style(), verbosity_);
    const bool link = std::holds_alternative<node::LinkEvent>(event) && verbosity_ < 1;
    if (repetitions_.is_one(event)) return true;
    if (text && !text->data && !link) {
      progress_.clear();
      write_all(STDERR_FILENO, text->line);
    }
    return true;
  }

 private:
  int verbosity_;
  ProgressLine progress_;
  Repetitions repetitions_;
};

node::FileKeys file_keys(const Asker& asker,
                         const std::optional<std::string>& passphrase_file) {
  return {[&asker, &passphrase_file] { return asker.invite_passphrase(passphrase_file); }};
}

node::TorRequest tor_request(const node::Access& access, const TorFlags& flags) {
  node::TorRequest request = access.tor();
  request.only = flags.only;
  request.leave = flags.leave;
  return request;
}

node::RelayRequest relay_request(const node::Access& access,
                                 const std::vector<std::string>& urls) {
  node::RelayRequest request = access.relay().copy();
  request.urls = urls;
  return request;
}

node::InputKind input_kind(const Surroundings& around) {
  return around.input_is_free ? node::InputKind::lines : node::InputKind::none;
}

// A person at the terminal is told that their words are waited for.
Result<void> announce_typing(const SendCommand& command, const Surroundings& around) {
  const bool not_read = command.text || (!command.files.empty() && !command.lines);
  if (not_read || ::isatty(STDIN_FILENO) != 1) return {};
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
  // Files need no words, and take none from standard input by themselves.
  const bool has_words = command.text || command.lines || command.files.empty();
  auto texts =
      has_words ? message_texts(command, STDIN_FILENO) : Result<std::vector<std::string>>();
  if (!texts) return pass(texts);
  auto access = open_access(around, true);
  if (!access) return pass(access);
  node::SendOptions options;
  options.target = std::move(*target);
  options.keys = file_keys(around.asker, command.invite_passphrase_file);
  options.open = open_answers(command.open, around.asker);
  options.expected_fingerprint = command.fingerprint;
  options.tor = tor_request(*access, command.tor);
  options.relay = relay_request(*access, command.relays);
  options.texts = std::move(*texts);
  options.id = command.id;
  options.wait = command.wait;
  options.queue = command.queue;
  options.timeout = command.timeout;
  for (const std::string& file : command.files) {
    options.files.push_back(std::filesystem::absolute(file).lexically_normal().string());
  }
  AsideSink sink(around.globals.verbosity);
  return node::send(*access, options, sink);
}

// All but what is read from standard input.
Result<node::HostOptions> host_options(const HostCommand& command, const Surroundings& around) {
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
  options.direct = command.direct;
  options.advertise = command.advertise;
  options.ephemeral = command.ephemeral;
  options.expose = command.expose;
  options.files = command.files;
  auto publish = node::parse_directories(command.publish);
  if (!publish) return pass(publish);
  options.publish = std::move(*publish);
  if (command.export_file) {
    auto file = export_options(command.room, *command.export_file, around.asker);
    if (!file) return pass(file);
    options.export_file = std::move(*file);
  }
  return options;
}

Result<void> host(const HostCommand& command, const Surroundings& around, node::EventSink& sink,
                  node::ChatInput* chat) {
  auto options = host_options(command, around);
  if (!options) return pass(options);
  options->input = chat == nullptr ? input_kind(around) : node::InputKind::none;
  options->chat = chat;
  auto access = open_access(around, true);
  if (!access) return pass(access);
  options->tor = tor_request(*access, command.tor);
  options->relay = relay_request(*access, command.relays);
  return node::host(*access, *options, sink);
}

Result<void> listen(const ListenCommand& command, const Surroundings& around,
                    StreamSink& sink) {
  auto options = host_options(command.host, around);
  if (!options) return pass(options);
  auto access = open_access(around, true);
  if (!access) return pass(access);
  options->tor = tor_request(*access, command.host.tor);
  options->relay = relay_request(*access, command.host.relays);
  return node::listen(*access, {command.every_room, std::move(*options), command.exec}, sink);
}

Result<void> join(const JoinCommand& command, const Surroundings& around, node::EventSink& sink,
                  node::ChatInput* chat) {
  auto target = pasted_target(command.target, around);
  if (!target) return pass(target);
  auto access = open_access(around, true);
  if (!access) return pass(access);
  node::JoinOptions options;
  options.target = std::move(*target);
  options.keys = file_keys(around.asker, command.invite_passphrase_file);
  options.open = open_answers(command.open, around.asker);
  options.expected_fingerprint = command.fingerprint;
  options.tor = tor_request(*access, command.tor);
  options.relay = relay_request(*access, command.relays);
  options.timeout = command.timeout;
  options.forward = command.forward;
  options.files = command.files;
  options.input = chat == nullptr ? input_kind(around) : node::InputKind::none;
  options.chat = chat;
  return node::join(*access, options, sink);
}

}  // namespace

Result<void> run(const HostCommand& command, const Surroundings& around) {
  if (can_chat(around)) {
    Chat chat(around, command.plain);
    return host(command, around, chat, &chat);
  }
  StreamSink sink(around);
  return sink.conclude(host(command, around, sink, nullptr));
}

Result<void> run(const ListenCommand& command, const Surroundings& around) {
  Globals globals = around.globals;
  globals.json = true;  // it is for scripts
  const Surroundings lines{globals, around.asker, Style(), around.home, false};
  StreamSink sink(lines);
  return sink.conclude(listen(command, lines, sink));
}

Result<void> run(const JoinCommand& command, const Surroundings& around) {
  if (can_chat(around)) {
    Chat chat(around, command.plain);
    return join(command, around, chat, &chat);
  }
  StreamSink sink(around);
  return sink.conclude(join(command, around, sink, nullptr));
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
  if (!sent.error) return {};
  // Whatever was in the way: it waits here, and that is what the exit code says.
  if (sent.status == "queued" && sent.error->kind() == Kind::service) {
    return fail(node::Errc::not_delivered, sent.error->text());
  }
  return std::unexpected(std::move(*sent.error));
}

}  // namespace sotto::cli
