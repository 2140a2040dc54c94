#include "node/room_password.h"

#include "base/text.h"
#include "node/errors.h"

namespace sotto::node {

Result<Secret> room_password(const Secret& typed) {
  auto password =
      typed.empty() || typed.size() > room_password_limit ? std::nullopt : to_nfc(typed.view());
  if (!password) {
    return fail(Errc::bad_password,
                "The password of a room is 1 to 1024 bytes of UTF-8 text; this is not.");
  }
  return std::move(*password);
}

Result<void> settle_door(HostRequest& request) {
  if (!request.password) return {};
  auto password = room_password(*request.password);
  if (!password) return pass(password);
  request.password = std::move(*password);
  request.open = true;
  return {};
}

}  // namespace sotto::node
