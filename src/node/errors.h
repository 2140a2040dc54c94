// Errors of whole commands.
#pragma once
#include <optional>

#include "base/error.h"

namespace sotto::node {

enum class Errc {
  interrupted = 1,   // node.interrupted: SIGINT (exit 130)
  terminated,        // node.terminated: SIGTERM (exit 143)
  bad_name,          // name.invalid (exit 9)
  unknown_target,    // target.unknown: no room or contact of that name, no such file (exit 9)
  file_exists,       // file.exists (exit 2)
  file_io,           // file.io
  fingerprint,       // identity.fingerprint: not the one that was asked for (exit 4)
  own_room,          // room.own: this profile hosts it itself (exit 2)
  too_large,         // message.too_large (exit 9)
  not_text,          // message.not_text: not UTF-8 (exit 9)
  not_delivered,     // send.timeout: not acknowledged in time (exit 3)
  needs_tor,         // policy.tor_only: what was asked would leave Tor (exit 8)
  contact_unknown,   // contact.unknown: no such person is known (exit 9)
  contact_in_use,    // contact.in_use: rooms still need them (exit 8)
  invite_missing,    // invite.missing: none of that id (exit 9)
  invite_ambiguous,  // invite.ambiguous: several begin so (exit 9)
  too_many_cards,    // card.too_many: one file takes 255 (exit 9)
  rpc_request,       // rpc.request: not a request of JSON-RPC 2.0 (exit 2)
  rpc_method,        // rpc.method: no such method (exit 2)
  rpc_params,        // rpc.params: a field is missing or of another type (exit 2)
  bad_address,       // target.address: no HOST:PORT (exit 9)
  declined,          // identity.declined: the person said no to a host (exit 4)
  bad_password,      // password.invalid: empty, too long or not UTF-8 (exit 9)
  open_already,      // room.open_already: it runs with another door (exit 2)
  registry,          // registry.unusable: the list of this machine's open rooms
  rpc_failed,        // rpc.failed: the owner hung up or does not answer (exit 7)
  not_read,          // send.not_read: delivered, but not read in time (exit 3)
  exec_failed,       // exec.failed: the command of --exec
  outbox_waits,      // outbox.waits: something could not be delivered now (exit 3)
  verification_failed,     // verification.failed: a difference, or the other side says so (4)
  verification_no_answer,  // verification.no_answer: the other side was not there (exit 3)
  forward_syntax,          // forward.syntax: --expose or --forward says something else (exit 2)
  exposed_otherwise,       // expose.taken: the name leads to something else already (exit 2)
  forward_refused,         // forward.refused: the host does not carry it (exit 5)
  forward_unreachable,     // forward.unreachable: the service does not answer (exit 3)
  file_not_regular,        // file.not_regular: a pipe, a folder (exit 9)
  file_changed,            // file.changed: while it was being sent
  file_not_accepted,       // file.not_accepted: nobody there takes files (exit 5)
  file_not_allowed,        // file.not_allowed: the invite does not say so (exit 5)
  file_over_limit,         // file.over_limit: for whoever should take it (exit 9)
  file_no_space,           // file.no_space: on the receiver's disk (exit 5)
  file_mismatch,           // file.mismatch: what came is not what was offered
  file_busy,               // file.busy: the receiver takes no more at the moment (exit 3)
  file_not_kept,           // file.not_kept: the receiver could not store it
  file_stalled,            // file.stalled: nothing has moved for too long (exit 3)
  file_nobody,             // file.nobody: nobody is here who may take it (exit 3)
  file_cancelled,          // file.cancelled: the room was left before its end (exit 3)
  accept_folder,           // accept.folder: the folder of --accept cannot be used (exit 2)
  directory_failed,        // directory.failed: a directory of records cannot be used (exit 6)
  directory_unknown,       // directory.unknown: neither a folder nor a command (exit 2)
};
std::error_code make_error_code(Errc code) noexcept;
std::span<const ErrorEntry> error_table();

// The code of a stable short name, of any room.
std::optional<std::error_code> code_of(std::string_view name);

}  // namespace sotto::node

template <>
struct std::is_error_code_enum<sotto::node::Errc> : std::true_type {};
