// Commands that go to a room: join, send.
#include "cli/understand_talk.h"

#include <filesystem>
#include <span>

#include "cli/values.h"
#include "node/commands.h"
#include "node/relay_request.h"

namespace sotto::cli {
namespace {

using Kind = FlagSpec::Kind;
using Names = FlagSpec::Names;

constexpr const char* stages = "queued relayed delivered read";  // as node::WaitFor

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
  auto relays = understand_relays(words);
  if (!relays) return pass(relays);
  out.relays = std::move(*relays);
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
        "With --file, send waits until it is delivered: other stages of --wait are about "
        "words.");
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
  auto relays = understand_relays(words);
  if (!relays) return pass(relays);
  out.relays = std::move(*relays);
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

Result<std::vector<std::string>> understand_relays(const Words& words) {
  if (auto checked = node::check_relays(words.all("--relay")); !checked) return pass(checked);
  return words.all("--relay");
}

FlagSpecs flags_of_relays(bool of_a_host) {
  return {
      {.names = "--relay",
       .kind = Kind::list,
       .type = "URL",
       .about = of_a_host
                    ? "Be reached through this relay, and directly only with --direct; may "
                      "be repeated"
                    : "Through this relay first, if the room is held there; may be repeated",
       .group = "Through relays"}};
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
          "  sotto join lobby --accept ~/inbox    files of the host, none over --max-size\n"
          "  sotto join lobby --directory ~/Drive/sotto   where a host that has moved says "
          "so\n\n"
          "The end of input leaves the room once everything has been delivered; with --forward "
          "it\nends typing only.",
      .flags = own + flags_of_files() + flags_of_an_open_room() + flags_of_tor() +
               flags_of_relays(false) + flags_of_a_read_file(),
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
       .about = "Until it is queued, relayed (left for a host that is away), delivered (the "
                "default), or read by the host",
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
          "  sotto send lobby --wait relayed < note        or until a relay keeps it for the "
          "host\n"
          "  sotto send lobby --file video.mp4             run it again to go on where it "
          "stopped\n"
          "  sotto send lobby see you at eight             quick, but `ps` shows the text\n",
      .flags = own + flags_of_an_open_room() + flags_of_tor() + flags_of_relays(false) +
               flags_of_a_read_file(),
      .understand = send,
      .input = input_of_send};
}

}  // namespace sotto::cli
