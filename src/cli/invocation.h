// One understood command line, as plain values.  command_line.h makes it, app.h carries it out.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/time.h"
#include "cli/relay_command.h"
#include "cli/relay_flags.h"
#include "node/requests.h"
#include "node/sandbox.h"

namespace sotto::cli {

enum class ColorChoice { automatic, always, never };

// What may stand before or after every command.
struct Globals {
  std::optional<std::string> home;
  std::optional<std::string> config;  // the settings file
  bool json = false;
  bool no_input = false;
  std::optional<std::string> passphrase_file;  // of the profile; "-": standard input
  std::optional<int> passphrase_fd;
  int verbosity = 0;  // -1: errors only, 1: what is going on, 2: details
  ColorChoice color = ColorChoice::automatic;
  // Which tor, and what our own is told.
  std::optional<std::string> tor_control;
  std::optional<std::string> torrc_include;  // files
  std::optional<std::string> bridges;
  bool allow_external = false;
  std::vector<std::string> directories;  // to look in for where hosts are
  RelayGlobals relay;
  node::SandboxOptions sandbox;
  // As flags, without the settings file: `config show` tells the two apart.
  std::optional<std::string> given_home;
  std::optional<std::string> given_color;
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
  std::vector<std::string> allow = {"chat"};  // "chat", "files", "forward:NAME"
  bool uri = false;                           // the URI form
  bool qr = false;                            // and shown as a QR code
  ProtectionFlags protection;
};

// --version.
struct ShowCommand {
  std::string text;
};

// help, --help.
struct HelpCommand {
  std::string command;  // empty: of sotto as a whole
};

struct CompletionCommand {
  std::string shell;                // whose script to print; empty: complete what follows
  std::vector<std::string> words;   // after "sotto"; the last one is being typed
  std::optional<std::string> line;  // or all of them, as a shell would take them apart
};

struct InitCommand {
  std::string name;  // empty: the login name
};

struct IdCommand {
  bool qr = false;
};

// What a command that reaches somebody says of Tor.
struct TorFlags {
  bool only = false;
  bool leave = false;
};

struct HostCommand {
  std::string room = "main";
  std::optional<std::string> bind;
  std::optional<std::uint16_t> port;
  std::optional<std::pair<std::uint16_t, std::uint16_t>> port_range;
  std::optional<unsigned> max_members;
  bool once = false;
  bool open = false;
  std::optional<std::string> password_file;  // implies `open`
  std::optional<milliseconds> ttl;
  bool direct = false;
  std::vector<std::string> advertise;
  bool ephemeral = false;
  TorFlags tor;
  bool plain = false;                // a chat without redrawing
  std::vector<std::string> expose;   // "NAME=HOST:PORT", "NAME=unix:PATH"
  std::vector<std::string> publish;  // folders and commands
  std::vector<std::string> relays;   // --relay
  node::AcceptRequest files;
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
  TorFlags tor;
  std::vector<std::string> relays;  // --relay
  std::optional<std::string> fingerprint;
  milliseconds timeout{60'000};
  std::vector<std::string> forward;  // "PORT:NAME", "ADDRESS:PORT:NAME"
  node::AcceptRequest files;
  bool plain = false;  // a chat without redrawing
};

struct SendCommand {
  std::string target;
  OpenFlags open;
  std::optional<std::string> invite_passphrase_file;
  TorFlags tor;
  std::vector<std::string> relays;  // --relay
  std::optional<std::string> fingerprint;
  std::optional<std::string> text;  // nothing: standard input, unless there are files
  std::vector<std::string> files;   // paths
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

struct InspectCommand {
  std::string file;
  std::optional<std::string> invite_passphrase_file;
};

struct HistoryCommand {
  std::string who;
  std::optional<std::variant<milliseconds, WallTime>> since;  // so long ago, or from then
  std::optional<std::size_t> limit;
  std::optional<std::string> search;
};

struct ContactsCommand {
  enum class Action { list, show, rename, block, unblock, remove };
  Action action = Action::list;
  std::string who;   // a name or a fingerprint; of all but list
  std::string name;  // of rename
};

struct VerifyCommand {
  std::string who;
  std::optional<std::string> fingerprint;
  bool live = false;  // compare while both are here
  milliseconds timeout{120'000};
};

struct RoomsCommand {
  enum class Action { list, show, close, remove, kick };
  Action action = Action::list;
  std::string room;  // of all but list
  std::string who;   // of kick
  bool yes = false;
};

struct InvitesCommand {
  enum class Action { list, revoke };
  Action action = Action::list;
  std::optional<std::string> room;  // of list: none, all rooms
  std::string id;                   // of revoke
};

struct ForgetCommand {
  std::string who;
  bool yes = false;
};

struct BackupCommand {
  std::string file;
  bool force = false;
  std::optional<std::string> passphrase_file;
  std::vector<std::string> for_cards;
};

struct RestoreCommand {
  std::string file;
  std::optional<std::string> backup_passphrase_file;
  std::optional<std::string> unlock_home;
  std::optional<std::string> unlock_passphrase_file;
};

struct PasswdCommand {
  std::optional<std::string> new_passphrase_file;
  bool no_passphrase = false;
};

struct ListenCommand {
  HostCommand host;
  bool every_room = false;  // that is hosted: of `host`, only `bind` counts
  std::optional<std::string> exec;
};

struct AgentCommand {
  bool stop = false;  // else run
};

struct RpcCommand {
  std::string method;
  std::optional<std::string> params;  // JSON; "-": standard input
  milliseconds timeout{60'000};
};

struct StatusCommand {
  bool watch = false;
};

struct OutboxCommand {
  enum class Action { list, flush, cancel };
  Action action = Action::list;
  std::string id;                // of the message to cancel
  milliseconds timeout{30'000};  // of flush
};

struct ConfigCommand {
  bool check = false;  // else show
};

struct DoctorCommand {};

using Command =
    std::variant<ShowCommand, InitCommand, IdCommand, HostCommand, JoinCommand, SendCommand,
                 ExportCommand, ImportCommand, HistoryCommand, ContactsCommand, VerifyCommand,
                 RoomsCommand, InvitesCommand, InspectCommand, ForgetCommand, BackupCommand,
                 RestoreCommand, PasswdCommand, OutboxCommand, ConfigCommand, DoctorCommand,
                 ListenCommand, AgentCommand, RpcCommand, StatusCommand, RelayCommand,
                 HelpCommand, CompletionCommand>;

struct Invocation {
  Globals globals;
  Command command;
  bool reads_standard_input = false;  // for a "-", a --passphrase-fd 0, or the text of `send`
};

}  // namespace sotto::cli
