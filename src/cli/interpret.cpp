#include <span>
#include <utility>

#include "base/text.h"
#include "cli/raw_flags.h"
#include "cli/values.h"

namespace sotto::cli {
namespace {

constexpr std::uint64_t most_uses = 1'000'000;
constexpr std::uint64_t most_members = 100'000;
constexpr std::uint64_t most_entries = 1'000'000'000;

std::unexpected<Error> usage(std::string text) {
  return fail(Errc::usage, std::move(text));
}

Result<std::string> need(RawFlags::Text text, std::string_view command, std::string_view word) {
  if (text && !text->empty()) return std::move(*text);
  return usage("sotto " + std::string(command) + " needs a " + std::string(word) +
               ": see `sotto " + std::string(command) + " --help`.");
}

// Everything on this command line that is to come from standard input, in words.
std::vector<std::string> standard_input_uses(std::string_view command, const RawFlags& raw) {
  std::vector<std::string> uses;
  if (raw.passphrase_file == "-") uses.emplace_back("--passphrase-file");
  if (raw.passphrase_fd == "0") uses.emplace_back("--passphrase-fd");
  if (raw.invite_passphrase_file == "-") uses.emplace_back("--invite-passphrase-file");
  if (command == "import" && raw.file == "-") uses.emplace_back("the connection file");
  if (raw.target == "-") uses.emplace_back("the connection file");
  if (command == "send" && raw.words.empty() && !raw.message) uses.emplace_back("the message");
  return uses;
}

Result<Globals> globals(RawFlags& raw) {
  Globals out;
  out.home = std::move(raw.home);
  if (out.home && out.home->empty()) return usage("--home takes a folder.");
  out.json = raw.json;
  out.no_input = raw.no_input;
  if (raw.passphrase_file && raw.passphrase_fd) {
    return usage("Give --passphrase-file or --passphrase-fd, not both.");
  }
  out.passphrase_file = std::move(raw.passphrase_file);
  if (raw.passphrase_fd) {
    auto fd = parse_number("--passphrase-fd", *raw.passphrase_fd, 0, 1'000'000);
    if (!fd) return pass(fd);
    if (*fd == 1 || *fd == 2) {
      return usage("--passphrase-fd reads: give it 0, or a descriptor from 3.");
    }
    out.passphrase_fd = static_cast<int>(*fd);
  }
  if (raw.quiet && raw.verbose > 0) return usage("Give -v or -q, not both.");
  out.verbosity = raw.quiet ? -1 : raw.verbose;
  if (raw.color) {
    if (*raw.color == "always") {
      out.color = ColorChoice::always;
    } else if (*raw.color == "never") {
      out.color = ColorChoice::never;
    } else if (*raw.color != "auto") {
      return usage("--color takes auto, always or never, not '" + displayable(*raw.color) +
                   "'.");
    }
  }
  return out;
}

Result<ExportFlags> export_flags(RawFlags& raw, std::string file) {
  ExportFlags out;
  out.file = std::move(file);
  out.force = raw.force;
  out.armor = raw.armor;
  if (raw.uses) {
    auto uses = parse_number("--uses", *raw.uses, 1, most_uses);
    if (!uses) return pass(uses);
    out.uses = static_cast<unsigned>(*uses);
  }
  if (raw.expires) {
    auto expires = parse_length("--expires", *raw.expires);
    if (!expires) return pass(expires);
    out.expires_in = *expires;
  }
  const int ways = int{raw.invite_passphrase_file.has_value()} + int{!raw.for_cards.empty()} +
                   int{raw.unsealed};
  if (ways > 1) {
    return usage(
        "A connection file is locked in one way: give --invite-passphrase-file, --for or "
        "--unsealed.");
  }
  out.protection = {std::move(raw.invite_passphrase_file), std::move(raw.for_cards),
                    raw.unsealed};
  return out;
}

// The first flag that only makes sense with --export.
std::optional<std::string_view> flag_of_export(const RawFlags& raw) {
  if (raw.uses) return "--uses";
  if (raw.expires) return "--expires";
  if (raw.armor) return "--armor";
  if (raw.force) return "--force";
  if (raw.invite_passphrase_file) return "--invite-passphrase-file";
  if (!raw.for_cards.empty()) return "--for";
  if (raw.unsealed) return "--unsealed";
  return std::nullopt;
}

Result<HostCommand> host(RawFlags& raw) {
  HostCommand out;
  if (raw.room) out.room = std::move(*raw.room);
  out.bind = std::move(raw.bind);
  if (raw.port && raw.port_range) return usage("Give --port or --port-range, not both.");
  if (raw.port) {
    auto port = parse_port("--port", *raw.port);
    if (!port) return pass(port);
    out.port = *port;
  }
  if (raw.port_range) {
    auto range = parse_port_range("--port-range", *raw.port_range);
    if (!range) return pass(range);
    out.port_range = *range;
  }
  if (raw.max_members) {
    auto most = parse_number("--max-members", *raw.max_members, 1, most_members);
    if (!most) return pass(most);
    out.max_members = static_cast<unsigned>(*most);
  }
  out.once = raw.once;
  if (!raw.export_to) {
    if (const auto flag = flag_of_export(raw)) {
      return usage(std::string(*flag) + " belongs to --export FILE, which is not given.");
    }
    return out;
  }
  if (raw.export_to->empty() || *raw.export_to == "-") {
    return usage("--export takes the name of a file: standard output is for what happens.");
  }
  auto flags = export_flags(raw, std::move(*raw.export_to));
  if (!flags) return pass(flags);
  out.export_file = std::move(*flags);
  return out;
}

Result<milliseconds> timeout(const RawFlags& raw, milliseconds by_default) {
  if (!raw.timeout) return by_default;
  return parse_length("--timeout", *raw.timeout);
}

Result<JoinCommand> join(RawFlags& raw) {
  JoinCommand out;
  auto target = need(std::move(raw.target), "join", "TARGET");
  if (!target) return pass(target);
  out.target = std::move(*target);
  out.invite_passphrase_file = std::move(raw.invite_passphrase_file);
  out.fingerprint = std::move(raw.fingerprint);
  auto limit = timeout(raw, out.timeout);
  if (!limit) return pass(limit);
  out.timeout = *limit;
  return out;
}

std::string joined(std::span<const std::string> words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += ' ';
    out += words[i];
  }
  return out;
}

Result<SendCommand> send(RawFlags& raw) {
  SendCommand out;
  auto target = need(std::move(raw.target), "send", "TARGET");
  if (!target) return pass(target);
  out.target = std::move(*target);
  out.invite_passphrase_file = std::move(raw.invite_passphrase_file);
  out.fingerprint = std::move(raw.fingerprint);
  if (raw.message && !raw.words.empty()) {
    return usage("Give the text as words or with -m, not both.");
  }
  if (raw.message) out.text = std::move(*raw.message);
  if (!raw.words.empty()) out.text = joined(raw.words);
  out.lines = raw.lines;
  if (out.lines && out.text) {
    return usage("--lines reads standard input: leave the text out of the command.");
  }
  if (raw.id && (raw.id->empty() || out.lines)) {
    return usage("--id names one message: give it some text, and not --lines.");
  }
  out.id = std::move(raw.id);
  if (raw.wait && *raw.wait != "queued" && *raw.wait != "delivered") {
    return usage("--wait takes queued or delivered, not '" + displayable(*raw.wait) + "'.");
  }
  out.wait_for_delivery = !raw.wait || *raw.wait == "delivered";
  out.queue = raw.queue;
  auto limit = timeout(raw, out.timeout);
  if (!limit) return pass(limit);
  out.timeout = *limit;
  return out;
}

Result<ExportCommand> export_room(RawFlags& raw) {
  auto room = need(std::move(raw.room), "export", "ROOM");
  if (!room) return pass(room);
  if (!raw.export_to || raw.export_to->empty()) {
    return usage("sotto export needs -o FILE: where to write the connection file.");
  }
  if (*raw.export_to == "-" && raw.json) {
    return usage("With --json the connection file cannot go to standard output: name a file.");
  }
  auto flags = export_flags(raw, std::move(*raw.export_to));
  if (!flags) return pass(flags);
  return ExportCommand{std::move(*room), std::move(*flags)};
}

Result<ImportCommand> import(RawFlags& raw) {
  auto file = need(std::move(raw.file), "import", "FILE");
  if (!file) return pass(file);
  return ImportCommand{std::move(*file), std::move(raw.as_name),
                       std::move(raw.invite_passphrase_file)};
}

Result<HistoryCommand> history(RawFlags& raw) {
  HistoryCommand out;
  auto who = need(std::move(raw.who), "history", "ROOM");
  if (!who) return pass(who);
  out.who = std::move(*who);
  if (raw.since) {
    auto since = parse_since("--since", *raw.since);
    if (!since) return pass(since);
    out.since = *since;
  }
  if (raw.limit) {
    auto limit = parse_number("--limit", *raw.limit, 1, most_entries);
    if (!limit) return pass(limit);
    out.limit = static_cast<std::size_t>(*limit);
  }
  return out;
}

template <class T>
Result<Command> widened(Result<T> command) {
  if (!command) return pass(command);
  return Command(std::move(*command));
}

Result<Command> command_of(std::string_view name, RawFlags& raw) {
  if (name == "init") return Command(InitCommand{raw.name.value_or("")});
  if (name == "id") return Command(IdCommand{});
  if (name == "host") return widened(host(raw));
  if (name == "join") return widened(join(raw));
  if (name == "send") return widened(send(raw));
  if (name == "export") return widened(export_room(raw));
  if (name == "import") return widened(import(raw));
  return widened(history(raw));
}

}  // namespace

Result<Invocation> interpret(std::string_view command, RawFlags raw) {
  const std::vector<std::string> uses = standard_input_uses(command, raw);
  if (uses.size() > 1) {
    return usage("Standard input can be read for one thing only, not for " + uses[0] + " and " +
                 uses[1] + " both: put one of them in a file.");
  }
  Invocation out;
  out.reads_standard_input = !uses.empty();
  auto understood_globals = globals(raw);
  if (!understood_globals) return pass(understood_globals);
  out.globals = std::move(*understood_globals);
  auto understood = command_of(command, raw);
  if (!understood) return pass(understood);
  out.command = std::move(*understood);
  return out;
}

}  // namespace sotto::cli
