// contacts, verify.
#include "cli/understand.h"

namespace sotto::cli {
namespace {

using Kind = FlagSpec::Kind;
using Names = FlagSpec::Names;

// As ContactsCommand::Action.
constexpr const char* contact_actions = "list show rename block unblock remove";

Result<ContactsCommand> understand_contacts(const Words& words) {
  using Action = ContactsCommand::Action;
  constexpr std::string_view keys[] = {"WHO", "NEW"};
  const auto action = understand_action(words, "contacts", contact_actions);
  if (!action) return std::unexpected(action.error());
  ContactsCommand out;
  out.action = static_cast<Action>(*action);
  const std::size_t count = out.action == Action::list     ? 0
                            : out.action == Action::rename ? 2
                                                           : 1;
  const std::string command = "contacts " + words.text("ACTION").value_or("list");
  if (auto checked = check_words(words, command, keys, count); !checked) return pass(checked);
  out.who = words.text("WHO").value_or("");
  out.name = words.text("NEW").value_or("");
  return out;
}

Result<VerifyCommand> understand_verify(const Words& words) {
  auto who = words.need("verify", "CONTACT");
  if (!who) return pass(who);
  VerifyCommand out;
  out.who = std::move(*who);
  out.fingerprint = words.text("--fingerprint");
  out.live = words.has("--live");
  if (out.live && (out.fingerprint || words.has("--yes"))) {
    return usage("--live asks both of you what you see: leave --fingerprint and --yes out.");
  }
  if (words.has("--timeout") && !out.live) {
    return usage("--timeout is how long --live waits, which is not given.");
  }
  if (auto limit = understand_timeout(words, out.timeout); !limit) return pass(limit);
  if (words.has("--yes") && !out.fingerprint) {
    return usage(
        "Nobody can say yes to a fingerprint unseen: give --fingerprint FP with the one that "
        "they told you.");
  }
  return out;
}

Result<Command> contacts(const Words& words) {
  return widened(understand_contacts(words));
}
Result<Command> verify(const Words& words) {
  return widened(understand_verify(words));
}

}  // namespace

CommandSpec contacts_spec() {
  return {
      .name = "contacts",
      .about = "Show, name, block and remove the people this profile knows",
      .examples =
          "  sotto contacts                          list them all\n"
          "  sotto contacts show anna                with the safety number\n"
          "  sotto contacts rename anna-2 anna-work\n"
          "  sotto contacts block mallory            cut off at once, in all rooms of ours\n"
          "  sotto contacts remove bob\n\n"
          "WHO is our name for somebody, or a fingerprint.  Names prove nothing: `sotto "
          "verify` does.",
      .flags = {{.names = "ACTION",
                 .about = "list (default), show, rename, block, unblock or remove",
                 .choices = contact_actions},
                {.names = "WHO",
                 .about = "Whom",
                 .whose = Names::contacts,
                 .actions = "show rename block unblock remove"},
                {.names = "NEW", .about = "The new name, for rename", .actions = "rename"}},
      .understand = contacts};
}

CommandSpec verify_spec() {
  return {.name = "verify",
          .about = "Make sure that a contact is who you think",
          .examples =
              "  sotto verify anna       compare fingerprints by voice, then say yes\n"
              "  sotto verify anna --live   both run this, in one room: compare seven emoji\n"
              "  sotto verify anna --fingerprint \"$(ssh anna@host sotto id --json | jq -r "
              ".fingerprint)\"\n\n"
              "Compare by another way than this one: in person, by voice, from a printed card.",
          .flags = {{.names = "CONTACT",
                     .about = "Our name for them",
                     .required = true,
                     .whose = Names::contacts},
                    {.names = "--fingerprint",
                     .type = "FP",
                     .about = "The one they told you: recorded if it is theirs, else exit 4"},
                    {.names = "--live",
                     .kind = Kind::on,
                     .about = "Compare emoji or numbers while both of you are here"},
                    {.names = "--timeout",
                     .type = "TIME",
                     .about = "How long --live waits for the other (default 2m)"},
                    {.names = "--yes",
                     .kind = Kind::on,
                     .about = "Ask nothing; needs --fingerprint"}},
          .understand = verify};
}

}  // namespace sotto::cli
