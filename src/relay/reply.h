// What a request comes to.
#pragma once
#include "wire/relay_message.h"

namespace sotto::relay {

using Reply = decltype(wire::RelayReply::kind);

inline Reply refused(wire::RelayRefusal reason) {
  return wire::RelayRefused{reason};
}

}  // namespace sotto::relay
