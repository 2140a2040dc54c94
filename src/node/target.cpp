#include "node/target.h"

#include <filesystem>

#include "base/encoding.h"
#include "base/text.h"
#include "node/connection_files.h"
#include "node/errors.h"
#include "node/json_fields.h"
#include "node/open_target.h"
#include "node/relays.h"
#include "node/system.h"
#include "node/target_text.h"
#include "room/tor_promise.h"
#include "store/contacts.h"
#include "store/members.h"
#include "store/rooms.h"
#include "wire/invite_uri.h"

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
  return fail(Errc::unknown_target,
              "There is no room, contact or file called " + displayable(name) +
                  ". Ask the host for a connection file and name that, or "
                  "for the address of an open room: HOST:PORT or ADDRESS.onion.");
}

bool is_file(const std::string& word) {
  std::error_code ignored;
  return std::filesystem::exists(word, ignored) &&
         !std::filesystem::is_directory(word, ignored);
}

TargetRequest named(std::string name) {
  TargetRequest request;
  request.name = std::move(name);
  return request;
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

// Somebody who is a member of rooms of ours.
Result<std::optional<Target>> by_member(store::Database& database, const std::string& name) {
  const auto contact = store::Contacts(database).by_name(name);
  if (!contact) return std::unexpected(contact.error());
  if (!*contact) return std::nullopt;
  auto all = store::Rooms(database).all();
  if (!all) return pass(all);
  Target target;
  OnlyMember only{(*contact)->identity_pk, name, {}};
  for (auto& room : *all) {
    if (!room.hosted) continue;
    const auto member = store::Members(database).find(room.id, only.identity);
    if (!member) return std::unexpected(member.error());
    if (!*member || (*member)->removed) continue;
    only.rooms.push_back(room.id);
    if (only.rooms.size() == 1) target.room = std::move(room);
  }
  if (only.rooms.empty()) return std::nullopt;
  target.only = std::move(only);
  return target;
}

std::unexpected<Error> no_onion() {
  return leaves_tor(
      "With --tor nothing is reached but onion services, and relays through Tor, and this room "
      "is known by other addresses only. Ask the host for a connection file made with "
      "`sotto host --tor`.");
}

// --tor and --leave-tor, for a room that is stored.
Result<void> settle_tor(store::Database& database, store::RoomRow& room,
                        const TorRequest& tor) {
  if (tor.leave) return room::lift_tor_promise(database, room);
  if (!tor.only) return {};
  const auto reach = wire::decode_reach(room.reach.view());
  if (!reach) return std::unexpected(reach.error());
  if (!reach->onion && reach->relays.empty()) return no_onion();
  return room::promise_tor(database, room);
}

// A proxy would lead to relays without Tor.
Result<void> check_proxy(const store::RoomRow& room, const TargetRequest& request) {
  return room.tor_only ? check_under_tor(request.relay) : Result<void>();
}

Result<Target> by_name(Profile& profile, const TargetRequest& request) {
  auto room = room_by_name(profile.database(), *request.name);
  if (!room) return pass(room);
  if (!*room) {
    auto member = by_member(profile.database(), *request.name);
    if (!member) return pass(member);
    if (!*member) return unknown(*request.name);
    return std::move(**member);
  }
  Target target;
  if (!(*room)->hosted) {
    auto joined = room::joined_room(profile.database(), std::move(**room));
    if (!joined) return pass(joined);
    if (auto checked = check_fingerprint(joined->host, request.fingerprint); !checked) {
      return pass(checked);
    }
    auto settled = profile.database().transaction(
        [&] { return settle_tor(profile.database(), joined->room, request.tor); });
    if (!settled) return pass(settled);
    if (auto checked = check_proxy(joined->room, request); !checked) return pass(checked);
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
    if (request.tor.leave) {
      // First: what is promised keeps no address that leaves Tor.
      auto lifted =
          room::lift_tor_promise(profile.database(), file->room_id, file->host.identity_pk);
      if (!lifted) return lifted;
    }
    auto joined = room::keep_connection(profile.database(), *file, request.as_name, wall_now());
    if (!joined) return pass(joined);
    auto settled = settle_tor(profile.database(), joined->room, request.tor);
    if (!settled) return settled;
    if (auto checked = check_proxy(joined->room, request); !checked) return checked;
    target.joined = std::move(*joined);
    return {};
  });
  if (!kept) return std::unexpected(kept.error());
  return target;
}

}  // namespace

Result<TargetRequest> target_of_file(const std::string& word, const FileKeys& keys) {
  if (wire::is_invite_uri(word)) {
    auto content = wire::from_invite_uri(word);
    if (!content) return pass(content);
    TargetRequest request;
    request.content = std::move(*content);
    return request;
  }
  if (word != "-" && !is_file(word)) return unknown(word);
  auto file = read_connection_file(word, keys);
  if (!file) return pass(file);
  TargetRequest request;
  request.introduced = file->lock == crypto::LockKind::passphrase;
  if (file->content) {
    request.content = std::move(*file->content);
  } else {
    request.file = std::move(file->sealed);
  }
  return request;
}

Result<TargetRequest> prepare_target(const KnownName& known, const std::string& word,
                                     const FileKeys& keys) {
  if (wire::is_invite_uri(word)) return target_of_file(word, keys);
  if (!is_path(word)) {
    const auto name = known({word});
    if (!name) return std::unexpected(name.error());
    if (*name) return named(**name);
  }
  if (is_path(word) || is_file(word)) return target_of_file(word, keys);
  if (const auto id = parse_room_id(word)) {
    const auto name = known({"", to_hex(id->view())});
    if (!name) return std::unexpected(name.error());
    if (*name) return named(**name);
  }
  auto open = open_target(word);
  if (!open) return pass(open);
  if (!*open) return unknown(word);
  TargetRequest request;
  request.open = std::move(**open);
  return request;
}

Result<std::optional<std::string>> known_name(Profile& profile, const NameRequest& request) {
  if (request.room_id) {
    const auto id = parse_room_id(*request.room_id);
    if (!id) return wrong_params("room_id");
    const auto room = store::Rooms(profile.database()).by_id(*id);
    if (!room) return std::unexpected(room.error());
    return *room ? std::optional((*room)->name) : std::nullopt;
  }
  const auto room = room_by_name(profile.database(), request.name);
  if (!room) return std::unexpected(room.error());
  if (*room) return std::optional(request.name);
  const auto member = by_member(profile.database(), request.name);
  if (!member) return std::unexpected(member.error());
  return *member ? std::optional(request.name) : std::nullopt;
}

Result<Target> resolve_target(Profile& profile, const TargetRequest& request) {
  if (request.name) return by_name(profile, request);
  if (request.content || request.file) return by_file(profile, request);
  return wrong_params("target");
}

}  // namespace sotto::node
