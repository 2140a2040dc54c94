// relay.
#include "base/text.h"
#include "cli/relay_command.h"
#include "cli/understand.h"
#include "cli/values.h"

namespace sotto::cli {
namespace {

using Kind = FlagSpec::Kind;

constexpr const char* relay_actions = "run url";
constexpr std::uint64_t most = 1'000'000'000;

// "127.0.0.1:8443", "[::1]:443"; port 0: any that is free.
Result<node::RelayPort> parse_endpoint(std::string_view flag, const std::string& text) {
  const auto wrong = [&] {
    return usage(std::string(flag) +
                 " takes ADDRESS:PORT such as 0.0.0.0:443 or [::]:8443, not '" +
                 displayable(text) + "'.");
  };
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) return wrong();
  std::string address = text.substr(0, colon);
  if (address.front() == '[' && address.back() == ']') {
    address = address.substr(1, address.size() - 2);
  } else if (address.find(':') != std::string::npos) {
    return wrong();
  }
  if (!node::is_ip_address(address)) return wrong();
  const auto port = parse_number(flag, text.substr(colon + 1), 0, 65535);
  if (!port) return wrong();
  return node::RelayPort{std::move(address), static_cast<std::uint16_t>(*port)};
}

Result<void> understand_ports(const Words& words, node::RelayServerOptions& out) {
  for (const std::string& text : words.all("--listen")) {
    auto port = parse_endpoint("--listen", text);
    if (!port) return pass(port);
    out.listen.push_back(std::move(*port));
  }
  if (out.listen.empty()) {
    return usage("sotto relay needs --listen ADDRESS:PORT, such as --listen 0.0.0.0:443.");
  }
  if (const auto text = words.text("--admin")) {
    auto port = parse_endpoint("--admin", *text);
    if (!port) return pass(port);
    if (!node::is_loopback(port->address)) {
      return usage(
          "--admin takes an address of this machine alone, such as 127.0.0.1:9443: "
          "what it shows is for nobody else.");
    }
    out.admin = std::move(*port);
  }
  return {};
}

Result<void> understand_certificate(const Words& words, bool url,
                                    node::RelayServerOptions& out) {
  const auto certificate = words.text("--cert");
  const auto key = words.text("--key");
  const bool self_signed = words.has("--self-signed");
  if (self_signed && (certificate || key)) {
    return usage("--self-signed makes a certificate: leave out --cert and --key, or it.");
  }
  if (certificate && (key || url)) {
    out.certificate_and_key.emplace(*certificate, key.value_or(""));
    return {};
  }
  if (certificate || key) return usage("--cert and --key go together: give both.");
  if (self_signed || url) return {};
  return usage("sotto relay needs a certificate: --cert FILE --key FILE, or --self-signed.");
}

Result<void> understand_limits(const Words& words, node::RelayLimits& out) {
  struct Count {
    const char* flag;
    std::optional<std::uint64_t>& value;
  };
  for (const Count& one : {Count{"--max-connections", out.connections},
                           Count{"--connections-per-block", out.connections_a_block},
                           Count{"--requests-per-block", out.requests_a_block}}) {
    const auto text = words.text(one.flag);
    if (!text) continue;
    const auto count = parse_number(one.flag, *text, 1, most);
    if (!count) return std::unexpected(count.error());
    one.value = *count;
  }
  for (const Count& one :
       {Count{"--rate-per-block", out.bytes_a_block},
        Count{"--rate-per-slot", out.bytes_a_slot}, Count{"--memory", out.memory},
        Count{"--store-size", out.stored}, Count{"--mailbox-size", out.a_mailbox}}) {
    const auto text = words.text(one.flag);
    if (!text) continue;
    const auto size = parse_size(one.flag, *text);
    if (!size) return std::unexpected(size.error());
    one.value = *size;
  }
  if (const auto text = words.text("--drain")) {
    const auto drain = parse_length("--drain", *text);
    if (!drain) return std::unexpected(drain.error());
    out.drain = *drain;
  }
  return {};
}

Result<void> understand_host(const Words& words, RelayCommand& out) {
  out.host = words.text("--host");
  if (!out.url) {
    if (!out.host) return {};
    return usage("--host is for `sotto relay url`: clients need it, the relay does not.");
  }
  if (out.options.listen.size() > 1) {
    return usage("sotto relay url takes one --listen: that which clients connect to.");
  }
  if (out.options.listen.front().port == 0) {
    return usage("sotto relay url needs the port: port 0 is another one each time.");
  }
  if (!out.host || node::is_host_name(*out.host)) return {};
  return usage("--host takes a name or an IP address without brackets, not '" +
               displayable(*out.host) + "'.");
}

Result<RelayCommand> understand_relay(const Words& words) {
  const auto action = understand_action(words, "relay", relay_actions);
  if (!action) return std::unexpected(action.error());
  RelayCommand out;
  out.url = *action == 1;
  node::RelayServerOptions& options = out.options;
  if (auto ports = understand_ports(words, options); !ports) return pass(ports);
  auto certificate = understand_certificate(words, out.url, options);
  if (!certificate) return pass(certificate);
  auto store = words.need("relay", "--store");
  if (!store) return pass(store);
  options.store = std::move(*store);
  if (const auto tokens = words.text("--tokens")) options.tokens = *tokens;
  if (auto limits = understand_limits(words, options.limits); !limits) return pass(limits);
  if (const auto text = words.text("--threads")) {
    const auto threads = parse_number("--threads", *text, 1, 256);
    if (!threads) return std::unexpected(threads.error());
    options.threads = static_cast<unsigned>(*threads);
  }
  options.log_addresses = words.has("--log-addresses");
  if (auto host = understand_host(words, out); !host) return pass(host);
  return out;
}

Result<Command> relay(const Words& words) {
  return widened(understand_relay(words));
}

FlagSpecs limit_flags() {
  return {{.names = "--max-connections",
           .type = "N",
           .about = "Connections at once (default: as many as file descriptors allow)"},
          {.names = "--connections-per-block",
           .type = "N",
           .about = "Of these, from one /24 of IPv4 or /64 of IPv6 (default 512)"},
          {.names = "--requests-per-block",
           .type = "N",
           .about = "Requests a second from there (default 100, with 500 saved up)"},
          {.names = "--rate-per-block",
           .type = "SIZE",
           .about = "Bytes a second that may be relayed from there (default: no limit)"},
          {.names = "--rate-per-slot",
           .type = "SIZE",
           .about = "Bytes a second of all who are in one room (default: no limit)"},
          {.names = "--memory",
           .type = "SIZE",
           .about = "Take no new connections above this (default 1G)"},
          {.names = "--store-size",
           .type = "SIZE",
           .about = "Most that records and mailboxes may hold together (default 4G)"},
          {.names = "--mailbox-size",
           .type = "SIZE",
           .about = "Most that waits in one mailbox (default 16M)"},
          {.names = "--drain",
           .type = "TIME",
           .about = "How long connections may go on once it is told to end (default 30s)"}};
}

}  // namespace

