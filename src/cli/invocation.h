// One understood command line, as plain values.  command_line.h makes it, app.h carries it out.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/time.h"
#include "node/requests.h"

namespace sotto::cli {

enum class ColorChoice { automatic, always, never };

// What may stand before or after every command.
struct Globals {
  std::optional<std::string> home;
  bool json = false;
  bool no_input = false;
  std::optional<std::string> passphrase_file;  // of the profile; "-": standard input
  std::optional<int> passphrase_fd;
  int verbosity = 0;  // -1: errors only, 1: what is going on, 2: details
  ColorChoice color = ColorChoice::automatic;
};

// How a connection file is locked when written; at most one of the three.
struct ProtectionFlags {
  std::optional<std::string> passphrase_file;
  std::vector<std::string> for_cards;
  bool unsealed = false;
};

struct ExportFlags {
  std::string file;
  bool force = false;
  bool armor = false;
  unsigned uses = 1;
  std::optional<milliseconds> expires_in;
  ProtectionFlags protection;
};

// --help and --version.
struct ShowCommand {
  std::string text;
};

struct InitCommand {
  std::string name;  // empty: the login name
};

struct IdCommand {};

struct HostCommand {
  std::string room = "main";
  std::optional<std::string> bind;
  std::optional<std::uint16_t> port;
  std::optional<std::pair<std::uint16_t, std::uint16_t>> port_range;
  std::optional<unsigned> max_members;
  bool once = false;
  bool open = false;
  std::optional<std::string> password_file;  // implies `open`
  std::optional<ExportFlags> export_file;
};

// Of those who come to an open room.
struct OpenFlags {
  bool trust_new = false;
  std::optional<std::string> password_file;
};

struct JoinCommand {
  std::string target;
  OpenFlags open;
  std::optional<std::string> invite_passphrase_file;
  std::optional<std::string> fingerprint;
  milliseconds timeout{60'000};
};

struct SendCommand {
  std::string target;
  OpenFlags open;
  std::optional<std::string> invite_passphrase_file;
  std::optional<std::string> fingerprint;
  std::optional<std::string> text;  // nothing: standard input
  bool lines = false;
  std::optional<std::string> id;
  node::WaitFor wait = node::WaitFor::delivered;
  bool queue = false;
  milliseconds timeout{60'000};
};

struct ExportCommand {
  std::string room;
  ExportFlags flags;
};

struct ImportCommand {
  std::string file;
  std::optional<std::string> as_name;
  std::optional<std::string> invite_passphrase_file;
};

struct HistoryCommand {
  std::string who;
  std::optional<std::variant<milliseconds, WallTime>> since;  // so long ago, or from then
  std::optional<std::size_t> limit;
};

struct OutboxCommand {
  enum class Action { list, flush, cancel };
  Action action = Action::list;
  std::string id;                // of the message to cancel
  milliseconds timeout{30'000};  // of flush
};

using Command =
    std::variant<ShowCommand, InitCommand, IdCommand, HostCommand, JoinCommand, SendCommand,
                 ExportCommand, ImportCommand, HistoryCommand, OutboxCommand>;

struct Invocation {
  Globals globals;
  Command command;
  bool reads_standard_input = false;  // for a "-", a --passphrase-fd 0, or the text of `send`
};

}  // namespace sotto::cli
