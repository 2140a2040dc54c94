// Commands about people: contacts, verify.
#include <unistd.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/render_people.h"
#include "cli/streams.h"
#include "node/live.h"
#include "node/people.h"

namespace sotto::cli {
namespace {

using node::ContactInfo;
using Action = ContactsCommand::Action;

Result<ContactInfo> carry_out(const ContactsCommand& command, node::Access& access) {
  switch (command.action) {
    case Action::rename:
      return access.ask<ContactInfo, node::RenameRequest, node::rename_contact>(
          "rename", {command.who, command.name});
    case Action::block:
    case Action::unblock:
      return access.ask<ContactInfo, node::BlockRequest, node::block_contact>(
          "block", {command.who, command.action == Action::block});
    case Action::remove:
      return access.ask<ContactInfo, node::WhoRequest, node::remove_contact>("remove_contact",
                                                                             {command.who});
    case Action::list:
    case Action::show:
      break;
  }
  return access.ask<ContactInfo, node::WhoRequest, node::show_contact>("contact",
                                                                       {command.who});
}

std::string done_text(const ContactsCommand& command, const ContactInfo& contact,
                      const Style& style) {
  const std::string name = displayable(contact.name);
  switch (command.action) {
    case Action::rename:
      return "They are called " + name + " here from now on.\n";
    case Action::block:
      return name + " is blocked: out of all rooms of yours, until unblocked.\n";
    case Action::unblock:
      return name + " is blocked no more.\n";
    case Action::remove:
      return name + " is forgotten.\n";
    case Action::list:
    case Action::show:
      break;
  }
  return contact_text(contact, style);
}

// Shows what is to be compared and asks.
Result<void> compare(const ContactInfo& contact, node::Access& access,
                     const Surroundings& around) {
  const auto own = node::own_card(access);
  if (!own) return std::unexpected(own.error());
  const std::string text = comparison_text(contact, own->fingerprint, around.style);
  if (!around.globals.json) {
    if (auto printed = print(text); !printed) return printed;
  } else {
    write_all(STDERR_FILENO, text);
  }
  return around.asker.confirm(
      "Is this what " + displayable(contact.name) + " has on their side?",
      "Nobody can be asked: give --fingerprint FP with the one that they told you.",
      "Nothing was recorded. If theirs is another, somebody is in between: do not trust this "
      "contact.");
}

// Both people compare at the same time, and both must say yes.
Result<ContactInfo> compare_live(const VerifyCommand& command, const ContactInfo& contact,
                                 node::Access& access, const Surroundings& around) {
  const std::string name = displayable(contact.name);
  if (!around.asker.interactive()) {
    return fail(Errc::needs_flag,
                "--live asks what you see, and nobody can be asked: give --fingerprint FP with "
                "the one that they told you instead.");
  }
  if (around.globals.verbosity >= 0) {
    write_all(STDERR_FILENO,
              "Waiting until " + name + " runs `sotto verify --live` for you as well ...\n");
  }
  const auto ask = [&around, &name](const node::LiveReply& shown) {
    write_all(STDERR_FILENO, live_text(shown, around.style));
    return around.asker.confirm(
        "Does " + name + " see the same?", "Nobody can be asked.",
        "Nothing was recorded. If theirs is different, somebody is in between: do not trust "
        "this contact.");
  };
  return node::verify_live(access, {contact.fingerprint, command.timeout}, ask);
}

// By --fingerprint, or by what the person says of both fingerprints.
Result<ContactInfo> compare_cards(const VerifyCommand& command, const ContactInfo& contact,
                                  node::Access& access, const Surroundings& around) {
  if (!command.fingerprint) {
    if (auto compared = compare(contact, access, around); !compared) return pass(compared);
  }
  // What was shown is what is recorded, whatever has changed meanwhile.
  return access.ask<ContactInfo, node::VerifyRequest, node::verify_contact>(
      "verify", {contact.fingerprint, command.fingerprint.value_or(contact.fingerprint)});
}

}  // namespace

Result<void> run(const ContactsCommand& command, const Surroundings& around) {
  auto access = open_access(around, false);
  if (!access) return pass(access);
  if (command.action == Action::list) {
    const auto reply =
        access->ask<node::ContactsReply, node::NoRequest, node::list_contacts>("contacts", {});
    if (!reply) return std::unexpected(reply.error());
    return print(around.globals.json ? contacts_json(*reply)
                                     : contacts_text(*reply, around.style));
  }
  const auto contact = carry_out(command, *access);
  if (!contact) return std::unexpected(contact.error());
  return print(around.globals.json ? contact_json(*contact)
                                   : done_text(command, *contact, around.style));
}

Result<void> run(const VerifyCommand& command, const Surroundings& around) {
  auto access = open_access(around, false);
  if (!access) return pass(access);
  const auto contact =
      access->ask<ContactInfo, node::WhoRequest, node::show_contact>("contact", {command.who});
  if (!contact) return std::unexpected(contact.error());
  const auto verified = command.live ? compare_live(command, *contact, *access, around)
                                     : compare_cards(command, *contact, *access, around);
  if (!verified) return std::unexpected(verified.error());
  return print(around.globals.json
                   ? verified_json(*verified)
                   : displayable(verified->name) + " is verified from now on.\n");
}

}  // namespace sotto::cli
