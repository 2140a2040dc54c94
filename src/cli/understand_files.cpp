// export, import, and the flags of connection files wherever one is written or read.
#include <algorithm>

#include "base/text.h"
#include "cli/suggest.h"
#include "cli/understand.h"
#include "cli/values.h"

namespace sotto::cli {
namespace {

using Kind = FlagSpec::Kind;

constexpr std::uint64_t most_uses = 1'000'000;
constexpr std::size_t most_forwards = 16;

// The words of --allow, each once.
Result<std::vector<std::string>> parse_allow(const std::string& text) {
  constexpr std::string_view forward = "forward:";
  std::vector<std::string> out;
  std::size_t forwards = 0;
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t end = std::min(text.find(',', from), text.size());
    std::string word = text.substr(from, end - from);
    from = end + 1;
    const bool is_forward = word.starts_with(forward) && is_name(word.substr(forward.size()));
    if (word != "chat" && word != "files" && !is_forward) {
      static const std::vector<std::string> known = {"chat", "files"};
      const auto meant = nearest(word, known);
      return usage("--allow takes chat, files and forward:NAME, parted by commas, not '" +
                   displayable(word) + "'" +
                   (meant ? ": did you mean '" + *meant + "'?" : "."));
    }
    if (std::ranges::find(out, word) != out.end()) continue;
    if (is_forward && ++forwards > most_forwards) {
      return usage("--allow takes " + std::to_string(most_forwards) + " forwards at most.");
    }
    out.push_back(std::move(word));
  }
  return out;
}

Result<ExportCommand> understand_export(const Words& words) {
  auto room = words.need("export", "ROOM");
  if (!room) return pass(room);
  const bool as_text = words.has("--uri") || words.has("--qr");
  auto file = words.text("--output");
  if (as_text && !file) file = "";
  if (!file || (file->empty() && words.has("--output"))) {
    return usage("sotto export needs -o FILE: where to write the connection file.");
  }
  if (as_text && !words.has("--unsealed")) {
    return usage(
        "--uri and --qr need --unsealed: neither has a lock, so whoever reads or scans it can "
        "use it.");
  }
  if (as_text && words.has("--armor")) {
    return usage("--armor is about a file: leave it out with --uri and --qr.");
  }
  if (*file == "-" && words.has("--json")) {
    return usage("With --json the connection file cannot go to standard output: name a file.");
  }
  auto flags = understand_export_flags(words, std::move(*file));
  if (!flags) return pass(flags);
  flags->uri = words.has("--uri");
  flags->qr = words.has("--qr");
  return ExportCommand{std::move(*room), std::move(*flags)};
}

Result<ImportCommand> understand_import(const Words& words) {
  auto file = words.need("import", "FILE");
  if (!file) return pass(file);
  return ImportCommand{std::move(*file), words.text("--as"),
                       words.text("--invite-passphrase-file")};
}

Result<InspectCommand> understand_inspect(const Words& words) {
  auto file = words.need("inspect", "FILE");
  if (!file) return pass(file);
  return InspectCommand{std::move(*file), words.text("--invite-passphrase-file")};
}

Result<Command> inspect(const Words& words) {
  return widened(understand_inspect(words));
}
Result<Command> export_room(const Words& words) {
  return widened(understand_export(words));
}
Result<Command> import_file(const Words& words) {
  return widened(understand_import(words));
}

}  // namespace

FlagSpecs flags_of_a_written_file() {
  FlagSpecs flags = {
      {.names = "--uses", .type = "N", .about = "How many people the file lets in (default 1)"},
      {.names = "--expires",
       .type = "TIME",
       .about = "Until when, such as 24h (default: for ever)"},
      {.names = "--allow",
       .type = "LIST",
       .about = "What its bearer may do: chat,files,forward:NAME (default: chat)"},
      {.names = "--armor", .kind = Kind::on, .about = "Write text instead of bytes"},
      {.names = "--force", .kind = Kind::on, .about = "Replace a file that is there already"},
      {.names = "--invite-passphrase-file",
       .type = "FILE",
       .about = "Lock the file with the passphrase on FILE's first line (-: standard input; "
                "asked for in a terminal)",
       .input = "--invite-passphrase-file"},
      {.names = "--for",
       .kind = Kind::list,
       .type = "CARD",
       .about = "Lock it for this card instead (repeatable; `sotto id` shows one)"},
      {.names = "--unsealed",
       .kind = Kind::on,
       .about = "Lock it not at all: whoever reads it can use it"}};
  return in_group("The connection file", std::move(flags));
}

