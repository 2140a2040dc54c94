// Who takes what happens on the channels of a session that are not the conversation's: files
// and forwards.
#pragma once
#include "session/session.h"

namespace sotto::room {

class ChannelUser {
 public:
  virtual ~ChannelUser() = default;

  // Whatever the session has to tell of a channel from first_dynamic_channel on, in order.
  // Credit of messages is the user's to give back, channels that it does not want are its to
  // close.
  virtual void on_event(session::SessionEvent event) = 0;
};

}  // namespace sotto::room
