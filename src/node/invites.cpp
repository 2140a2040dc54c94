#include "node/invites.h"

#include "base/encoding.h"
#include "base/text.h"
#include "node/commands.h"
#include "node/connection_files.h"
#include "node/errors.h"
#include "node/invite_list.h"
#include "node/json_fields.h"
#include "node/system.h"
#include "node/target.h"
#include "room/errors.h"
#include "room/invitation.h"
#include "room/onion_access.h"
#include "store/invites.h"
#include "wire/invite_uri.h"
#include "wire/limits.h"

namespace sotto::node {
namespace {

std::unexpected<Error> name_taken(const std::string& name) {
  return fail(store::Errc::name_taken,
              "The name " + name + " belongs to a room of somebody else. Choose another.");
}

}  // namespace

Result<store::RoomRow> open_own_room(Profile& profile, const std::string& name) {
  if (!is_name(name)) {
    return fail(
        Errc::bad_name,
        "A room's name has 1 to 64 bytes of text without control characters and without "
        "spaces at its ends. Choose another.");
  }
  auto known = store::Rooms(profile.database()).by_name(name);
  if (!known) return pass(known);
  if (*known) {
    if (!(*known)->hosted) return name_taken(name);
    return std::move(**known);
  }
  store::RoomRow room;
  room.id = RoomId::random(system_entropy());
  room.name = name;
  room.hosted = true;
  room.host = profile.card().identity_pk;
  room.added = wall_now();
  return room;
}

Result<InviteReply> make_invite(Profile& profile, const InviteRequest& request) {
  auto room = store::Rooms(profile.database()).by_name(request.room);
  if (!room) return pass(room);
  if (!*room || !(*room)->hosted) {
    return fail(room::Errc::unknown, "You host no room called " + displayable(request.room) +
                                         ". `sotto host` makes one.");
  }
  if (request.uses == 0 || request.uses > wire::uses_limit) return wrong_params("uses");
  auto permissions = permissions_from(request.allow);
  if (!permissions) return pass(permissions);
  const WallTime now = wall_now();
  room::InviteTerms terms;
  terms.permissions = std::move(*permissions);
  terms.uses = request.uses;
  if (request.expires_in) terms.expires = now + *request.expires_in;
  if ((*room)->tor_only) terms.onion_client = room::take_onion_client(**room, system_entropy());
  const auto file =
      room::draft_invite(**room, profile.card(), std::move(terms), system_entropy());
  if (!file) return std::unexpected(file.error());
  const auto kept = profile.database().transaction([&]() -> Result<void> {
    if (auto put = store::Rooms(profile.database()).put(**room); !put) return put;
    return room::keep_invite(profile.database(), *file, now);
  });
  if (!kept) return std::unexpected(kept.error());
  return InviteReply{to_hex(file->invite_id.view()), (*room)->name, file->uses, file->expires,
                     wire::encode(*file)};
}

Result<InviteIdRequest> revoke_invite(Profile& profile, const InviteIdRequest& request) {
  const auto bytes = from_hex(request.invite);
  const auto id = bytes ? InviteId::from(*bytes) : std::nullopt;
  if (!id) return wrong_params("invite");
  store::Invites invites(profile.database());
  const auto invite = invites.find(*id);
  if (!invite) return std::unexpected(invite.error());
  if (!*invite) {
    return fail(room::Errc::unknown_ref,
                "There is no invite " + displayable(request.invite) + ".");
  }
  if (auto revoked = invites.revoke(*id); !revoked) return pass(revoked);
  return request;
}

Result<Imported> import_target(Profile& profile, const TargetRequest& request) {
  if (request.as_name && !is_name(*request.as_name)) {
    return fail(
        Errc::bad_name,
        "A room's name has 1 to 64 bytes of text without control characters and without "
        "spaces at its ends. Choose another.");
  }
  const auto target = resolve_target(profile, request);
  if (!target) return std::unexpected(target.error());
  if (!target->joined) return wrong_params("target");
  Imported imported;
  imported.room = target->joined->room.name;
  imported.host_name = target->joined->host.name;
  imported.host_fingerprint = crypto::to_string(crypto::fingerprint(target->joined->host));
  imported.verified = target->joined->host_verified;
  imported.introduced = target->introduced;
  imported.expires = target->expires;
  return imported;
}

Result<KnownReply> known(Profile& profile, const NameRequest& request) {
  auto name = known_name(profile, request);
  if (!name) return pass(name);
  return KnownReply{name->has_value(), name->value_or("")};
}

// --- commands

Result<void> write_invite(const InviteReply& invite, const ExportOptions& options) {
  if (options.uri) {
    if (options.file.empty()) return {};
    Bytes line = to_bytes(wire::to_invite_uri(invite.content.view()).view());
    line.push_back(std::byte{'\n'});
    const auto written = write_file(options.file, line);
    wipe(line);
    return written;
  }
  const auto sealed = seal_connection_file(invite.content, options);
  if (!sealed) return std::unexpected(sealed.error());
  return write_file(options.file, *sealed);
}

Result<Exported> export_invite(Access& access, const ExportOptions& options) {
  if (auto writable = check_writable(options.file, options.force); !writable) {
    return pass(writable);
  }
  if (auto checked = check_protection(options.protection); !checked) return pass(checked);
  const auto invite = access.ask<InviteReply, InviteRequest, make_invite>(
      "invite", {options.room, options.uses, options.expires_in, options.allow});
  if (!invite) return std::unexpected(invite.error());
  const auto written = write_invite(*invite, options);
  if (!written) {
    // An invite that nobody has is honoured for nobody.
    if (auto withdrawn = withdraw_invite(access, invite->invite); !withdrawn) {
      return pass(withdrawn);
    }
    return std::unexpected(written.error());
  }
  Exported out{invite->invite, invite->room, invite->uses, invite->expires};
  if (options.uri) out.uri = wire::to_invite_uri(invite->content.view());
  return out;
}

Result<void> withdraw_invite(Access& access, const std::string& invite_id) {
  const auto revoked =
      access.ask<InviteIdRequest, InviteIdRequest, revoke_invite>("withdraw", {invite_id});
  if (!revoked) return std::unexpected(revoked.error());
  return {};
}

Result<Imported> import_file(Access& access, const std::string& file, const FileKeys& keys,
                             const std::optional<std::string>& as_name) {
  auto target = target_of_file(file, keys);
  if (!target) return pass(target);
  target->as_name = as_name;
  return access.ask<Imported, TargetRequest, import_target>("import", *target);
}

}  // namespace sotto::node
