// The process that owns a profile's sessions, as a command sees it: this process or another
// (docs/rpc.md).  Calls and answers are JSON, so that both are the same to the caller.
#pragma once
#include <functional>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/json.h"

namespace sotto::node {

class Owner {
 public:
  using Done = std::function<void(Result<Json>)>;
  // Parameters of an `event` or `ended` notification.  True: it was shown to somebody.
  using OnNotice = std::function<bool(const std::string& method, const Json& params)>;

  virtual ~Owner() = default;

  // `done` is called once, on the loop.
  virtual void call(std::string method, Json params, Done done) = 0;
  virtual void set_on_notice(OnNotice on_notice) = 0;

  // This client's rooms are left; no call or notice comes after.
  virtual void detach() = 0;
};

}  // namespace sotto::node
