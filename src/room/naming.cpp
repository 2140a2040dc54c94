#include "room/naming.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "base/text.h"
#include "crypto/card.h"
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

// A name that nobody takes for something else that leads to a host: no address, path or URI,
// and neither a room's id, a fingerprint nor an onion address.
std::string harmless(std::string name) {
  std::ranges::replace_if(name, [](char c) { return c == ':' || c == '/'; }, '-');
  const bool is_room_id = name.size() == 2 * RoomId::size && from_hex(name).has_value();
  const bool is_id = is_room_id || crypto::parse_fingerprint(name).has_value();
  return is_id || name.ends_with(".onion") ? with_suffix(name, "-1") : name;
}

}  // namespace

Result<std::string> free_name(store::Database& database, const std::string& from_elsewhere) {
  const std::string wanted = harmless(from_elsewhere);
  const auto numbered = [&wanted](unsigned n) {
    return n == 1 ? wanted : with_suffix(wanted, "-" + std::to_string(n));
  };
  // Doubled until it is free, then halved to where it begins to be: whoever introduces
  // thousands of one name does not make each cost thousands of questions.
  unsigned taken = 0;
  unsigned free = 1;
  while (true) {
    const auto used = in_use(database, numbered(free));
    if (!used) return std::unexpected(used.error());
    if (!*used) break;
    taken = std::exchange(free, free * 2);
  }
  while (free - taken > 1) {
    const unsigned between = taken + (free - taken) / 2;
    const auto used = in_use(database, numbered(between));
    if (!used) return std::unexpected(used.error());
    (*used ? taken : free) = between;
  }
  return numbered(free);
}

}  // namespace sotto::room
