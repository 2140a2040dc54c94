#include "node/target.h"

#include <filesystem>

#include "base/text.h"
#include "node/connection_files.h"
#include "node/errors.h"
#include "node/json_fields.h"
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

std::unexpected<Error> unknown(const std::string& name) {
  return fail(Errc::unknown_target, "There is no room, contact or file called " +
                                        displayable(name) +
                                        ". Ask the host for a connection file and name that.");
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

Result<Target> by_name(Profile& profile, const TargetRequest& request) {
  auto room = room_by_name(profile.database(), *request.name);
  if (!room) return pass(room);
  if (!*room) return unknown(*request.name);
  Target target;
  if (!(*room)->hosted) {
    auto joined = room::joined_room(profile.database(), std::move(**room));
    if (!joined) return pass(joined);
    if (auto checked = check_fingerprint(joined->host, request.fingerprint); !checked) {
      return pass(checked);
    }
    target.joined = std::move(*joined);
  } else {
    target.room = std::move(**room);
  }
  return target;
}

Result<Target> by_file(Profile& profile, const TargetRequest& request) {
  auto content = request.content ? Result<Secret>(request.content->copy())
                                 : open_for_us(profile, *request.file);
  if (!content) return pass(content);
  const auto file = wire::decode_connection_file(content->view());
  if (!file) return std::unexpected(file.error());
  if (file->host.identity_pk == profile.card().identity_pk) {
    return fail(Errc::own_room, "This connection file is one of yours: you host the room " +
                                    displayable(file->room_name) + " yourself.");
  }
  if (auto checked = check_fingerprint(file->host, request.fingerprint); !checked) {
    return pass(checked);
  }
  Target target;
  target.introduced = request.introduced;
  target.expires = file->expires;
  const auto kept = profile.database().transaction([&]() -> Result<void> {
    auto joined = room::keep_connection(profile.database(), *file, request.as_name, wall_now());
    if (!joined) return pass(joined);
    target.joined = std::move(*joined);
    return {};
  });
  if (!kept) return std::unexpected(kept.error());
  return target;
}

}  // namespace

Result<TargetRequest> prepare_target(
    const std::function<Result<bool>(const std::string&)>& known, const std::string& name,
    const FileKeys& keys) {
  TargetRequest request;
  if (!is_path(name)) {
    const auto found = known(name);
    if (!found) return std::unexpected(found.error());
    if (*found) {
      request.name = name;
      return request;
    }
  }
  std::error_code ignored;
  if (name != "-" && (!std::filesystem::exists(name, ignored) ||
                      std::filesystem::is_directory(name, ignored))) {
    return unknown(name);
  }
  auto file = read_connection_file(name, keys);
  if (!file) return pass(file);
  request.introduced = file->lock == crypto::LockKind::passphrase;
  if (file->content) {
    request.content = std::move(*file->content);
  } else {
    request.file = std::move(file->sealed);
  }
  return request;
}

Result<bool> is_known(Profile& profile, const std::string& name) {
  const auto room = room_by_name(profile.database(), name);
  if (!room) return std::unexpected(room.error());
  return room->has_value();
}

Result<Target> resolve_target(Profile& profile, const TargetRequest& request) {
  if (request.name) return by_name(profile, request);
  if (request.content || request.file) return by_file(profile, request);
  return wrong_params("target");
}

}  // namespace sotto::node
