// What the last word of a command line that is being typed may become, by the tables of the
// command line (spec.h).  Knows no shell and no profile: those who ask bring the words apart,
// and look up names and files themselves.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cli/spec.h"

namespace sotto::cli {

struct Candidate {
  std::string word;
  std::string about;  // may be empty
};

struct Completion {
  enum class Paths { none, files, folders };

  std::vector<Candidate> candidates;  // whole words, that begin with the one being typed
  Paths paths = Paths::none;          // that may stand there besides
  FlagSpec::Names whose = FlagSpec::Names::none;  // and whose names
  std::string before;  // what a name or path stands behind within its word: "--export="
  std::string typed;   // what there is of it
  // Given further in front.
  std::optional<std::string> home;
  std::optional<std::string> config;
};

// `words` are those after "sotto", the last one is being typed (it may be empty).
Completion complete(std::span<const std::string> words);

// Adds those of `names` that begin with what was typed.
void add_names(Completion& completion, std::span<const Candidate> names);

}  // namespace sotto::cli
