// Values of the floors below as the command line shows them.
#pragma once
#include <string>

#include "base/encoding.h"
#include "node/events.h"
#include "store/contacts.h"
#include "wire/room_frame.h"

namespace sotto::node {

inline std::string id_text(const MessageId& id) {
  return to_hex(id.view());
}

inline MessageEvent message_event(const wire::Message& message, const store::ContactRow& author,
                                  const std::string& room, bool again) {
  return {id_text(message.id),
          crypto::to_string(author.fingerprint),
          author.name,
          author.verified,
          message.text,
          message.time,
          again,
          room};
}

inline MemberEvent member_event(const store::ContactRow& who, bool joined,
                                const std::string& room) {
  return {crypto::to_string(who.fingerprint), who.name, who.verified, joined, room};
}

inline NoticeEvent unverified_host(const std::string& fingerprint) {
  return {"host.unverified",
          "Nothing vouches for the host of this room: compare the fingerprint " + fingerprint +
              " with theirs over another channel."};
}

}  // namespace sotto::node
