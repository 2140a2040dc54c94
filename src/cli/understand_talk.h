// Flags that host, listen, join and send share: understand_talk.cpp.
#pragma once
#include "cli/understand.h"

namespace sotto::cli {

// --tor, --leave-tor.  Errc::usage for both.
FlagSpecs flags_of_tor();
Result<TorFlags> understand_tor(const Words& words);

// --relay, as RelayRequest has it.  relay.url.
FlagSpecs flags_of_relays(bool of_a_host);
Result<std::vector<std::string>> understand_relays(const Words& words);

// --accept, --max-size.
FlagSpecs flags_of_files();
Result<node::AcceptRequest> understand_accept(const Words& words);

// --trust-new, --password-file.
FlagSpecs flags_of_an_open_room();
OpenFlags understand_open(const Words& words);

FlagSpec flag_of_a_chat();  // --plain

}  // namespace sotto::cli
