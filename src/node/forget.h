// `sotto forget`: rooms and people, for good (store/forget.h says how).
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "node/access.h"
#include "store/forget.h"

namespace sotto::node {

struct ForgetRequest {
  std::string who;  // a room or contact by name
  static void fields(auto& self, auto&& field) { field("who", self.who); }
};

// What `who` is, and what would go with it.
struct ForgetPlan {
  std::string who;
  std::string kind;                // "room" or "contact"
  std::string fingerprint;         // of a contact
  std::vector<std::string> rooms;  // by name: the room, or those that the contact hosts
  std::int64_t messages = 0;
  std::int64_t waiting = 0;      // messages that have not reached everybody
  std::int64_t memberships = 0;  // places in rooms of ours
  std::int64_t invites = 0;      // connection files that admit nobody any more
  static void fields(auto& self, auto&& field) {
    field("who", self.who);
    field("kind", self.kind);
    field("fingerprint", self.fingerprint);
    field("rooms", self.rooms);
    field("messages", self.messages);
    field("waiting", self.waiting);
    field("memberships", self.memberships);
    field("invites", self.invites);
  }
};

struct Forgotten {
  ForgetPlan plan;
  // False: another process reads the store, so its log was not emptied.  What the log holds
  // opens with no key any more.
  bool log_emptied = true;
  static void fields(auto& self, auto&& field) {
    field("plan", self.plan);
    field("log_emptied", self.log_emptied);
  }
};

// --- on the store's thread

// room.unknown when there is nobody and nothing of that name.
Result<ForgetPlan> plan_forgetting(Profile& profile, const ForgetRequest& request);
Result<store::ToForget> find_to_forget(Profile& profile, const ForgetRequest& request);
// In no transaction, and while none of the rooms is open.
Result<Forgotten> carry_out_forgetting(Profile& profile, const ForgetRequest& request);

// --- commands

Result<ForgetPlan> plan_forgetting(Access& access, const std::string& who);
// Rooms that are open here are closed first.
Result<Forgotten> forget(Access& access, const std::string& who);

}  // namespace sotto::node
