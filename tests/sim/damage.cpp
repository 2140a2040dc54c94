#include "damage.h"

#include <utility>

#include "base/big_endian.h"

namespace sotto::sim {

Damage draw_damage(World& world) {
  return static_cast<Damage>(world.draw(1, static_cast<std::uint64_t>(last_damage)));
}

Bytes damaged(Damage damage, ByteView record, World& world) {
  Bytes out = to_bytes(record);
  const std::size_t at = world.draw(0, out.size() - 1);
  const auto here = out.begin() + static_cast<std::ptrdiff_t>(at);
  switch (damage) {
    case Damage::none:
      break;
    case Damage::flip_bit:
      *here ^= static_cast<std::byte>(1U << world.draw(0, 7));
      break;
    case Damage::drop_byte:
      out.erase(here);
      break;
    case Damage::duplicate_byte:
      out.insert(here, *here);
      break;
    case Damage::swap_bytes:
      std::swap(*here, out[world.draw(0, out.size() - 1)]);
      break;
    case Damage::cut_short:
      out.resize(at);
      break;
    case Damage::claim_more:
      store_be<std::uint16_t>(out, 0xffff);
      break;
    case Damage::duplicate_record:
      append(out, record);
      break;
    case Damage::drop_record:
    case Damage::swap_records:
      return {};
  }
  return out;
}

}  // namespace sotto::sim
