// Results in tests: steps that a test takes for granted, and which error came.
#pragma once
#include <stdexcept>
#include <string>
#include <type_traits>

#include "base/error.h"

namespace sotto {

// The value; an exception that names the error otherwise.
template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().name() + ": " + result.error().text());
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

// The stable name of the error, empty when there is none.  Says so, too, when the text is no
// full sentence.
template <class T>
std::string error_of(const Result<T>& result) {
  if (result) return "";
  const bool sentence =
      result.error().text().ends_with('.') || result.error().text().ends_with('?');
  return result.error().name() + (sentence ? "" : " without a full sentence");
}

}  // namespace sotto
