// What tor prints, made fit for one of our sentences.
#pragma once
#include <string>
#include <string_view>

namespace sotto::net {

// The last warnings and errors in `output`, which is tor's log as it prints it, without their
// dates; the last line when there are none; empty when there is nothing.
//
//   Nov 21 14:59:08.000 [warn] Failed to parse/validate config: Unknown option 'Foo'.
std::string last_words(std::string_view output);

}  // namespace sotto::net
