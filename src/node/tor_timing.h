// How long the keepers of tor and of onion services wait for what.  Tests wait less.
#pragma once
#include "base/time.h"

namespace sotto::node {

struct TorTiming {
  // For the answer to any command: a busy tor is slow, a hanging one is given up.
  milliseconds answer{20'000};
  // Between two looks at a tor that nobody asks anything.
  milliseconds beat{5'000};
  // For what our tor has taken and not sent yet, before it is asked to end: it drops the rest.
  milliseconds drain{300};
  // For it to end when it is asked to.
  milliseconds stop{5'000};
  // For it to take a service down when that is asked; one that hangs is not waited for.
  milliseconds farewell{2'000};
  // Before another attempt to bring tor back; doubled up to the longest.  To start a program
  // costs more than to look whether one is there again.
  milliseconds pause{250};
  milliseconds longest_pause_of_own{30'000};
  milliseconds longest_pause_of_others{2'000};
  // A tor that was ready for so long did not end because of how it was started.
  milliseconds settled{10'000};
  // A tor through which nothing comes is started anew, but not more often than this.
  milliseconds suspicion{600'000};

  // Before another attempt to connect to a service; doubled up to the longest.
  milliseconds redial{250};
  milliseconds longest_redial{5'000};
  // For one such attempt; doubled up to the longest.
  milliseconds attempt{10'000};
  milliseconds longest_attempt{45'000};

  // Before a service that tor did not take is given to it again; doubled up to the longest.
  // Tor forgets those of a connection that has ended when it notices that it has.
  milliseconds publish_pause{250};
  milliseconds longest_publish_pause{15'000};
  // For the first upload of a descriptor.  To look for it before would only teach tor whom not
  // to ask again.
  milliseconds upload{3'000};
  // For one probe, and for the fetch of a descriptor before it; doubled up to the longest.  A
  // circuit that is good answers within seconds, and another is better than a slow one, but for
  // a network where all are slow.
  milliseconds probe{8'000};
  milliseconds longest_probe{45'000};
  // Before the next probe when nobody has answered since it was published; doubled up to the
  // longest.  Descriptors reach their directories within seconds.
  milliseconds retry{200};
  milliseconds longest_retry{10'000};
  // Before the next when somebody has: that is no matter of milliseconds.
  milliseconds retry_after_answer{5'000};
  // A service that never answered is published anew after this, and later each time.
  milliseconds renewal{60'000};
};

}  // namespace sotto::node
