// Who answers what entering an open room asks: the flags, else the person at the terminal, else
// a sentence that names the flags.
#pragma once
#include "cli/asker.h"
#include "cli/invocation.h"
#include "node/commands.h"

namespace sotto::cli {

// Both must outlive what is returned.
node::OpenAnswers open_answers(const OpenFlags& flags, const Asker& asker);

}  // namespace sotto::cli