FlagSpecs flags_of_a_read_file() {
  return in_group("The connection file",
                  {{.names = "--invite-passphrase-file",
                    .type = "FILE",
                    .about = "Its passphrase: first line of FILE (-: standard input; asked for "
                             "in a terminal)",
                    .input = "--invite-passphrase-file"}});
}

Result<ExportFlags> understand_export_flags(const Words& words, std::string file) {
  ExportFlags out;
  out.file = std::move(file);
  out.force = words.has("--force");
  out.armor = words.has("--armor");
  if (const auto text = words.text("--uses")) {
    auto uses = parse_number("--uses", *text, 1, most_uses);
    if (!uses) return pass(uses);
    out.uses = static_cast<unsigned>(*uses);
  }
  if (const auto text = words.text("--expires")) {
    auto expires = parse_length("--expires", *text);
    if (!expires) return pass(expires);
    out.expires_in = *expires;
  }
  if (const auto text = words.text("--allow")) {
    auto allow = parse_allow(*text);
    if (!allow) return pass(allow);
    out.allow = std::move(*allow);
  }
  const int ways = int{words.has("--invite-passphrase-file")} + int{words.has("--for")} +
                   int{words.has("--unsealed")};
  if (ways > 1) {
    return usage(
        "A connection file is locked in one way: give --invite-passphrase-file, --for or "
        "--unsealed.");
  }
  out.protection = {words.text("--invite-passphrase-file"), words.all("--for"),
                    words.has("--unsealed")};
  return out;
}

std::optional<std::string_view> flag_of_export(const Words& words) {
  for (const std::string_view flag : {"--uses", "--expires", "--allow", "--armor", "--force",
                                      "--invite-passphrase-file", "--for", "--unsealed"}) {
    if (words.has(flag)) return flag;
  }
  return std::nullopt;
}

CommandSpec export_spec() {
  const FlagSpecs own = {
      {.names = "ROOM",
       .about = "A room that this profile hosts",
       .required = true,
       .whose = FlagSpec::Names::own_rooms},
      {.names = "-o,--output",
       .type = "FILE",
       .about = "Where to (-: standard output); not needed with --uri or --qr"},
      {.names = "--uri",
       .kind = Kind::on,
       .about = "Write it as one line of text, sotto:..., to be pasted; needs --unsealed"},
      {.names = "--qr",
       .kind = Kind::on,
       .about = "Show that line as a QR code; needs --unsealed"}};
  return {.name = "export",
          .about = "Write a connection file, which lets somebody into a room",
          .examples =
              "  sotto export lobby -o lobby.sotto --expires 24h      asks for its passphrase\n"
              "  sotto export lobby -o - --armor --invite-passphrase-file p | mail -s hello "
              "bob\n"
              "  sotto export lobby --qr --unsealed --expires 10m     to be scanned here and "
              "now",
          .flags = own + flags_of_a_written_file(),
          .understand = export_room};
}

CommandSpec inspect_spec() {
  const FlagSpecs own = {{.names = "FILE",
                          .about = "A file of sotto (-: standard input, a URI too)",
                          .required = true,
                          .input = "the file"}};
  return {.name = "inspect",
          .about = "Show what a file says about itself; changes nothing",
          .examples =
              "  sotto inspect lobby.sotto                                how it is locked\n"
              "  sotto inspect lobby.sotto --invite-passphrase-file p     and what is inside\n"
              "  sotto inspect - < uri.txt",
          .flags = own + flags_of_a_read_file(),
          .understand = inspect};
}

CommandSpec import_spec() {
  const FlagSpecs own = {
      {.names = "FILE",
       .about = "A connection file, or a URI on standard input (-; a prompt in a terminal)",
       .required = true,
       .input = "the connection file"},
      {.names = "--as", .type = "NAME", .about = "What to call the room here"}};
  return {.name = "import",
          .about = "Remember the room of a connection file by name",
          .examples =
              "  sotto import lobby.sotto\n"
              "  sotto import lobby.sotto --as book-club",
          .flags = own + flags_of_a_read_file(),
          .understand = import_file};
}

}  // namespace sotto::cli
