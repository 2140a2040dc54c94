// Where rendezvous records of rooms are published and looked for, each as a
// rendezvous::Directory: this machine, shared folders, commands of the person's
// (docs/decisions/049).
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "node/directory_request.h"
#include "node/disk.h"
#include "node/record_folder.h"
#include "rendezvous/directory.h"

namespace sotto::node {

using SharedDirectory = std::shared_ptr<rendezvous::Directory>;

// Files are read and written on `disk`, which must outlive it.
SharedDirectory folder_directory(Disk& disk, RecordFolder folder);

// A command, run by /bin/sh with two words more:
//
//   COMMAND put KEY       the blob is on its standard input; it keeps it
//   COMMAND get KEY       prints the blob; prints nothing, or ends with 1, when there is none
//   COMMAND remove KEY
//
// What `put` and `remove` print is thrown away.//
// KEY is 64 hexadecimal letters, a blob 996 bytes.  Each has 30 s; any other end than by exit 0
// is a failure, to be tried again.
SharedDirectory command_directory(boost::asio::any_io_executor executor, std::string command);

// This machine's, and the folders that were asked for, and commands, if they may run.  Relays
// are relay_directory.h's.
std::vector<SharedDirectory> directories(const boost::asio::any_io_executor& executor,
                                         Disk& disk, const std::vector<DirectoryWord>& words,
                                         bool with_commands);

}  // namespace sotto::node
