// Files that a person names: read whole, written whole or not at all.
#pragma once
#include <filesystem>
#include <string>

#include "base/bytes.h"
#include "base/error.h"

namespace sotto::node {

// All of `file` ("-": standard input).  file_io; crypto's not_sealed_file for more than `limit`
// bytes, `what` naming what it should have been: "a connection file".
Result<Bytes> read_file(const std::string& file, std::size_t limit, const std::string& what);

// Errc::file_exists unless `force` or "-".  To be asked before anything is changed.
Result<void> check_writable(const std::filesystem::path& file, bool force);

// Writes with mode 0600; "-" is standard output.  file_io, store's full.
Result<void> write_file(const std::filesystem::path& file, ByteView bytes);

}  // namespace sotto::node
