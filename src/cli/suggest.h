// "Did you mean ...?" for mistyped commands and flags.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sotto::cli {

// How many letters must be added, removed, replaced or swapped with their neighbour.
std::size_t edit_distance(std::string_view a, std::string_view b);

// The candidate nearest to `word`, if it is near enough to be what was meant.
std::optional<std::string> nearest(std::string_view word,
                                   std::span<const std::string> candidates);

}  // namespace sotto::cli
