// A relay as a directory of rendezvous records (docs/protocol.md section 7).
#pragma once
#include "node/directories.h"
#include "node/relay_desk.h"
#include "node/relays.h"

namespace sotto::node {

// The errors of its calls are RelayDesk::ask()'s; that there is no such record is none.
SharedDirectory relay_directory(std::shared_ptr<RelayDesk> desk);

// Adds those that are named, and those of the ways to a room (wire/connection_file.h), each
// once.
void add_relay_directories(const Relays& relays, const std::vector<DirectoryWord>& words,
                           const std::vector<ByteView>& reaches, bool over_tor,
                           std::vector<SharedDirectory>& to);

}  // namespace sotto::node
