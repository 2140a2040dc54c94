#include "node/invites.h"

#include "base/encoding.h"
#include "base/text.h"
#include "node/commands.h"
#include "node/connection_files.h"
#include "node/errors.h"
#include "node/system.h"
#include "node/target.h"
#include "room/errors.h"
#include "room/invitation.h"
#include "store/contacts.h"

namespace sotto::node {
namespace {

std::unexpected<Error> name_taken(const std::string& name, const char* what) {
  return fail(store::Errc::name_taken, "The name " + name + " belongs to a " + what +
                                           " already. Choose another for the room.");
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
    if (!(*known)->hosted) return name_taken(name, "room of somebody else");
    return std::move(**known);
  }
  const auto contact = store::Contacts(profile.database()).by_name(name);
  if (!contact) return std::unexpected(contact.error());
  if (*contact) return name_taken(name, "contact");
  store::RoomRow room;
  room.id = RoomId::random(system_entropy());
  room.name = name;
  room.hosted = true;
  room.host = profile.card().identity_pk;
  room.added = wall_now();
  return room;
}

Result<Exported> export_invite(Profile& profile, const ExportOptions& options) {
  if (auto writable = check_writable(options.file, options.force); !writable) {
    return pass(writable);
  }
  auto room = store::Rooms(profile.database()).by_name(options.room);
  if (!room) return pass(room);
  if (!*room || !(*room)->hosted) {
    return fail(room::Errc::unknown, "You host no room called " + displayable(options.room) +
                                         ". `sotto host` makes one.");
  }
  const WallTime now = wall_now();
  room::InviteTerms terms;
  terms.uses = options.uses;
  if (options.expires_in) terms.expires = now + *options.expires_in;
  const auto file = room::draft_invite(**room, profile.card(), terms, system_entropy());
  if (!file) return std::unexpected(file.error());
  const auto sealed = seal_connection_file(*file, options);
  if (!sealed) return std::unexpected(sealed.error());
  // Together or not at all: no invite that nobody has, no file that nobody honours.
  const auto written = profile.database().transaction([&]() -> Result<void> {
    auto kept = room::keep_invite(profile.database(), *file, now);
    if (!kept) return kept;
    return write_file(options.file, *sealed);
  });
  if (!written) return std::unexpected(written.error());
  return Exported{to_hex(file->invite_id.view()), (*room)->name, file->uses, file->expires};
}

Result<Imported> import_file(Profile& profile, const std::string& file, const FileKeys& keys,
                             const std::optional<std::string>& as_name) {
  if (as_name && !is_name(*as_name)) {
    return fail(
        Errc::bad_name,
        "A room's name has 1 to 64 bytes of text without control characters and without "
        "spaces at its ends. Choose another.");
  }
  const std::string path =
      file.find('/') == std::string::npos && file != "-" ? "./" + file : file;
  const auto target = resolve_target(profile, path, keys, std::nullopt, as_name);
  if (!target) return std::unexpected(target.error());
  Imported imported;
  imported.room = target->joined.room.name;
  imported.host_name = target->joined.host.name;
  imported.host_fingerprint = crypto::to_string(crypto::fingerprint(target->joined.host));
  imported.verified = target->joined.host_verified;
  imported.introduced = target->introduced;
  imported.expires = target->expires;
  return imported;
}

}  // namespace sotto::node
