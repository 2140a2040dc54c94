// The people this profile knows: looking at them, naming, blocking, verifying and removing them
// (docs/protocol.md section 1).
//
// `who` is a contact's name, or its fingerprint as `sotto id` shows it.  Functions over a
// Profile run on the store's thread; moderation.h has what concerns open rooms besides.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "node/access.h"
#include "node/requests.h"
#include "store/contacts.h"

namespace sotto::node {

struct ContactInfo {
  std::string name;  // ours for them
  std::string fingerprint;
  std::string card_name;  // theirs for themselves
  bool verified = false;
  bool blocked = false;
  bool tor_only = false;  // promised: rooms of theirs are reached through Tor alone
  WallTime added;
  std::vector<std::string> hosts;      // rooms kept here that they host, by name
  std::vector<std::string> member_of;  // rooms of ours that they belong to
  std::optional<WallTime> last_seen;   // in a room of ours
  std::string safety_number;           // of us two, 60 digits; show_contact() alone fills it
  static void fields(auto& self, auto&& field) {
    field("name", self.name);
    field("fingerprint", self.fingerprint);
    field("card_name", self.card_name);
    field("verified", self.verified);
    field("blocked", self.blocked);
    field("tor_only", self.tor_only);
    field("added", self.added);
    field("hosts", self.hosts);
    field("member_of", self.member_of);
    field("last_seen", self.last_seen);
    field("safety_number", self.safety_number);
  }
};

struct ContactsReply {
  std::vector<ContactInfo> contacts;
  static void fields(auto& self, auto&& field) { field("contacts", self.contacts); }
};

struct WhoRequest {
  std::string who;
  static void fields(auto& self, auto&& field) { field("who", self.who); }
};

struct RenameRequest {
  std::string who;
  std::string name;
  static void fields(auto& self, auto&& field) {
    field("who", self.who);
    field("name", self.name);
  }
};

struct BlockRequest {
  std::string who;
  bool blocked = true;
  static void fields(auto& self, auto&& field) {
    field("who", self.who);
    field("blocked", self.blocked);
  }
};

struct VerifyRequest {
  std::string who;
  std::string fingerprint;  // what the other person says is theirs
  static void fields(auto& self, auto&& field) {
    field("who", self.who);
    field("fingerprint", self.fingerprint);
  }
};

// contact.unknown when there is none.
Result<store::ContactRow> find_contact(store::Database& database, const std::string& who);

Result<ContactsReply> list_contacts(Profile& profile, const NoRequest& request);
Result<ContactInfo> show_contact(Profile& profile, const WhoRequest& request);
// name.invalid; store's name_taken when a contact or room has the name.
Result<ContactInfo> rename_contact(Profile& profile, const RenameRequest& request);
Result<ContactInfo> block_contact(Profile& profile, const BlockRequest& request);
// contact.in_use while they host a room that is kept here, or belong to one of ours.
Result<ContactInfo> remove_contact(Profile& profile, const WhoRequest& request);
// identity.fingerprint when it is another than theirs; nothing is recorded then.
Result<ContactInfo> verify_contact(Profile& profile, const VerifyRequest& request);

}  // namespace sotto::node
