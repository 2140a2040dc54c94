// The program: one command line to one exit code (docs/errors.md lists them).
#pragma once

namespace sotto::cli {

int run(int argc, const char* const* argv);

}  // namespace sotto::cli
