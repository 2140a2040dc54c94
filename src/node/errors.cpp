#include "node/errors.h"

#include "base/json.h"
#include "crypto/errors.h"
#include "node/commands.h"
#include "noise/errors.h"
#include "rendezvous/record.h"
#include "room/errors.h"
#include "session/errors.h"
#include "store/errors.h"
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
};
const ErrorCategory category("node", entries);

}  // namespace

std::error_code make_error_code(Errc code) noexcept {
  return {static_cast<int>(code), category};
}
std::span<const ErrorEntry> error_table() {
  return entries;
}

std::vector<ErrorEntry> all_errors() {
  std::vector<ErrorEntry> all;
  for (const auto table :
       {json_error_table(), crypto::error_table(), noise::error_table(), wire::error_table(),
        store::error_table(), transport::error_table(), session::error_table(),
        rendezvous::error_table(), room::error_table(), error_table()}) {
    all.insert(all.end(), table.begin(), table.end());
  }
  return all;
}

}  // namespace sotto::node
