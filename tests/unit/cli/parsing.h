// How command lines are understood, for the tests of what they may say.
#pragma once
#include <cstdlib>
#include <gtest/gtest.h>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "cli/command_line.h"

namespace sotto::cli {

using Typed = std::vector<std::string>;  // after the name of the program

inline Result<Invocation> parse_words(const Typed& words) {
  std::vector<const char*> argv{"sotto"};
  for (const std::string& word : words) argv.push_back(word.c_str());
  return parse(static_cast<int>(argv.size()), argv.data());
}

inline Invocation parsed(const Typed& words) {
  auto result = parse_words(words);
  if (!result) {
    ADD_FAILURE() << result.error().text();
    std::abort();
  }
  return std::move(*result);
}

template <class T>
T command(const Typed& words) {
  return std::get<T>(parsed(words).command);
}

inline std::string refusal(const Typed& words) {
  const auto result = parse_words(words);
  if (result) return "(was understood)";
  EXPECT_TRUE(result.error().is(Errc::usage));
  EXPECT_EQ(result.error().text().find('\n'), std::string::npos) << "one sentence";
  return result.error().text();
}

}  // namespace sotto::cli
