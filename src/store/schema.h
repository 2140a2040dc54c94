// The tables, and how files of earlier versions become this one.
//
// `user_version` counts the migrations a file has had; `application_id` says that it is ours.
// For store/ only.
#pragma once
#include <cstdint>
#include <span>

#include "store/connection.h"

namespace sotto::store {

inline constexpr std::int64_t application_id = 0x736f7474;  // "sott"

// migrations()[n] takes a file from version n to n + 1.
std::span<const char* const> migrations();

// Looks only: Errc::damaged for a database that is not ours (an empty one may become it),
// Errc::newer for one that a newer sotto wrote.  After an error the connection is of no use.
Result<void> check_ours(Connection& connection);

// Brings the file to the newest version, loads its keys into the connection's ring and proves
// with the sealed canary that they are this file's.
Result<void> prepare_schema(Connection& connection);

}  // namespace sotto::store
