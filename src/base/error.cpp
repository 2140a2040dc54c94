#include "base/error.h"

#include <cstdlib>

namespace sotto {

const ErrorEntry& ErrorCategory::entry(int value) const {
  for (const ErrorEntry& e : table_) {
    if (e.value == value) return e;
  }
  std::abort();
}

Kind Error::kind() const {
  const auto* category = dynamic_cast<const ErrorCategory*>(&code_.category());
  return category == nullptr ? Kind::failure : category->entry(code_.value()).kind;
}

}  // namespace sotto
