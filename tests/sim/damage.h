// What can happen to a record on its way.
#pragma once
#include <cstdint>

#include "base/bytes.h"
#include "world.h"

namespace sotto::sim {

enum class Damage : std::uint8_t {
  none,
  flip_bit,
  drop_byte,
  duplicate_byte,
  swap_bytes,
  cut_short,   // loses its end
  claim_more,  // says that it is as long as records get
  drop_record,
  duplicate_record,
  swap_records,  // arrives after the one that follows it
};
inline constexpr Damage last_damage = Damage::swap_records;

Damage draw_damage(World& world);  // never none

// What arrives instead of `record`.  Nothing of a record that the next one overtakes: the
// caller keeps it.
Bytes damaged(Damage damage, ByteView record, World& world);

}  // namespace sotto::sim
