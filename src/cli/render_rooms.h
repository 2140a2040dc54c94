// Rooms and invites as one JSON object and as lines for people.
#pragma once
#include <string>

#include "cli/style.h"
#include "node/invite_list.h"
#include "node/rooms.h"

namespace sotto::cli {

std::string rooms_json(const node::RoomsReply& reply);
std::string rooms_text(const node::RoomsReply& reply, const Style& style);
std::string room_json(const node::RoomDetails& details);
std::string room_text(const node::RoomDetails& details, const Style& style);

std::string closed_json(const node::CloseReply& reply);
std::string removed_json(const node::RoomInfo& room);
std::string kicked_json(const node::KickReply& reply);

std::string invites_json(const node::InvitesReply& reply);
std::string invites_text(const node::InvitesReply& reply, const Style& style);
std::string invite_json(const node::InviteInfo& invite);

}  // namespace sotto::cli
