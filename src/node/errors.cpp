#include "node/errors.h"

#include "base/json.h"
#include "crypto/errors.h"
#include "net/errors.h"
#include "node/commands.h"
#include "node/relay_errors.h"
#include "noise/errors.h"
#include "reach/errors.h"
#include "relay/errors.h"
#include "rendezvous/record.h"
#include "room/errors.h"
#include "session/errors.h"
#include "store/errors.h"
#include "tls/errors.h"
#include "tor/errors.h"
#include "transport/errors.h"
#include "wire/errors.h"

namespace sotto::node {
namespace {

constexpr ErrorEntry entries[] = {
    {static_cast<int>(Errc::interrupted), "node.interrupted", Kind::failure},
    {static_cast<int>(Errc::terminated), "node.terminated", Kind::failure},
    {static_cast<int>(Errc::bad_name), "name.invalid", Kind::input},
    {static_cast<int>(Errc::unknown_target), "target.unknown", Kind::input},
    {static_cast<int>(Errc::file_exists), "file.exists", Kind::usage},
    {static_cast<int>(Errc::file_io), "file.io", Kind::failure},
    {static_cast<int>(Errc::fingerprint), "identity.fingerprint", Kind::identity},
    {static_cast<int>(Errc::own_room), "room.own", Kind::usage},
    {static_cast<int>(Errc::too_large), "message.too_large", Kind::input},
    {static_cast<int>(Errc::not_text), "message.not_text", Kind::input},
    {static_cast<int>(Errc::not_delivered), "send.timeout", Kind::unreached},
    {static_cast<int>(Errc::needs_tor), "policy.tor_only", Kind::policy},
    {static_cast<int>(Errc::contact_unknown), "contact.unknown", Kind::input},
    {static_cast<int>(Errc::contact_in_use), "contact.in_use", Kind::policy},
    {static_cast<int>(Errc::invite_missing), "invite.missing", Kind::input},
    {static_cast<int>(Errc::invite_ambiguous), "invite.ambiguous", Kind::input},
    {static_cast<int>(Errc::too_many_cards), "card.too_many", Kind::input},
    {static_cast<int>(Errc::rpc_request), "rpc.request", Kind::usage},
    {static_cast<int>(Errc::rpc_method), "rpc.method", Kind::usage},
    {static_cast<int>(Errc::rpc_params), "rpc.params", Kind::usage},
    {static_cast<int>(Errc::bad_address), "target.address", Kind::input},
    {static_cast<int>(Errc::declined), "identity.declined", Kind::identity},
    {static_cast<int>(Errc::bad_password), "password.invalid", Kind::input},
    {static_cast<int>(Errc::open_already), "room.open_already", Kind::usage},
    {static_cast<int>(Errc::registry), "registry.unusable", Kind::failure},
    {static_cast<int>(Errc::rpc_failed), "rpc.failed", Kind::store},
    {static_cast<int>(Errc::not_read), "send.not_read", Kind::unreached},
    {static_cast<int>(Errc::exec_failed), "exec.failed", Kind::failure},
    {static_cast<int>(Errc::outbox_waits), "outbox.waits", Kind::unreached},
    {static_cast<int>(Errc::verification_failed), "verification.failed", Kind::identity},
    {static_cast<int>(Errc::verification_no_answer), "verification.no_answer", Kind::unreached},
    {static_cast<int>(Errc::forward_syntax), "forward.syntax", Kind::usage},
    {static_cast<int>(Errc::exposed_otherwise), "expose.taken", Kind::usage},
    {static_cast<int>(Errc::forward_refused), "forward.refused", Kind::refused},
    {static_cast<int>(Errc::forward_unreachable), "forward.unreachable", Kind::unreached},
    {static_cast<int>(Errc::file_not_regular), "file.not_regular", Kind::input},
    {static_cast<int>(Errc::file_changed), "file.changed", Kind::failure},
    {static_cast<int>(Errc::file_not_accepted), "file.not_accepted", Kind::refused},
    {static_cast<int>(Errc::file_not_allowed), "file.not_allowed", Kind::refused},
    {static_cast<int>(Errc::file_over_limit), "file.over_limit", Kind::input},
    {static_cast<int>(Errc::file_no_space), "file.no_space", Kind::refused},
    {static_cast<int>(Errc::file_mismatch), "file.mismatch", Kind::failure},
    {static_cast<int>(Errc::file_busy), "file.busy", Kind::unreached},
    {static_cast<int>(Errc::file_not_kept), "file.not_kept", Kind::failure},
    {static_cast<int>(Errc::file_stalled), "file.stalled", Kind::unreached},
    {static_cast<int>(Errc::file_nobody), "file.nobody", Kind::unreached},
    {static_cast<int>(Errc::file_cancelled), "file.cancelled", Kind::unreached},
    {static_cast<int>(Errc::accept_folder), "accept.folder", Kind::usage},
    {static_cast<int>(Errc::directory_failed), "directory.failed", Kind::service},
    {static_cast<int>(Errc::directory_unknown), "directory.unknown", Kind::usage},
};
const ErrorCategory category("node", entries);

// A room's table and its category.
struct Table {
  std::span<const ErrorEntry> entries;
  const std::error_category& category;
};

template <class E>
Table table_of(std::span<const ErrorEntry> entries_of_room) {
  return {entries_of_room, make_error_code(E{}).category()};
}

std::vector<Table> all_tables() {
  return {table_of<JsonErrc>(json_error_table()),
          table_of<crypto::Errc>(crypto::error_table()),
          table_of<noise::Errc>(noise::error_table()),
          table_of<wire::Errc>(wire::error_table()),
          table_of<store::Errc>(store::error_table()),
          table_of<net::DialErrc>(net::error_table()),
          table_of<transport::Errc>(transport::error_table()),
          table_of<tls::Errc>(tls::error_table()),
          table_of<tor::Errc>(tor::error_table()),
          table_of<reach::Errc>(reach::error_table()),
          table_of<session::Errc>(session::error_table()),
          table_of<rendezvous::Errc>(rendezvous::error_table()),
          table_of<relay::Errc>(relay::error_table()),
          table_of<room::Errc>(room::error_table()),
          table_of<RelayErrc>(relay_error_table()),
          table_of<Errc>(error_table())};
}

}  // namespace

std::error_code make_error_code(Errc code) noexcept {
  return {static_cast<int>(code), category};
}
std::span<const ErrorEntry> error_table() {
  return entries;
}

std::vector<ErrorEntry> all_errors() {
  std::vector<ErrorEntry> all;
  for (const Table& table : all_tables()) {
    all.insert(all.end(), table.entries.begin(), table.entries.end());
  }
  return all;
}

std::optional<std::error_code> code_of(std::string_view name) {
  for (const Table& table : all_tables()) {
    for (const ErrorEntry& entry : table.entries) {
      if (entry.name == name) return std::error_code(entry.value, table.category);
    }
  }
  return std::nullopt;
}

}  // namespace sotto::node
