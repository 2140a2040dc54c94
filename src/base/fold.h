// Text without the difference between capital and small letters, for searching.
#pragma once
#include <string>
#include <string_view>

namespace sotto {

// Unicode case folding, composed: equal for texts that differ in case, or in how accents are
// put together.  Bytes that are not UTF-8 come back as they are.
std::string fold_case(std::string_view text);

}  // namespace sotto
