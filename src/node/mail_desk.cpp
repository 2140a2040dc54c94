#include "node/mail_desk.h"

namespace sotto::node {

OpenDesk desk_opener(Runtime& runtime) {
  return [&runtime](const std::string& url, bool over_tor) {
    return runtime.relays().desk(url, over_tor);
  };
}

}  // namespace sotto::node
