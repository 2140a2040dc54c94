// What waits in the outbox: listed, cancelled, and (agent_outbox.cpp) sent on its way.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "node/profile.h"
#include "node/requests.h"

namespace sotto::node {

class Access;
class EventSink;

// One message that waits for one recipient.
struct OutboxItem {
  std::string id;    // hex
  std::string room;  // by name
  std::string to;    // the recipient's fingerprint
  std::string name;  // and name; both empty when there is no contact of theirs any more
  bool own = true;   // else a message of a member, for another
  WallTime queued;
  milliseconds age{};
  std::size_t size = 0;  // bytes of text
  bool relayed = false;  // it lies on a relay, too, until they fetch it
  // Of this process, if it has tried.
  std::optional<int> attempts;
  std::optional<Error> error;
  static void fields(auto& self, auto&& field) {
    field("id", self.id);
    field("room", self.room);
    field("to", self.to);
    field("name", self.name);
    field("own", self.own);
    field("queued", self.queued);
    field("age_ms", self.age);
    field("size", self.size);
    field("relayed", self.relayed);
    field("attempts", self.attempts);
    field("error", self.error);
  }
};

// At most outbox_list_limit of them, oldest first, and how many there are.
inline constexpr std::size_t outbox_list_limit = 1000;
struct OutboxReply {
  std::vector<OutboxItem> messages;
  std::size_t total = 0;
  static void fields(auto& self, auto&& field) {
    field("messages", self.messages);
    field("total", self.total);
  }
};

struct CancelRequest {
  std::string id;  // as `send` and `outbox` show it, or as `--id` named it
  static void fields(auto& self, auto&& field) { field("id", self.id); }
};

struct FlushRequest {
  milliseconds timeout{30'000};
  static void fields(auto& self, auto&& field) { field("timeout_ms", self.timeout); }
};

struct FlushReply {
  std::size_t delivered = 0;
  std::size_t left = 0;
  std::optional<Error> error;  // outbox.waits, when something is left
  static void fields(auto& self, auto&& field) {
    field("delivered", self.delivered);
    field("left", self.left);
    field("error", self.error);
  }
};

// On the store's thread.
struct ListedOutbox {
  OutboxReply reply;
  std::vector<RoomId> rooms;  // of each message
};
Result<ListedOutbox> list_outbox(Profile& profile);
Result<OutboxReply> outbox_of(Profile& profile, const NoRequest& request);
// Takes a message of ours out: by its id, or by what `--id` called it.  message.unknown.
Result<CancelRequest> take_out(Profile& profile, const CancelRequest& request);

// --- the commands

Result<OutboxReply> outbox(Access& access);
Result<CancelRequest> cancel_message(Access& access, const CancelRequest& request);
// A Result's error means that nothing was tried.  `sink` hears of progress.
Result<FlushReply> flush_outbox(Access& access, const FlushRequest& request, EventSink& sink);

}  // namespace sotto::node
