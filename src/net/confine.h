// Takes from this process what it never needs, so that whoever breaks into it comes no further:
// files by Landlock, system calls by seccomp (docs/decisions/036-the-owner-confines-itself.md).
//
// It cannot be undone, and holds for whatever is started from then on: tor and its plugins too.
// Where the kernel lacks one of the two, the other holds, and what is missing is told.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace sotto::net {

// What may still be touched besides what every program needs (the system's programs, libraries
// and settings to read, /dev/null and its like to write).  Paths that are not there are left
// out.
struct Confinement {
  std::vector<std::filesystem::path> writable;  // files, or folders with all that is in them
  // Folders in which folders and sockets may be made and removed, but no file.
  std::vector<std::filesystem::path> sockets_in;
  std::vector<std::filesystem::path> programs;  // to be run: files, or folders of them
  std::vector<std::filesystem::path> readable;
  bool reads_everything = false;  // as far as file modes let it; else `readable` counts
};

struct Confined {
  bool files = false;  // Landlock holds
  bool calls = false;  // seccomp holds
  // Sentences on what does not; empty where both do.
  std::vector<std::string> missing = {};
};

// For a process with one thread: Landlock holds for the thread that asks for it and what it
// starts, so with others about it is left out.  Also forbids that a program which is run gains
// rights by its mode (PR_SET_NO_NEW_PRIVS).
Confined confine(const Confinement& wanted);

// What confine() has come to in this process; nothing holds before.
const Confined& confined();

// What this kernel could do; nothing is changed.
Confined confinement_support();

}  // namespace sotto::net
