#include "node/people.h"

#include <algorithm>

#include "base/text.h"
#include "node/errors.h"
#include "room/membership.h"
#include "room/naming.h"
#include "store/members.h"
#include "store/rooms.h"
#include "wire/card.h"

namespace sotto::node {
namespace {

std::string list(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + displayable(name);
  return out;
}

// What the contact has to do with our rooms.
Result<void> add_rooms(store::Database& database, const store::ContactRow& contact,
                       ContactInfo& info) {
  const auto rooms = store::Rooms(database).all();
  if (!rooms) return std::unexpected(rooms.error());
  store::Members members(database);
  for (const auto& room : *rooms) {
    if (!room.hosted) {
      if (room.host == contact.identity_pk) info.hosts.push_back(room.name);
      continue;
    }
    const auto member = members.find(room.id, contact.identity_pk);
    if (!member) return std::unexpected(member.error());
    if (!*member) continue;
    if (!(*member)->removed) info.member_of.push_back(room.name);
    if ((*member)->last_seen) info.last_seen = std::max(info.last_seen, (*member)->last_seen);
  }
  return {};
}

Result<ContactInfo> describe(Profile& profile, const store::ContactRow& contact) {
  ContactInfo info;
  info.name = contact.name;
  info.fingerprint = crypto::to_string(contact.fingerprint);
  info.verified = contact.verified;
  info.blocked = contact.blocked;
  info.tor_only = contact.tor_only;
  info.added = contact.added;
  const auto card = wire::decode_card(contact.card);
  if (!card) return std::unexpected(card.error());
  info.card_name = card->name;
  if (auto added = add_rooms(profile.database(), contact, info); !added) return pass(added);
  return info;
}

Result<ContactInfo> put(Profile& profile, const store::ContactRow& contact) {
  if (auto done = store::Contacts(profile.database()).put(contact); !done) return pass(done);
  return describe(profile, contact);
}

// A contact that something still needs is not removed.
Result<void> check_unused(const ContactInfo& contact) {
  if (!contact.hosts.empty()) {
    return fail(Errc::contact_in_use,
                displayable(contact.name) + " hosts a room that is kept here (" +
                    list(contact.hosts) +
                    "): remove that first with `sotto rooms remove ROOM`, which deletes its "
                    "history.");
  }
  if (!contact.member_of.empty()) {
    return fail(Errc::contact_in_use,
                displayable(contact.name) + " belongs to a room of yours (" +
                    list(contact.member_of) +
                    "): first end that with `sotto rooms kick ROOM WHO`. To keep somebody out "
                    "of all your rooms, `sotto contacts block WHO`.");
  }
  return {};
}

}  // namespace

Result<store::ContactRow> find_contact(store::Database& database, const std::string& who) {
  store::Contacts contacts(database);
  // A name that reads like somebody's fingerprint must not stand for them.
  if (const auto fingerprint = crypto::parse_fingerprint(who)) {
    auto found = contacts.by_fingerprint(*fingerprint);
    if (!found) return pass(found);
    if (*found) return std::move(**found);
  }
  auto named = contacts.by_name(who);
  if (!named) return pass(named);
  if (*named) return std::move(**named);
  return fail(Errc::contact_unknown, "There is no contact called " + displayable(who) +
                                         ", or with that fingerprint. `sotto contacts` lists "
                                         "all.");
}

Result<ContactsReply> list_contacts(Profile& profile, const NoRequest&) {
  const auto all = store::Contacts(profile.database()).all();
  if (!all) return std::unexpected(all.error());
  ContactsReply reply;
  for (const auto& contact : *all) {
    auto info = describe(profile, contact);
    if (!info) return pass(info);
    reply.contacts.push_back(std::move(*info));
  }
  return reply;
}

Result<ContactInfo> show_contact(Profile& profile, const WhoRequest& request) {
  const auto contact = find_contact(profile.database(), request.who);
  if (!contact) return std::unexpected(contact.error());
  auto info = describe(profile, *contact);
  if (info) {
    info->safety_number =
        crypto::safety_number(crypto::fingerprint(profile.card()), contact->fingerprint);
  }
  return info;
}

Result<ContactInfo> rename_contact(Profile& profile, const RenameRequest& request) {
  auto contact = find_contact(profile.database(), request.who);
  if (!contact) return pass(contact);
  if (!is_name(request.name)) {
    return fail(Errc::bad_name,
                "A name has 1 to 64 bytes of text without control characters and without "
                "spaces at its ends. Choose another.");
  }
  // Rooms come first wherever a name is looked up: one of the same name would hide the contact.
  const auto room = store::Rooms(profile.database()).by_name(request.name);
  if (!room) return std::unexpected(room.error());
  if (*room) {
    return fail(store::Errc::name_taken, "A room is called " + displayable(request.name) +
                                             " already. Choose another name for this contact.");
  }
  contact->name = request.name;
  return put(profile, *contact);
}

Result<ContactInfo> block_contact(Profile& profile, const BlockRequest& request) {
  auto contact = find_contact(profile.database(), request.who);
  if (!contact) return pass(contact);
  contact->blocked = request.blocked;
  auto info = put(profile, *contact);
  if (!info) return info;
  const auto set = room::set_blocked(profile.database(), contact->identity_pk, request.blocked);
  if (!set) return std::unexpected(set.error());
  return info;
}

Result<ContactInfo> remove_contact(Profile& profile, const WhoRequest& request) {
  const auto contact = find_contact(profile.database(), request.who);
  if (!contact) return std::unexpected(contact.error());
  auto info = describe(profile, *contact);
  if (!info) return pass(info);
  if (auto unused = check_unused(*info); !unused) return pass(unused);
  auto removed = store::Contacts(profile.database()).remove(contact->fingerprint);
  if (!removed) return pass(removed);
  return info;
}

Result<ContactInfo> verify_contact(Profile& profile, const VerifyRequest& request) {
  auto contact = find_contact(profile.database(), request.who);
  if (!contact) return pass(contact);
  const auto given = crypto::parse_fingerprint(request.fingerprint);
  if (!given) return std::unexpected(given.error());
  if (*given != contact->fingerprint) {
    return fail(Errc::fingerprint,
                displayable(contact->name) + " has the fingerprint " +
                    crypto::to_string(contact->fingerprint) +
                    " here, not the one you gave. Nothing was recorded. If the one you gave is "
                    "really theirs, you do not talk to them under this name: do not trust it.");
  }
  contact->verified = true;
  return put(profile, *contact);
}

}  // namespace sotto::node
