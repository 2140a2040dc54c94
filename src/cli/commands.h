// Carrying out one understood command: asks node/ and shows what it answers.
//
// Each run() prints its result.  An error is the caller's to show (app.cpp), but not as JSON
// where that has a form of its own: an event of host and join, the one object of send.
#pragma once
#include <filesystem>

#include "cli/asker.h"
#include "cli/invocation.h"
#include "cli/style.h"
#include "node/commands.h"

namespace sotto::cli {

// What every command works with; outlives it.
struct Surroundings {
  const Globals& globals;
  const Asker& asker;
  Style style;
  Result<std::filesystem::path> home;
  bool input_is_free = false;  // standard input is open and nothing else reads it
};

WallTime wall_clock();

// Standard output cannot be written, as errno says.
std::unexpected<Error> output_failed();
// To standard output; a closed one is no error.  Errc::output.
Result<void> print(std::string_view text);

// The profile of this home.  One is made where there is none and `make_missing`, and standard
// error says so.
Result<node::Access> open_access(const Surroundings& around, bool make_missing);

// How a connection file is to be locked, asking for its passphrase where no flag says.
Result<node::ExportOptions> export_options(std::string room, const ExportFlags& flags,
                                           const Asker& asker);

// What stands for a connection file in the command line: a URI is warned of, or refused where
// nobody sees the warning; for "-" in a terminal the person pastes one.
Result<std::string> pasted_target(const std::string& target, const Surroundings& around);

// The text as a QR code, drawn in what the output takes.  Errc::qr_too_large.
Result<std::string> drawn_qr(std::string_view text, const Surroundings& around);
// As a QR code on standard output.  Errc::qr_too_large.
Result<void> show_card_as_qr(const std::string& card, const Surroundings& around);

Result<void> run(const ShowCommand& command, const Surroundings& around);
Result<void> run(const HelpCommand& command, const Surroundings& around);
Result<void> run(const CompletionCommand& command, const Surroundings& around);
Result<void> run(const InitCommand& command, const Surroundings& around);
Result<void> run(const IdCommand& command, const Surroundings& around);
Result<void> run(const HostCommand& command, const Surroundings& around);
Result<void> run(const JoinCommand& command, const Surroundings& around);
Result<void> run(const SendCommand& command, const Surroundings& around);
Result<void> run(const ExportCommand& command, const Surroundings& around);
Result<void> run(const ImportCommand& command, const Surroundings& around);
Result<void> run(const InspectCommand& command, const Surroundings& around);
Result<void> run(const HistoryCommand& command, const Surroundings& around);
Result<void> run(const ContactsCommand& command, const Surroundings& around);
Result<void> run(const VerifyCommand& command, const Surroundings& around);
Result<void> run(const RoomsCommand& command, const Surroundings& around);
Result<void> run(const InvitesCommand& command, const Surroundings& around);
Result<void> run(const ForgetCommand& command, const Surroundings& around);
Result<void> run(const BackupCommand& command, const Surroundings& around);
Result<void> run(const RestoreCommand& command, const Surroundings& around);
Result<void> run(const PasswdCommand& command, const Surroundings& around);
Result<void> run(const OutboxCommand& command, const Surroundings& around);
Result<void> run(const ListenCommand& command, const Surroundings& around);
Result<void> run(const AgentCommand& command, const Surroundings& around);
Result<void> run(const RpcCommand& command, const Surroundings& around);
Result<void> run(const StatusCommand& command, const Surroundings& around);
Result<void> run(const RelayCommand& command, const Surroundings& around);
Result<void> run(const ConfigCommand& command, const Surroundings& around);
Result<void> run(const DoctorCommand& command, const Surroundings& around);

}  // namespace sotto::cli
