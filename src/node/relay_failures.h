// What is said of relays that did not lead to the host.
#pragma once
#include <optional>
#include <string>

#include "base/error.h"
#include "wire/connection_file.h"

namespace sotto::node {

// A relay that cannot be reached at the moment, or a proxy before it.
bool may_come_back(const Error& error);

// `why` no link came about through `relay`, in its name: one that leads to somebody else, or to
// nobody who speaks, is to blame for that.
Error relay_trouble(const Error& why, const wire::RelaySlot& relay);

// Of several ways that failed one after the other.
class RelayFailures {
 public:
  // `before`: why the ways before the relays have failed.
  explicit RelayFailures(std::optional<Error> before) : before_(std::move(before)) {}
  void add(const Error& why);

  // All that was said, under the name of what may pass by itself, if there is such.  At least
  // one was added, or there was one before (asserted).
  Error result() const;

 private:
  std::optional<Error> before_;
  std::optional<Error> first_;
  std::optional<Error> passing_;
  std::string said_;
};

}  // namespace sotto::node