CommandSpec relay_spec() {
  return {
      .name = "relay",
      .about = "Run a relay, through which people meet behind any firewall",
      .examples =
          "  sotto relay --listen 0.0.0.0:443 --self-signed --store relay\n"
          "  sotto relay url --listen 0.0.0.0:443 --store relay --host relay.example   its "
          "address, with its key\n"
          "  sotto relay --listen '[::]:443' --cert cert.pem --key key.pem --store relay\n"
          "  sotto relay --listen 0.0.0.0:8443 --self-signed --store relay --tokens t "
          "--admin 127.0.0.1:9443\n\n"
          "It learns neither who speaks with whom nor what.  SIGHUP reads certificate and\n"
          "tokens again, SIGTERM lets those who speak finish.  docs/relay.md has the rest.",
      .flags =
          FlagSpecs{
              {.names = "ACTION",
               .about = "run (the default), or url: print the address for --relay",
               .choices = relay_actions},
              {.names = "--listen",
               .kind = Kind::list,
               .type = "ADDRESS:PORT",
               .about = "Where (repeatable; 0.0.0.0:443 or [::]:443: all addresses)"},
              {.names = "--cert",
               .type = "FILE",
               .about = "The certificate and those that lead to its authority (PEM)"},
              {.names = "--key", .type = "FILE", .about = "Its key (PEM)"},
              {.names = "--self-signed",
               .kind = Kind::on,
               .about = "Make and keep a certificate in the store; clients know it by its pin"},
              {.names = "--store",
               .type = "DIR",
               .about = "Where to keep records and mailboxes"},
              {.names = "--tokens",
               .type = "FILE",
               .about = "Let in only who has a token of FILE: one TOKEN [NAME] a line"},
              {.names = "--admin",
               .type = "ADDRESS:PORT",
               .about = "Serve /metrics and /healthz there, for this machine alone"},
              {.names = "--threads", .type = "N", .about = "Default: one a core"},
              {.names = "--log-addresses",
               .kind = Kind::on,
               .about = "Say in the log whose limits were reached"},
              {.names = "--host",
               .type = "NAME",
               .about = "With url: the name or address that clients connect to"}} +
          in_group("Limits", limit_flags()),
      .understand = relay};
}

}  // namespace sotto::cli
