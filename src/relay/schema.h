// The tables of a relay's store, and how files of earlier versions become this one.
#pragma once
#include "base/entropy.h"
#include "crypto/keys.h"
#include "store/errors.h"

namespace sotto::store {
class Connection;
}

namespace sotto::relay {

inline constexpr std::int64_t application_id = 0x736f7472;  // "sotr"

// Looks only: store's damaged for a database that is not ours (an empty one may become it),
// newer.
Result<void> check_ours(store::Connection& connection);

// Brings the file to the newest version and returns the key that payers are hashed with.
Result<crypto::SymmetricKey> prepare_schema(store::Connection& connection, Entropy& entropy);

}  // namespace sotto::relay
