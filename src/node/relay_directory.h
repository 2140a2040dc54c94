// A relay as a directory of rendezvous records (docs/protocol.md section 7).
#pragma once
#include "node/directories.h"
#include "node/relay_desk.h"

namespace sotto::node {

// The errors of its calls are RelayDesk::ask()'s; that there is no such record is none.
SharedDirectory relay_directory(std::shared_ptr<RelayDesk> desk);

}  // namespace sotto::node
