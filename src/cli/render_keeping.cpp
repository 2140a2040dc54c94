#include "cli/render_keeping.h"

#include "base/text.h"
#include "cli/json_line.h"
#include "cli/style.h"

namespace sotto::cli {
namespace {

// "1 room", "2 rooms".
std::string counted(std::int64_t number, const std::string& one, const std::string& many) {
  return std::to_string(number) + " " + (number == 1 ? one : many);
}

std::string listed(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + displayable(name);
  return out;
}

// What goes with it, as the rest of a sentence.
std::string losses(const node::ForgetPlan& plan) {
  std::string out = counted(plan.messages, "message", "messages");
  if (plan.waiting > 0) {
    out += " (of which " + std::to_string(plan.waiting) + " not delivered to everybody)";
  }
  if (plan.memberships > 0)
    out += ", " + counted(plan.memberships, "membership", "memberships");
  if (plan.invites > 0) {
    out += ", " + counted(plan.invites, "connection file", "connection files") +
           " that will admit nobody";
  }
  return out;
}

Json json_of(const node::ForgetPlan& plan) {
  Json::Array rooms;
  for (const std::string& room : plan.rooms) rooms.emplace_back(room);
  return Json()
      .set("who", plan.who)
      .set("kind", plan.kind)
      .set("rooms", std::move(rooms))
      .set("messages", plan.messages)
      .set("waiting", plan.waiting)
      .set("memberships", plan.memberships)
      .set("invites", plan.invites);
}

Json with_contents(Json json, const node::Contents& contents) {
  return json.set("contacts", contents.contacts)
      .set("rooms", contents.rooms)
      .set("messages", contents.messages)
      .set("waiting", contents.waiting);
}

std::string contents_text(const node::Contents& contents) {
  return counted(contents.contacts, "contact", "contacts") + ", " +
         counted(contents.rooms, "room", "rooms") + ", " +
         counted(contents.messages, "message", "messages");
}

std::string lock_name(bool passphrase) {
  return passphrase ? "passphrase" : "key_file";
}

}  // namespace

std::string plan_text(const node::ForgetPlan& plan) {
  std::string out = "Forgetting the " + plan.kind + " " + displayable(plan.who);
  if (plan.kind == "contact" && !plan.rooms.empty()) {
    out += ", with the rooms that they host (" + listed(plan.rooms) + "),";
  }
  return out + " destroys " + losses(plan) +
         ", and the keys that belong to them.  It cannot be undone.  Rooms that are open are "
         "closed.  Backup files keep what they have.\n";
}

std::string forgotten_json(const node::Forgotten& forgotten) {
  return json_line(json_of(forgotten.plan).set("log_emptied", forgotten.log_emptied));
}

std::string forgotten_text(const node::Forgotten& forgotten) {
  std::string out = "Forgotten: " + displayable(forgotten.plan.who) + ", with " +
                    losses(forgotten.plan) + ".\n";
  if (!forgotten.log_emptied) {
    out +=
        "Another process reads the store: the write-ahead log was not emptied, but opens with "
        "no key any more.\n";
  }
  return out;
}

std::string backed_up_json(const node::BackedUp& made, const std::string& file) {
  return json_line(
      with_contents(Json().set("file", file).set("created", to_rfc3339(made.created)),
                    made.contents)
          .set("bytes", static_cast<std::int64_t>(made.bytes)));
}

std::string backed_up_text(const node::BackedUp& made, const std::string& file) {
  return displayable(file) + " holds this profile: " + contents_text(made.contents) +
         ".\nWhoever opens it is you: keep it like the profile itself.\n";
}

std::string restored_json(const node::Restored& restored, const std::string& home) {
  return json_line(with_contents(Json()
                                     .set("name", restored.card.name)
                                     .set("fingerprint", restored.card.fingerprint)
                                     .set("home", home)
                                     .set("locked_by", lock_name(restored.has_passphrase))
                                     .set("created", to_rfc3339(restored.created)),
                                 restored.contents)
                       .set("invites_void", restored.contents.invites));
}

std::string restored_text(const node::Restored& restored, const std::string& home) {
  std::string out = "Restored " + displayable(restored.card.name) + " (" +
                    restored.card.fingerprint + ") as of " + date_and_time(restored.created) +
                    " in " + displayable(home) + ": " + contents_text(restored.contents) +
                    ".\n";
  if (restored.contents.invites > 0) {
    out += counted(restored.contents.invites, "connection file", "connection files") +
           " given out before then will admit nobody: make new ones with `sotto export`.\n";
  }
  if (restored.contents.waiting > 0) {
    out +=
        "What waited to be delivered goes out again; who has it already does not see it "
        "twice.\n";
  }
  return out;
}

std::string relocked_json(const node::Relocked& relocked) {
  return json_line(Json()
                       .set("locked_by", lock_name(relocked.has_passphrase))
                       .set("was_locked_by", lock_name(relocked.had_passphrase)));
}

std::string relocked_text(const node::Relocked& relocked) {
  if (relocked.has_passphrase) {
    return relocked.had_passphrase
               ? "The passphrase of the profile is changed.\n"
               : "The profile is locked by a passphrase now; the key file is gone.\n";
  }
  return relocked.had_passphrase ? "The profile is locked by a key file beside it now: whoever "
                                   "reads the folder can "
                                   "open it.\n"
                                 : "The profile is locked by its key file as before.\n";
}

}  // namespace sotto::cli
