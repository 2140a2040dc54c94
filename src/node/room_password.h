// The password of an open room, the same bytes on both sides however it was typed.
#pragma once
#include "base/error.h"
#include "base/secret.h"
#include "node/requests.h"

namespace sotto::node {

inline constexpr std::size_t room_password_limit = 1024;  // bytes

// In Unicode's normalization form C.  Errc::bad_password: empty, longer than the limit, or not
// UTF-8.
Result<Secret> room_password(const Secret& typed);

// What a `host` asks for, made plain: a password is normalized and opens the room.
// Errc::bad_password.
Result<void> settle_door(HostRequest& request);

}  // namespace sotto::node
