// Commands that keep a room: host, listen.
#include "cli/understand_talk.h"
#include "cli/values.h"
#include "node/commands.h"

namespace sotto::cli {
namespace {

using Kind = FlagSpec::Kind;
using Names = FlagSpec::Names;

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

FlagSpecs flags_of_a_host() {
  return {
      {.names = "--direct",
       .kind = Kind::on,
       .about = "Listen on TCP here (the default without --relay)"},
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
      {.names = "--publish",
       .kind = Kind::list,
       .type = "DIR|CMD|URL",
       .about = "Keep where the room is in this folder, by this command, or at this relay, "
                "sealed, for those who may come and look there with --directory; may be "
                "repeated"},
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
  auto relays = understand_relays(words);
  if (!relays) return pass(relays);
  out.relays = std::move(*relays);
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
  out.publish = words.all("--publish");
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

Result<Command> host(const Words& words) {
  return widened(understand_host(words));
}
Result<Command> listen(const Words& words) {
  return widened(understand_listen(words));
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
          "  sotto host lobby --relay wss://relay.example/  through a relay alone\n"
          "  sotto host lobby --bind 127.0.0.1 --port 4711\n"
          "  sotto host lobby --open                       for whoever has the address\n"
          "  sotto host lobby --password-file words.txt    and knows the password\n"
          "  sotto host lobby --expose web=127.0.0.1:8080  a service for members, see --allow\n"
          "  sotto host lobby --accept ~/Downloads         files of members, see --allow\n"
          "  sotto host lobby --publish ~/Drive/sotto      found again after the address "
          "changed\n"
          "  sotto --json host lobby < /dev/null           JSON Lines of what happens\n\n"
          "Each line of standard input is a message.  The end of input ends typing only: the "
          "room\nstays open until a signal (or --once, --ttl).",
      .flags = own + flags_of_a_host() + flags_of_files() + flags_of_tor() +
               flags_of_relays(true) + flags_of_a_written_file(),
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
               flags_of_relays(true) + flags_of_a_written_file(),
      .understand = listen};
}

}  // namespace sotto::cli
