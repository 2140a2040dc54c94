#include "node/forget.h"

#include "base/text.h"
#include "node/json_fields.h"
#include "room/errors.h"
#include "store/contacts.h"
#include "store/rooms.h"

namespace sotto::node {
namespace {

// A contact, with the rooms that are theirs: without its host nothing of a room can be used.
struct Found {
  ForgetPlan plan;
  store::ToForget what;
};

Result<Found> find(Profile& profile, const ForgetRequest& request) {
  store::Database& database = profile.database();
  Found found;
  found.plan.who = request.who;
  const auto room = store::Rooms(database).by_name(request.who);
  if (!room) return std::unexpected(room.error());
  if (*room) {
    found.plan.kind = "room";
    found.plan.rooms.push_back((*room)->name);
    found.what.rooms.push_back((*room)->id);
    return found;
  }
  const auto contact = store::Contacts(database).by_name(request.who);
  if (!contact) return std::unexpected(contact.error());
  if (!*contact) {
    return fail(room::Errc::unknown,
                "There is no room or contact called " + displayable(request.who) + ".");
  }
  found.plan.kind = "contact";
  found.plan.fingerprint = crypto::to_string((*contact)->fingerprint);
  found.what.person = (*contact)->identity_pk;
  const auto rooms = store::Rooms(database).all();
  if (!rooms) return std::unexpected(rooms.error());
  for (const store::RoomRow& row : *rooms) {
    if (row.hosted || row.host != (*contact)->identity_pk) continue;
    found.plan.rooms.push_back(row.name);
    found.what.rooms.push_back(row.id);
  }
  return found;
}

Result<ForgetPlan> measured(Profile& profile, Found found) {
  const auto size = store::measure(profile.database(), found.what);
  if (!size) return std::unexpected(size.error());
  found.plan.messages = size->messages;
  found.plan.waiting = size->waiting;
  found.plan.memberships = size->memberships;
  found.plan.invites = size->invites;
  return std::move(found.plan);
}

}  // namespace

Result<ForgetPlan> plan_forgetting(Profile& profile, const ForgetRequest& request) {
  auto found = find(profile, request);
  if (!found) return pass(found);
  return measured(profile, std::move(*found));
}

Result<store::ToForget> find_to_forget(Profile& profile, const ForgetRequest& request) {
  auto found = find(profile, request);
  if (!found) return pass(found);
  return std::move(found->what);
}

Result<Forgotten> carry_out_forgetting(Profile& profile, const ForgetRequest& request) {
  auto found = find(profile, request);
  if (!found) return pass(found);
  const store::ToForget what = found->what;
  auto plan = measured(profile, std::move(*found));
  if (!plan) return pass(plan);
  const auto log_emptied = store::forget(profile.database(), what);
  if (!log_emptied) return std::unexpected(log_emptied.error());
  return Forgotten{std::move(*plan), *log_emptied};
}

Result<ForgetPlan> plan_forgetting(Access& access, const std::string& who) {
  return access.ask<ForgetPlan, ForgetRequest, plan_forgetting>("forgettable", {who});
}

Result<Forgotten> forget(Access& access, const std::string& who) {
  return access.ask<Forgotten, ForgetRequest, carry_out_forgetting>("forget", {who});
}

}  // namespace sotto::node
