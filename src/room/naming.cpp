#include "room/naming.h"

#include "base/text.h"
#include "store/contacts.h"
#include "store/rooms.h"

namespace sotto::room {
namespace {

Result<bool> in_use(store::Database& database, const std::string& name) {
  const auto room = store::Rooms(database).by_name(name);
  if (!room) return std::unexpected(room.error());
  if (*room) return true;
  const auto contact = store::Contacts(database).by_name(name);
  if (!contact) return std::unexpected(contact.error());
  return contact->has_value();
}

// `name` cut so that `suffix` fits behind it, never inside a character.
std::string with_suffix(std::string name, const std::string& suffix) {
  while (name.size() + suffix.size() > name_limit || !is_name(name)) name.pop_back();
  return name + suffix;
}

}  // namespace

Result<std::string> free_name(store::Database& database, const std::string& wanted) {
  std::string name = wanted;
  for (int n = 2;; ++n) {
    const auto used = in_use(database, name);
    if (!used) return std::unexpected(used.error());
    if (!*used) return name;
    name = with_suffix(wanted, "-" + std::to_string(n));
  }
}

}  // namespace sotto::room
