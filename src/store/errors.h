// What can go wrong in store/: all of them exit 7 but a wrong passphrase (5) and a name that is
// taken (2).
#pragma once
#include "base/error.h"

namespace sotto::store {

enum class Errc {
  no_profile = 1,  // store.no_profile: nothing was made in this home yet
  exists,          // store.exists: a profile is here already
  passphrase,      // store.wrong_passphrase (exit 5)
  key_file,        // store.key_file: profile.key is missing, unreadable by us or too open, or
                   // belongs to another profile
  locked,          // store.locked: another process owns the profile, or writes for too long
  damaged,         // store.damaged: file, page or sealed value is not what was written
  newer,           // store.newer: written by a newer sotto
  full,            // store.full: no space left on the device
  read_only,       // store.read_only: the home or a file in it may not be written
  io,              // store.io: the operating system reported an error
  name_taken,      // store.name_taken (exit 2)
  gone,            // store.gone: the room or message meant was removed meanwhile
};
std::error_code make_error_code(Errc code) noexcept;
std::span<const ErrorEntry> error_table();

}  // namespace sotto::store

template <>
struct std::is_error_code_enum<sotto::store::Errc> : std::true_type {};
