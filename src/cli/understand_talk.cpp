// Commands that speak to a peer: host, listen, join, send.
#include <algorithm>
#include <filesystem>
#include <span>

#include "base/text.h"
#include "cli/understand.h"
#include "cli/values.h"
#include "node/commands.h"

namespace sotto::cli {
namespace {

using Kind = FlagSpec::Kind;
using Names = FlagSpec::Names;

constexpr const char* stages = "queued delivered read";  // as node::WaitFor

constexpr std::uint64_t most_members = 100'000;

// --port, --port-range.
Result<void> understand_ports(const Words& words, HostCommand& out) {
  const auto port = words.text("--port");
  const auto range = words.text("--port-range");
  if (port && range) return usage("Give --port or --port-range, not both.");
  if (port) {
    auto number = parse_port("--port", *port);
    if (!number) return pass(number);
    out.port = *number;
  }
  if (range) {
    auto ports = parse_port_range("--port-range", *range);
    if (!ports) return pass(ports);
    out.port_range = *ports;
  }
  return {};
}

Result<TorFlags> understand_tor(const Words& words) {
  const TorFlags tor{words.has("--tor"), words.has("--leave-tor")};
  if (tor.only && tor.leave) return usage("Give --tor or --leave-tor, not both.");
  return tor;
}

FlagSpecs flags_of_tor() {
  return in_group(
      "Over Tor",
      {{.names = "--tor",
        .kind = Kind::on,
        .about = "Through Tor alone, now and from now on: nothing leaves any other way"},
       {.names = "--leave-tor",
        .kind = Kind::on,
        .about = "Give up what --tor has promised before"}});
}

// --accept, --max-size.
Result<node::AcceptRequest> understand_accept(const Words& words) {
  node::AcceptRequest out;
  if (const auto folder = words.text("--accept")) {
    if (folder->empty()) return usage("--accept needs the name of a folder.");
    out.folder = std::filesystem::absolute(*folder).lexically_normal().string();
  }
  const auto most = words.text("--max-size");
  if (!most) return out;
  if (!out.folder) return usage("--max-size belongs to --accept DIR, which is not given.");
  auto size = parse_size("--max-size", *most);
  if (!size) return pass(size);
  out.max_size = *size;
  return out;
}

FlagSpecs flags_of_files() {
  return {{.names = "--accept",
           .type = "DIR",
           .about = "Take files into this folder, from whoever may send them"},
          {.names = "--max-size",
           .type = "SIZE",
           .about = "None larger than this, such as 500M (default 10G)"}};
}

FlagSpec flag_of_a_chat() {
  return {.names = "--plain",
          .kind = Kind::on,
          .about = "In a terminal: lines only, nothing is drawn over (for screen readers)"};
}

OpenFlags understand_open(const Words& words) {
  return {words.has("--trust-new"), words.text("--password-file")};
}

FlagSpecs flags_of_an_open_room() {
  return in_group("Open rooms",
                  {{.names = "--trust-new",
                    .kind = Kind::on,
                    .about = "Enter an open room whose host nobody has compared"},
                   {.names = "--password-file",
                    .type = "FILE",
                    .about = "Its password: the first line of FILE (-: standard input)",
                    .input = "--password-file"}});
}

FlagSpecs flags_of_a_host() {
  return {
      {.names = "--direct", .kind = Kind::on, .about = "Listen on TCP here (the default)"},
      {.names = "--bind",
       .type = "ADDRESS",
       .about = "Listen on this IP address (default: all)"},
      {.names = "--port",
       .type = "N",
       .about = "Listen on this port, 1025 to 65535 (default: random)"},
      {.names = "--port-range",
       .type = "A-B",
       .about = "Listen on the first free one of these"},
      {.names = "--max-members",
       .type = "N",
       .about = "Let no more than N people belong to the room, present or not"},
      {.names = "--once", .kind = Kind::on, .about = "Leave when the first member leaves"},
      {.names = "--open",
       .kind = Kind::on,
       .about = "Let strangers in who have only the address, or the room's id"},
      {.names = "--password-file",
       .type = "FILE",
       .about =
           "Only those who know the first line of FILE (-: standard input); implies --open",
       .input = "--password-file"},
      {.names = "--ttl", .type = "TIME", .about = "Close the room after this long, such as 5m"},
      {.names = "--advertise",
       .kind = Kind::list,
       .type = "HOST[:PORT]",
       .about = "An address that leads here, for connection files; may be repeated"},
      {.names = "--ephemeral",
       .kind = Kind::on,
       .about = "With --tor: a new onion address, for this time only",
       .group = "Over Tor"},
      {.names = "--expose",
       .kind = Kind::list,
       .type = "NAME=HOST:PORT",
       .about = "Let members whose file allows forward:NAME reach this service (or unix:PATH)"},
      {.names = "--export",
       .type = "FILE",
       .about = "Write one once the room is open; the other flags here are about it",
       .group = "The connection file"}};
}

Result<HostCommand> understand_host(const Words& words) {
  HostCommand out;
  if (auto room = words.text("ROOM")) out.room = std::move(*room);
  out.bind = words.text("--bind");
  if (auto ports = understand_ports(words, out); !ports) return pass(ports);
  if (const auto text = words.text("--max-members")) {
    auto most = parse_number("--max-members", *text, 1, most_members);
    if (!most) return pass(most);
    out.max_members = static_cast<unsigned>(*most);
  }
  out.once = words.has("--once");
  out.direct = words.has("--direct");
  out.advertise = words.all("--advertise");
  out.ephemeral = words.has("--ephemeral");
  out.plain = words.has("--plain");
  auto tor = understand_tor(words);
  if (!tor) return pass(tor);
  out.tor = *tor;
  out.password_file = words.text("--password-file");
  out.open = words.has("--open") || out.password_file;
  if (const auto text = words.text("--ttl")) {
    auto ttl = parse_length("--ttl", *text);
    if (!ttl) return pass(ttl);
    out.ttl = *ttl;
  }
  auto files = understand_accept(words);
  if (!files) return pass(files);
  out.files = std::move(*files);
  out.expose = words.all("--expose");
  if (auto checked = node::check_exposures(out.expose); !checked) {
    return usage(checked.error().text());
  }
  auto file = words.text("--export");
  if (!file) {
    if (const auto flag = flag_of_export(words)) {
      return usage(std::string(*flag) + " belongs to --export FILE, which is not given.");
    }
    return out;
  }
  if (file->empty() || *file == "-") {
    return usage("--export takes the name of a file: standard output is for what happens.");
  }
  auto flags = understand_export_flags(words, std::move(*file));
  if (!flags) return pass(flags);
  out.export_file = std::move(*flags);
  return out;
}

// As host, of one room; every room has an address of its own, and its own connection files.
Result<ListenCommand> understand_listen(const Words& words) {
  auto host = understand_host(words);
  if (!host) return pass(host);
  ListenCommand out{std::move(*host), !words.has("ROOM"), words.text("--exec")};
  if (out.exec && out.exec->empty()) return usage("--exec needs a command.");
  constexpr std::string_view of_one_room[] = {
      "--port", "--port-range", "--max-members", "--once",      "--open",  "--password-file",
      "--ttl",  "--export",     "--advertise",   "--ephemeral", "--expose"};
  for (const std::string_view flag : of_one_room) {
    if (out.every_room && words.has(flag)) {
      return usage(std::string(flag) +
                   " is about one room: say which, as in `sotto listen ROOM " +
                   std::string(flag) + "`.");
    }
  }
  return out;
}

Result<JoinCommand> understand_join(const Words& words) {
  JoinCommand out;
  auto target = words.need("join", "TARGET");
  if (!target) return pass(target);
  out.target = std::move(*target);
  out.invite_passphrase_file = words.text("--invite-passphrase-file");
  out.fingerprint = words.text("--fingerprint");
  out.open = understand_open(words);
  auto tor = understand_tor(words);
  if (!tor) return pass(tor);
  out.tor = *tor;
  if (auto limit = understand_timeout(words, out.timeout); !limit) return pass(limit);
  auto files = understand_accept(words);
  if (!files) return pass(files);
  out.files = std::move(*files);
  out.plain = words.has("--plain");
  out.forward = words.all("--forward");
  if (auto checked = node::check_forwards(out.forward); !checked) {
    return usage(checked.error().text());
  }
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

Result<void> understand_text(const Words& words, SendCommand& out) {
  out.text = words.text("--message");
  const auto& text = words.all("TEXT");
  if (out.text && !text.empty()) return usage("Give the text as words or with -m, not both.");
  if (!text.empty()) out.text = joined(text);
  out.lines = words.has("--lines");
  if (out.lines && out.text) {
    return usage("--lines reads standard input: leave the text out of the command.");
  }
  out.id = words.text("--id");
  out.files = words.all("--file");
  const bool no_text = !out.files.empty() && !out.text && !out.lines;
  if (out.id && (out.id->empty() || out.lines || no_text)) {
    return usage("--id names one message: give it some text, and not --lines.");
  }
  return {};
}

// What is said of files that words alone can have.
Result<void> check_files(const SendCommand& command) {
  if (command.files.empty()) return {};
  for (const std::string& file : command.files) {
    if (file.empty()) return usage("--file needs the name of a file.");
    if (file != "-") continue;
    return usage(
        "--file takes no standard input: a file is read twice, to know what it is before it is "
        "sent. Write it to a file first.");
  }
  if (command.queue) {
    return usage(
        "--queue keeps words, not files: what a file holds may change before it leaves. Send "
        "it "
        "again once they are there; it goes on where it stopped.");
  }
  if (command.wait != node::WaitFor::delivered) {
    return usage(
        "With --file, send waits until it is delivered: --wait queued and --wait read "
        "are about words.");
  }
  return {};
}

Result<SendCommand> understand_send(const Words& words) {
  SendCommand out;
  auto target = words.need("send", "TARGET");
  if (!target) return pass(target);
  out.target = std::move(*target);
  out.invite_passphrase_file = words.text("--invite-passphrase-file");
  out.fingerprint = words.text("--fingerprint");
  out.open = understand_open(words);
  auto tor = understand_tor(words);
  if (!tor) return pass(tor);
  out.tor = *tor;
  if (auto text = understand_text(words, out); !text) return pass(text);
  if (const auto wait = words.text("--wait")) {
    const auto stage = understand_choice("--wait", *wait, stages);
    if (!stage) return std::unexpected(stage.error());
    out.wait = static_cast<node::WaitFor>(*stage);
  }
  out.queue = words.has("--queue");
  if (auto limit = understand_timeout(words, out.timeout); !limit) return pass(limit);
  if (auto checked = check_files(out); !checked) return pass(checked);
  return out;
}

Result<Command> host(const Words& words) {
  return widened(understand_host(words));
}
Result<Command> listen(const Words& words) {
  return widened(understand_listen(words));
}
Result<Command> join(const Words& words) {
  return widened(understand_join(words));
}
Result<Command> send(const Words& words) {
  return widened(understand_send(words));
}

std::string input_of_send(const Words& words) {
  const bool none = words.has("TEXT") || words.has("--message") ||
                    (words.has("--file") && !words.has("--lines"));
  return none ? "" : "the message";
}

}  // namespace

CommandSpec host_spec() {
  const FlagSpecs own = {
      {.names = "ROOM", .about = "The room's name (default: main)", .whose = Names::own_rooms},
      flag_of_a_chat()};
  return {
      .name = "host",
      .about = "Host a room and talk in it",
      .examples =
          "  sotto host lobby --export lobby.sotto        asks for the file's passphrase\n"
          "  sotto host lobby --tor --export lobby.sotto   as an onion service, nothing else\n"
          "  sotto host lobby --bind 127.0.0.1 --port 4711\n"
          "  sotto host lobby --open                       for whoever has the address\n"
          "  sotto host lobby --password-file words.txt    and knows the password\n"
          "  sotto host lobby --expose web=127.0.0.1:8080  a service for members, see --allow\n"
          "  sotto host lobby --accept ~/Downloads         files of members, see --allow\n"
          "  sotto --json host lobby < /dev/null           JSON Lines of what happens\n\n"
          "Each line of standard input is a message.  The end of input ends typing only: the "
          "room\nstays open until a signal (or --once, --ttl).",
      .flags = own + flags_of_a_host() + flags_of_files() + flags_of_tor() +
               flags_of_a_written_file(),
      .understand = host};
}

CommandSpec listen_spec() {
  const FlagSpecs own = {
      {.names = "ROOM",
       .about = "One room only, made if there is none (default: every room hosted here)",
       .whose = Names::own_rooms},
      {.names = "--exec", .type = "CMD", .about = "Run this by /bin/sh for each message"}};
  return {
      .name = "listen",
      .about = "Host without a terminal: JSON Lines of what arrives",
      .examples =
          "  sotto listen                                  every room of this profile\n"
          "  sotto listen alerts | jq -r 'select(.event == \"message\").text'\n"
          "  sotto listen alerts --exec 'logger -t \"$SOTTO_NAME\"'\n"
          "  sotto listen --accept /srv/inbox | jq -r 'select(.event == \"file\").path'\n\n"
          "--exec runs the command once a message, in order, with the text on its standard "
          "input and\nSOTTO_ROOM, SOTTO_ID, SOTTO_FROM (a fingerprint), SOTTO_NAME, "
          "SOTTO_VERIFIED (0 or 1),\nSOTTO_TIME and SOTTO_AGAIN (0 or 1) in its environment; "
          "what it prints goes to standard error.\nA message whose command ends with 0 counts "
          "as "
          "read; any other is offered again at the next\nstart, with SOTTO_AGAIN=1.",
      .flags = own + flags_of_a_host() + flags_of_files() + flags_of_tor() +
               flags_of_a_written_file(),
      .understand = listen};
}

CommandSpec join_spec() {
  const FlagSpecs own = {
      {.names = "TARGET",
       .about = "A room known by name, a connection file (./x is always a file, -: standard "
                "input), the id of an open room of this machine, or HOST:PORT or ADDRESS.onion "
                "of one",
       .required = true,
       .input = "the connection file",
       .whose = Names::rooms},
      {.names = "--fingerprint", .type = "FP", .about = "Talk to the host with this one only"},
      {.names = "--timeout", .type = "TIME", .about = "Give up after this long (default 60s)"},
      {.names = "--forward",
       .kind = Kind::list,
       .type = "[ADDRESS:]PORT:NAME",
       .about =
           "Lead this port (0: any) of 127.0.0.1, or of ADDRESS, to a service of the host"},
      flag_of_a_chat()};
  return {
      .name = "join",
      .about = "Enter a room and talk in it",
      .examples =
          "  sotto join lobby.sotto              a connection file\n"
          "  sotto join lobby.sotto --tor        through Tor alone, now and later\n"
          "  sotto join lobby                    by name, once joined\n"
          "  sotto join 192.0.2.7:4711           an open room; asks whether it is the host\n"
          "  sotto join [2001:db8::7]:4711 --fingerprint katj-2vqz-...\n"
          "  tail -f log | sotto join lobby      each line is a message\n"
          "  sotto join lobby --forward 8080:web  the host's service web, at 127.0.0.1:8080\n"
          "  sotto join lobby --accept ~/inbox    files of the host, none over --max-size\n\n"
          "The end of input leaves the room once everything has been delivered; with --forward "
          "it\nends typing only.",
      .flags = own + flags_of_files() + flags_of_an_open_room() + flags_of_tor() +
               flags_of_a_read_file(),
      .understand = join};
}

CommandSpec send_spec() {
  const FlagSpecs own = {
      {.names = "TARGET",
       .about = "A room known by name, a connection file, or an open room's id, HOST:PORT or "
                "ADDRESS.onion",
       .required = true,
       .input = "the connection file",
       .whose = Names::rooms},
      {.names = "TEXT",
       .kind = Kind::list,
       .about = "The message (default: standard input, at most 1 MiB)"},
      {.names = "-m,--message", .type = "TEXT", .about = "The message, too"},
      {.names = "--lines",
       .kind = Kind::on,
       .about = "Each line of standard input is one message"},
      {.names = "--file",
       .kind = Kind::list,
       .type = "PATH",
       .about =
           "Send this file, to the host, or in a room of yours to those in it who may take "
           "it; may be repeated"},
      {.names = "--id",
       .type = "ID",
       .about = "Name the message, to send it again without harm"},
      {.names = "--wait",
       .type = "STAGE",
       .about = "Until it is queued, delivered (the default), or read by the host",
       .choices = stages},
      {.names = "--timeout",
       .type = "TIME",
       .about =
           "Give up after this long (default 60s); with --file, when nothing has moved for "
           "so long"},
      {.names = "--queue",
       .kind = Kind::on,
       .about = "Not reached in time: keep it to send later"},
      {.names = "--fingerprint", .type = "FP", .about = "Only to the host with this one"}};
  return {
      .name = "send",
      .about = "Leave one message, or files, and go",
      .examples =
          "  date | sotto send lobby                       text from standard input\n"
          "  sotto send lobby < note.txt                   the whole file is one message\n"
          "  tail log | sotto send lobby --lines           each line is one\n"
          "  sotto send lobby.sotto --id backup-7 < note   a retry with this id never shows "
          "twice\n"
          "  sotto send lobby --wait read < question       until the host has read it\n"
          "  sotto send lobby --file video.mp4             run it again to go on where it "
          "stopped\n"
          "  sotto send lobby see you at eight             quick, but `ps` shows the text\n",
      .flags = own + flags_of_an_open_room() + flags_of_tor() + flags_of_a_read_file(),
      .understand = send,
      .input = input_of_send};
}

}  // namespace sotto::cli
