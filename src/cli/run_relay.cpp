// Carrying out relay.
#include <mutex>
#include <unistd.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/json_line.h"
#include "cli/output.h"
#include "cli/relay_command.h"
#include "cli/words.h"

namespace sotto::cli {
namespace {

constexpr milliseconds flush_limit{2'000};

// What the relay says: in JSON all on standard output, a line each; else the addresses there,
// and what happens on standard error.
class RelayLines {
 public:
  RelayLines(const Surroundings& around, const RelayCommand& command)
      : around_(around), command_(command) {}

  node::RelaySink sink() {
    return {.ready = [this](const node::RelayReady& ready) { on_ready(ready); },
            .notice = [this](const node::RelayNotice& notice) { on_notice(notice); }};
  }

  void on_error(const Error& error) {
    if (!around_.globals.json) return;
    Json line = begin("error");
    line.set("code", error.name()).set("text", error.text());
    write(STDOUT_FILENO, json_line(line));
  }

  void flush() { output_.flush(flush_limit); }

 private:
  static Json begin(const char* event) {
    Json line;
    line.set("event", event).set("ts", to_rfc3339(wall_clock()));
    return line;
  }

  void on_ready(const node::RelayReady& ready) {
    if (around_.globals.json) {
      Json line = begin("ready");
      line.set("listen", json_texts(ready.listen));
      line.set("url", ready.url.empty() ? Json() : Json(ready.url));
      line.set("pin", ready.pin);
      line.set("admin", ready.admin ? Json(*ready.admin) : Json());
      return write(STDOUT_FILENO, json_line(line));
    }
    std::string text;
    for (const std::string& address : ready.listen) text += "listening on " + address + "\n";
    if (!ready.url.empty()) text += ready.url + "\n";
    if (ready.admin) text += "metrics on http://" + *ready.admin + "/metrics\n";
    write(STDOUT_FILENO, text);
    if (around_.globals.verbosity >= 0) write(STDERR_FILENO, what_next(ready));
  }

  // A first start says how to go on; later ones were understood.
  std::string what_next(const node::RelayReady& ready) const {
    if (!ready.is_first_start) return "";
    const std::string tokens = ready.tokens ? " --relay-token-file FILE" : std::string();
    if (!ready.url.empty()) {
      return "Hosts reach people through this relay with\n  sotto host ROOM --relay '" +
             ready.url + "'" + tokens + "\n";
    }
    return "Its address for --relay" + (ready.tokens ? " (with" + tokens + ")" : "") +
           ", once you put in this machine's name:\n  sotto relay url --listen " +
           ready.listen.front() + " --store " + displayable(command_.options.store.native()) +
           " --host NAME\n";
  }

  void on_notice(const node::RelayNotice& notice) {
    if (around_.globals.json) {
      Json line = begin("notice");
      line.set("level", level_name(notice.level)).set("code", notice.code);
      line.set("text", notice.text);
      for (const auto& [key, value] : notice.fields) line.set(key, value);
      return write(STDOUT_FILENO, json_line(line));
    }
    const int least = notice.level <= LogLevel::warning ? -1 : 0;
    if (around_.globals.verbosity < least) return;
    std::string text = "sotto: " + displayable(notice.text) + " [" + notice.code + "]";
    for (const auto& [key, value] : notice.fields) {
      text += " " + key + "=" + displayable(value);
    }
    write(STDERR_FILENO, text + "\n");
  }

  static const char* level_name(LogLevel level) {
    constexpr const char* names[] = {"error", "warning", "info", "debug"};
    return names[static_cast<std::size_t>(level)];
  }

  void write(int descriptor, std::string text) {
    if (text.empty()) return;
    const std::lock_guard lock(mutex_);
    output_.write(descriptor, std::move(text));  // what nobody reads is dropped
  }

  const Surroundings& around_;
  const RelayCommand& command_;
  std::mutex mutex_;
  Output output_;
};

Result<void> show_url(const RelayCommand& command, const Surroundings& around) {
  const node::RelayServerOptions& options = command.options;
  node::RelayUrlOptions asked{.listen = options.listen.front(),
                              .store = options.store,
                              .certificate = std::nullopt,
                              .host = command.host};
  if (options.certificate_and_key) asked.certificate = options.certificate_and_key->first;
  const auto url = node::relay_url(asked);
  if (!url) return std::unexpected(url.error());
  if (!*url) {
    return usage(
        "A relay that listens on all addresses does not know what clients call it: "
        "give --host NAME, this machine's name or address.");
  }
  if (!around.globals.json) return print(**url + "\n");
  Json line;
  line.set("url", **url);
  return print(json_line(line));
}

}  // namespace

Result<void> run(const RelayCommand& command, const Surroundings& around) {
  if (command.url) return show_url(command, around);
  RelayLines lines(around, command);
  node::RelayServerOptions options = command.options;
  options.sandbox = around.globals.sandbox.level;
  auto done = node::run_relay(options, lines.sink());
  if (!done && exit_code(done.error()) < 128) lines.on_error(done.error());
  lines.flush();
  return done;
}

}  // namespace sotto::cli
