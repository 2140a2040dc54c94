#include "node/target.h"

#include <filesystem>

#include "base/text.h"
#include "node/connection_files.h"
#include "node/errors.h"
#include "node/system.h"
#include "store/contacts.h"
#include "store/rooms.h"

namespace sotto::node {
namespace {

bool is_path(const std::string& target) {
  return target == "-" || target.find('/') != std::string::npos;
}

Result<void> check_fingerprint(const crypto::Card& host,
                               const std::optional<std::string>& expected) {
  if (!expected) return {};
  const auto wanted = crypto::parse_fingerprint(*expected);
  if (!wanted) return std::unexpected(wanted.error());
  const auto found = crypto::fingerprint(host);
  if (found == *wanted) return {};
  return fail(Errc::fingerprint,
              "The host has the fingerprint " + crypto::to_string(found) +
                  ", not the one you gave. Nothing was sent. Ask the host over another channel "
                  "which one is theirs.");
}

std::unexpected<Error> own_room(const std::string& name) {
  return fail(Errc::own_room, "You host the room " + displayable(name) +
                                  " yourself: `sotto host` is the way to talk in it.");
}

// The room that a name stands for, by its own name or by its host's.
Result<std::optional<store::RoomRow>> room_by_name(store::Database& database,
                                                   const std::string& name) {
  store::Rooms rooms(database);
  auto room = rooms.by_name(name);
  if (!room || *room) return room;
  const auto contact = store::Contacts(database).by_name(name);
  if (!contact) return std::unexpected(contact.error());
  if (!*contact) return std::nullopt;
  auto all = rooms.all();
  if (!all) return pass(all);
  for (auto& candidate : *all) {
    if (!candidate.hosted && candidate.host == (*contact)->identity_pk) {
      return std::optional(std::move(candidate));
    }
  }
  return std::nullopt;
}

Result<Target> from_file(Profile& profile, const std::string& file, const FileKeys& keys,
                         const std::optional<std::string>& expected_fingerprint,
                         const std::optional<std::string>& as_name) {
  const auto opened = read_connection_file(profile, file, keys);
  if (!opened) return std::unexpected(opened.error());
  if (opened->content.host.identity_pk == profile.card().identity_pk) {
    return own_room(opened->content.room_name);
  }
  if (auto checked = check_fingerprint(opened->content.host, expected_fingerprint); !checked) {
    return pass(checked);
  }
  Target target;
  target.introduced = opened->lock == crypto::LockKind::passphrase;
  target.expires = opened->content.expires;
  const auto kept = profile.database().transaction([&]() -> Result<void> {
    auto joined =
        room::keep_connection(profile.database(), opened->content, as_name, wall_now());
    if (!joined) return pass(joined);
    target.joined = std::move(*joined);
    return {};
  });
  if (!kept) return std::unexpected(kept.error());
  return target;
}

}  // namespace

Result<Target> resolve_target(Profile& profile, const std::string& name, const FileKeys& keys,
                              const std::optional<std::string>& expected_fingerprint,
                              const std::optional<std::string>& as_name) {
  if (!is_path(name)) {
    auto room = room_by_name(profile.database(), name);
    if (!room) return pass(room);
    if (*room) {
      if ((*room)->hosted) return own_room(name);
      auto joined = room::joined_room(profile.database(), std::move(**room));
      if (!joined) return pass(joined);
      if (auto checked = check_fingerprint(joined->host, expected_fingerprint); !checked) {
        return pass(checked);
      }
      return Target{std::move(*joined), true, std::nullopt};
    }
  }
  std::error_code ignored;
  if (name != "-" && !std::filesystem::exists(name, ignored)) {
    return fail(Errc::unknown_target,
                "There is no room, contact or file called " + displayable(name) +
                    ". Ask the host for a connection file and name that.");
  }
  return from_file(profile, name, keys, expected_fingerprint, as_name);
}

}  // namespace sotto::node
